import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Container, PodSpec } from '../../lib/core/kubernetes.ts';
import { judgePod } from '../../lib/providers/ecs-fargate/support/field-support.ts';
import { renderAdmissionPolicy } from '../../lib/providers/ecs-fargate/support/render-admission-policy.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from '../e2e/start-real-cluster.ts';
import { aContainer, aPod, aPodWith, ON_DEMAND } from './fixtures.ts';

const POLICY = 'lambdalet-unsupported-fields';
const TOLERATIONS = [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }];

/** Pods that both the policy and the node refuse, by the row whose note they are shown. */
const REFUSED: Readonly<Record<string, PodSpec>> = {
  'PodSpec.hostNetwork': spec({ hostNetwork: true }),
  'PodSpec.hostPID': spec({ hostPID: true }),
  'PodSpec.hostIPC': spec({ hostIPC: true }),
  'PodSpec.hostAliases': spec({ hostAliases: [{ ip: '1.2.3.4', hostnames: ['a'] }] }),
  'PodSpec.dnsPolicy': spec({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } }),
  'PodSpec.setHostnameAsFQDN': spec({ setHostnameAsFQDN: true }),
  'PodSecurityContext.supplementalGroups': spec({ securityContext: { supplementalGroups: [5] } }),
  'SeccompProfile.type': spec({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
  'SecurityContext.privileged': of({ securityContext: { privileged: true } }),
  'Capabilities.add': of({ securityContext: { capabilities: { add: ['SYS_PTRACE', 'NET_ADMIN'] } } }),
  'ContainerPort.hostPort': of({ ports: [{ containerPort: 80, hostPort: 8080 }] }),
  'ContainerPort.protocol': of({ ports: [{ containerPort: 80, protocol: 'SCTP' }] }),
  'Lifecycle.postStart': of({ lifecycle: { postStart: { exec: { command: ['true'] } } } }),
  'Volume.hostPath': spec({ volumes: [{ name: 'h', hostPath: { path: '/' } }] }),
  'Volume.csi': spec({ volumes: [{ name: 'h', csi: { driver: 'secrets-store.csi.k8s.io' } }] }),
};

/** Pods that both let pass. */
const ACCEPTED: Readonly<Record<string, PodSpec>> = {
  'a plain pod': spec({}),
  'a host alias without a name': spec({ hostAliases: [{ ip: '1.2.3.4' }] }),
  'a pod with everything that is emulated': spec({
    volumes: [
      { name: 'e', emptyDir: { medium: 'Memory' } },
      { name: 's', secret: { secretName: 's' } },
    ],
    securityContext: { runAsUser: 5, fsGroup: 5, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [aContainer({ name: 'init' }), aContainer({ name: 'proxy', restartPolicy: 'Always' })],
    containers: [
      aContainer({
        ports: [{ containerPort: 80, hostPort: 80 }],
        securityContext: { privileged: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
      }),
    ],
  }),
};

describe('the admission policy', () => {
  it('speaks of rows that the node refuses too', () => {
    for (const [row, refused] of Object.entries(REFUSED)) {
      expect(judge(refused).length, row).toBeGreaterThan(0);
      expect(renderAdmissionPolicy()).toContain(`${row}: `);
    }
    for (const [name, accepted] of Object.entries(ACCEPTED)) expect(judge(accepted), name).toEqual([]);
  });

  it('has one validation for each rule, with a message that the API server takes', () => {
    const [policy, binding] = parseAllDocuments(renderAdmissionPolicy()).map(
      (document) => document.toJS() as { spec: { validations?: { message: string }[]; policyName?: string } },
    );
    const messages = policy?.spec.validations?.map(({ message }) => message) ?? [];
    expect(messages.length).toBeGreaterThan(40);
    expect(new Set(messages).size).toBe(messages.length);
    expect(binding?.spec.policyName).toBe(POLICY);
  });
});

const real = findRealCluster();
if ('program' in real) {
  describe('the admission policy on a real API server', () => {
    let cluster: RunningCluster;
    beforeAll(async () => {
      cluster = await startRealCluster(real.program);
      await cluster.kubectl('apply', '-f', 'infra/admission-policy.yaml');
      await cluster.kubectl('wait', '--for=create', 'serviceaccount/default', '--timeout=60s');
      await untilRefusing();
    }, 900_000);
    afterAll(() => cluster.close());

    it('is what is in the repository', () => {
      expect(readFileSync('infra/admission-policy.yaml', 'utf8')).toBe(renderAdmissionPolicy());
    });

    it('has expressions that fit the types of the API', async () => {
      const status = await eventually(async () => {
        const text = await cluster.kubectl('get', 'validatingadmissionpolicy', POLICY, '-o', 'json');
        const { status: given } = JSON.parse(text) as { status?: { typeChecking?: object } };
        return given?.typeChecking;
      });
      expect(status).toEqual({});
    }, 90_000);

    it.each(Object.entries(REFUSED))('refuses %s with its note', async (row, refused) => {
      await expect(create({ ...refused, tolerations: TOLERATIONS })).rejects.toThrow(
        `denied request: ${row}: `,
      );
      await expect(create({ ...refused, nodeSelector: { type: 'virtual-kubelet' } })).rejects.toThrow(row);
    });

    it.each(Object.entries(ACCEPTED))('lets %s pass', async (_, accepted) => {
      await expect(create({ ...accepted, tolerations: TOLERATIONS })).resolves.toContain('created');
    });

    it('leaves pods alone that are not meant for a virtual node', async () => {
      const agent = { ...spec({ hostNetwork: true }), tolerations: [{ operator: 'Exists' }] };
      await expect(create(agent)).resolves.toContain('created');
      const other = { key: 'virtual-kubelet.io/provider', operator: 'Equal', value: 'azure' };
      await expect(create({ ...agent, tolerations: [other] })).resolves.toContain('created');
    });

    /** A dry run goes through admission and stores nothing. */
    function create(podSpec: PodSpec): Promise<string> {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'try-' }, spec: podSpec };
      const argv = ['--kubeconfig', cluster.kubeconfig, 'create', '--dry-run=server', '-f', '-'];
      const started = promisify(execFile)('kubectl', argv, { timeout: 60_000 });
      started.child.stdin?.end(JSON.stringify(pod));
      return started.then(({ stdout }) => stdout);
    }

    /** The API server takes a moment to obey a new policy. */
    async function untilRefusing(): Promise<void> {
      const hostile = { ...spec({ hostPID: true }), tolerations: TOLERATIONS };
      await eventually(() =>
        create(hostile).then(
          () => undefined,
          (error: unknown) => String(error).includes('PodSpec.hostPID') || undefined,
        ),
      );
    }
  });
} else {
  console.warn(`SKIPPED: the admission policy on a real API server: ${real.missing}`);
  describe('the admission policy on a real API server', () => {
    it.skip(`was not tested: ${real.missing}`, () => undefined);
  });
}

function spec(more: Partial<PodSpec>): PodSpec {
  return { containers: [aContainer()], ...more };
}

function of(container: Partial<Container>): PodSpec {
  return { containers: aPodWith(container).spec.containers };
}

function judge(given: PodSpec) {
  return judgePod(aPod(given), { node: ON_DEMAND, settings: { probes: true } }).faults;
}

async function eventually<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (let tries = 0; tries < 120; tries += 1) {
    const value = await look();
    if (value !== undefined) return value;
    await sleep(500);
  }
  throw new Error('It did not come within a minute: look at the status of the policy.');
}
