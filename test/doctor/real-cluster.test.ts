import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootstrapInput } from '../../infra/render-bootstrap.ts';
import { createApi, type Api } from '../../lib/adapters/kubernetes/call-api.ts';
import { bootstrapNames } from '../../infra/bootstrap/bootstrap-subject.ts';
import { boundTokenOf, tokenCall } from '../../lib/adapters/kubernetes/request-token.ts';
import { optionsOf } from '../contract/kubernetes-over-http.ts';
import { becomeSubject } from '../contract/rights-under-test.ts';
import { findAssets, startControlPlane, type ControlPlane } from '../support/start-control-plane.ts';
import { openPractice, type Practice, type Trouble } from './doctor-here.ts';

const assets = findAssets();
if ('folder' in assets) onRealCluster(assets.folder);
else {
  console.warn(`SKIPPED: doctor on a real kube-apiserver: ${assets.missing}`);
  describe('doctor on a real cluster', () => {
    it.skip(`was not tested: ${assets.missing}`, () => undefined);
  });
}

function onRealCluster(folder: string): void {
  let server: ControlPlane;
  let practice: Practice;
  let admin: Api;
  let own: string;
  beforeAll(async () => {
    server = await startControlPlane(folder);
    practice = await openPractice();
    admin = createApi(optionsOf(server.kubeconfig));
    own = join(practice.folder, 'admin.kubeconfig');
    await writeFile(own, server.kubeconfig);
  });
  afterAll(async () => {
    await practice.close();
    await server.close();
  });

  const as = (clusterName: string, more: Record<string, unknown> = {}, node = {}): Trouble => ({
    argv: ['--kubeconfig', own],
    deployment: { cluster: { clusterName, ...more }, node },
  });
  const inputFor = (clusterName: string, more: Partial<BootstrapInput> = {}): BootstrapInput => ({
    ...{ clusterName, nodeNames: ['fargate'], identityMode: 'kubeconfig', impersonateNodes: false },
    ...{ admissionPolicy: true, flowSchema: true, ...more },
  });
  /** The kubeconfig of the service account of a cluster. */
  async function secretOf(clusterName: string): Promise<string> {
    const { namespace, serviceAccount } = bootstrapNames(clusterName);
    const { body } = await admin.call(tokenCall(namespace, serviceAccount, { expirationSeconds: 3600 }));
    return server.kubeconfigOf(boundTokenOf(body).token);
  }

  describe('doctor on a real cluster', () => {
    it('reaches it, and knows its version', async () => {
      const [access] = await practice.findings('cluster-access', as('bare'));
      expect(access).toMatchObject({ status: 'ok', message: expect.stringContaining('as admin') as string });
      const [version] = await practice.findings('cluster-version', as('bare'));
      expect(version?.status).toBe('ok');
    });

    it('tells every right that is missing before the bootstrap is applied, and what to apply', async () => {
      const [rights] = await practice.findings('cluster-rights', as('bare'));
      expect(rights).toMatchObject({
        status: 'fault',
        fix: expect.stringContaining('lambdalet bootstrap') as string,
      });
      expect(rights?.message).toContain(
        'system:serviceaccount:lambdalet-bare:lambdalet-bare may not create nodes',
      );
      const [applied] = await practice.findings('bootstrap-version', as('bare'));
      expect(applied?.message).toMatch(
        /ServiceAccount lambdalet-bare, ClusterRole lambdalet-bare.*not applied/,
      );
    });

    it.each<[string, Partial<BootstrapInput>, Record<string, unknown>]>([
      ['plain', {}, {}],
      ['hardened', { impersonateNodes: true }, { impersonateNodes: true }],
      ['grouped', { identityMode: 'eks' }, groupIdentity()],
      ['renewing', { identityMode: 'token' }, { identityMode: 'token' }],
    ])('finds all rights once it is applied: %s', async (clusterName, input, settings) => {
      await becomeSubject(server, inputFor(clusterName, input));
      const [rights, ...others] = await practice.findings('cluster-rights', as(clusterName, settings));
      expect(others).toEqual([]);
      expect(rights).toMatchObject({ status: 'ok', message: expect.stringContaining('all ') as string });
      expect(await practice.findings('bootstrap-version', as(clusterName, settings))).toMatchObject([
        { status: 'ok' },
      ]);
    });

    it('finds the same as the functions themselves, of which nobody may see what is applied', async () => {
      const clusterName = 'itself';
      await becomeSubject(server, inputFor(clusterName));
      const text = await secretOf(clusterName);
      const trouble: Trouble = { secret: () => text, deployment: { cluster: { clusterName } } };
      expect(await practice.findings('cluster-rights', trouble)).toMatchObject([{ status: 'ok' }]);
      const [applied] = await practice.findings('bootstrap-version', trouble);
      expect(applied).toMatchObject({ status: 'unknown', message: expect.stringContaining('403') as string });
    });

    it('finds the same as hardened functions, which are nodes for what is of nodes', async () => {
      const clusterName = 'itself-hardened';
      await becomeSubject(server, inputFor(clusterName, { impersonateNodes: true }));
      const text = await secretOf(clusterName);
      const cluster = { clusterName, impersonateNodes: true };
      const [rights] = await practice.findings('cluster-rights', {
        secret: () => text,
        deployment: { cluster },
      });
      expect(rights).toMatchObject({
        status: 'ok',
        message: expect.stringContaining('system:node:fargate') as string,
      });
      const [nodes] = await practice.findings('nodes', { secret: () => text, deployment: { cluster } });
      // Not forbidden: a node may see itself.
      expect(nodes).toMatchObject({ status: 'fault', message: 'there is no Node fargate' });
    });

    it('tells the rights of a node that came after the bootstrap', async () => {
      const clusterName = 'grown';
      await becomeSubject(server, inputFor(clusterName));
      const [rights] = await practice.findings('cluster-rights', as(clusterName, {}, { name: 'second' }));
      expect(rights?.message).toMatch(/may not get nodes second, patch nodes second, delete nodes second/);
      const [applied] = await practice.findings('bootstrap-version', as(clusterName, {}, { name: 'second' }));
      expect(applied).toMatchObject({
        status: 'warning',
        message: expect.stringContaining('ClusterRole lambdalet-grown') as string,
      });
    });

    it('tells a DaemonSet that would land, and its patch keeps it off', async () => {
      const labels = { app: 'agent' };
      const spec = {
        tolerations: [{ operator: 'Exists' }],
        containers: [{ name: 'agent', image: 'registry.invalid/agent:1' }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
                { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['fargate'] }] },
              ],
            },
          },
        },
      };
      const path = '/apis/apps/v1/namespaces/kube-system/daemonsets';
      const body = {
        metadata: { name: 'agent' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      };
      await admin.call({ method: 'POST', path, body });
      const [found] = await practice.findings('daemonsets', as('bare'));
      expect(found).toMatchObject({
        status: 'fault',
        message: expect.stringContaining('kube-system/agent') as string,
      });
      const patch = JSON.parse(/--patch '(.*)'$/.exec(found?.fix ?? '')?.[1] ?? '{}') as object;
      const contentType = 'application/merge-patch+json';
      await admin.call({ method: 'PATCH', path: `${path}/agent`, body: patch, contentType });
      expect(await practice.findings('daemonsets', as('bare'))).toMatchObject([{ status: 'ok' }]);
    });

    it('cannot ask for the rights of others with a credential that may not', async () => {
      const file = join(practice.folder, 'powerless.kubeconfig');
      await writeFile(file, server.powerlessKubeconfig);
      const [rights] = await practice.findings('cluster-rights', { argv: ['--kubeconfig', file] });
      expect(rights).toMatchObject({ status: 'unknown' });
      expect(rights?.message).toMatch(/may not POST .*subjectaccessreviews \(403: /);
    });
  });
}

/** An identity by group; the endpoint is not asked, because the kubeconfig goes first. */
function groupIdentity(): Record<string, unknown> {
  return {
    ...{ identityMode: 'eks', secret: undefined, eksClusterName: 'prod' },
    ...{ endpoint: 'https://x.eks.amazonaws.com', certificateAuthority: 'QQ'.repeat(30) },
  };
}
