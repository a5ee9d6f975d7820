import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect, createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { renderBootstrap } from '../../infra/render-bootstrap.ts';
import { createClientAuthorities } from '../../lib/adapters/kubernetes/client-authorities.ts';
import { createApis } from '../../lib/adapters/kubernetes/act-as-node.ts';
import { createCertificateRequests } from '../../lib/adapters/kubernetes/kubernetes-certificates.ts';
import { systemClock } from '../../lib/adapters/clock/system-clock.ts';
import { keepCertificate, type ServingCertificate } from '../../lib/gateway/serving-certificate.ts';
import { optionsOf } from '../contract/kubernetes-over-http.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from '../e2e/start-real-cluster.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';

const found = findRealCluster();
if ('program' in found) story(found.program);
else {
  console.warn(`SKIPPED: serving certificates of a real control plane, because ${found.missing}`);
  describe('serving certificates of a real control plane', () => {
    it.skip(`were not tested: ${found.missing}`, () => undefined);
  });
}

function story(program: string): void {
  let cluster: RunningCluster;
  let authority: string;
  beforeAll(async () => {
    cluster = await startRealCluster(program);
    authority = readFileSync(join(dirname(cluster.kubeconfig), 'ca.crt'), 'utf8');
  }, 600_000);
  afterAll(() => cluster.close());

  const issue = async (
    node: string,
    change: { readonly impersonateNodes: boolean; readonly approves: boolean; readonly kubeconfig?: string },
    meanwhile?: () => Promise<unknown>,
  ): Promise<{ issued: ServingCertificate; telemetry: ReturnType<typeof createMemoryTelemetry> }> => {
    const apis = createApis({
      ...optionsOf(change.kubeconfig ?? readFileSync(cluster.kubeconfig, 'utf8')),
      impersonateNodes: change.impersonateNodes,
    });
    const telemetry = createMemoryTelemetry();
    const over = new AbortController();
    // Time goes faster than the pauses between two looks.
    const clock = {
      now: () => systemClock.now(),
      sleep: (until: number, signal?: AbortSignal) =>
        systemClock.sleep(Math.min(until, systemClock.now() + 200), signal),
    };
    const deps = { requests: createCertificateRequests(apis), clock, telemetry, chance: () => 0 };
    const of = {
      ...{ node, address: '127.0.0.1', signer: 'kubernetes.io/kubelet-serving' as const },
      approves: change.approves,
    };
    const issued = await new Promise<ServingCertificate>((done) => {
      void keepCertificate(
        deps,
        of,
        (certificate) => {
          over.abort();
          done(certificate);
        },
        over.signal,
      );
      void meanwhile?.();
    });
    return { issued, telemetry };
  };

  describe('serving certificates of a real control plane', { timeout: 120_000 }, () => {
    it.each([true, false])('are signed for the node, with impersonation: %s', async (impersonateNodes) => {
      const { issued } = await issue('node-a', { impersonateNodes, approves: true });
      const { subject, subjectAltName } = new X509Certificate(issued.certificate);
      expect(subject).toBe('O=system:nodes\nCN=system:node:node-a');
      expect(subjectAltName).toBe('IP Address:127.0.0.1');
      expect(await isTrusted(issued, authority)).toBe(true);
    });

    it.each([true, false])(
      'are signed with the rendered rights alone, with impersonation: %s',
      async (impersonateNodes) => {
        const gateway = { signer: 'kubernetes.io/kubelet-serving', approves: true } as const;
        const clusterName = impersonateNodes ? 'as-node' : 'as-itself';
        const rendered = renderBootstrap({
          ...{ clusterName, nodeNames: ['node-c'], identityMode: 'kubeconfig', impersonateNodes },
          ...{ admissionPolicy: true, flowSchema: false, gateway },
        });
        const account = `lambdalet-${clusterName}`;
        await cluster.apply(...parseAllDocuments(rendered).map((one) => one.toJS() as object));
        const token = await cluster.kubectl('create', 'token', account, '-n', account);
        const kubeconfig = parse(readFileSync(cluster.kubeconfig, 'utf8')) as { users: { user: object }[] };
        kubeconfig.users[0]!.user = { token };
        const text = JSON.stringify(kubeconfig);
        const { issued } = await issue('node-c', { impersonateNodes, approves: true, kubeconfig: text });
        expect(await isTrusted(issued, authority)).toBe(true);
        const authorities = createClientAuthorities(createApis(optionsOf(text)).own);
        expect(await authorities.read()).toBe(authority.trim());
      },
    );

    it('wait for an administrator, and say so once', async () => {
      const approve = async (): Promise<void> => {
        for (;;) {
          await systemClock.sleep(systemClock.now() + 1_000);
          const names = await cluster.kubectl('get', 'csr', '-o', 'name');
          const name = names.split('\n').find((one) => one.includes('lambdalet-node-b-'));
          if (name !== undefined) {
            await cluster.kubectl('certificate', 'approve', name.replace(/^.*\//, ''));
            return;
          }
        }
      };
      const { issued, telemetry } = await issue(
        'node-b',
        { impersonateNodes: true, approves: false },
        approve,
      );
      expect(await isTrusted(issued, authority)).toBe(true);
      const told = telemetry.lines.filter(({ message }) => message.includes('waits for an administrator'));
      expect(told).toHaveLength(1);
    });
  });
}

/** Whether a client that verifies by the authority of the cluster, as an API server does, takes the certificate for the address. */
async function isTrusted({ key, certificate }: ServingCertificate, ca: string): Promise<boolean> {
  const server: Server = createServer({ key, cert: certificate }, (socket) => socket.end());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  try {
    return await new Promise<boolean>((done) => {
      const socket = connect({ host: '127.0.0.1', port, ca }, () => {
        done(socket.authorized);
        socket.destroy();
      });
      socket.on('error', () => done(false));
    });
  } finally {
    server.close();
  }
}
