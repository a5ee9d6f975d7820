import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { PodInputs } from '../../lib/core/pod-inputs.ts';
import { planPod } from '../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import { aContainer, aPod, aPodWith, ON_DEMAND, SETTINGS } from './fixtures.ts';

const NOTHING: PodInputs = {
  ...{ configMaps: new Map(), secrets: new Map(), tokens: new Map(), claims: new Map() },
  ...{ serviceAccount: undefined, services: [], networkPolicies: [], apiEndpoint: undefined },
};
const draft = (pod: Pod, node: NodeSettings = ON_DEMAND) => planPod(pod, node, SETTINGS);
const planOf = (pod: Pod, node?: NodeSettings) => {
  const plan = draft(pod, node);
  if (plan.kind !== 'plan') throw new Error(`not planned: ${JSON.stringify(plan)}`);
  return plan;
};

describe('capabilities', () => {
  const dropped = (drop: string[], add: string[] = []) =>
    planOf(aPodWith({ securityContext: { capabilities: { drop, add } } })).definition
      .containerDefinitions?.[0]?.linuxParameters?.capabilities;

  it('are read in any case', () => {
    expect(dropped(['all'])).toEqual({ drop: ['ALL'] });
    expect(dropped(['net_raw'], ['sys_ptrace'])).toEqual({ add: ['SYS_PTRACE'], drop: ['NET_RAW'] });
    expect(dropped(['all'], ['net_bind_service'])?.drop).not.toContain('NET_BIND_SERVICE');
  });

  it('that no container has cost nothing to drop', () => {
    expect(dropped(['ALL', 'BPF'])).toEqual({ drop: ['ALL'] });
    expect(dropped(['PERFMON', 'SYS_ADMIN', 'CHECKPOINT_RESTORE'])).toBeUndefined();
  });
});

describe('a native sidecar with a startup probe', () => {
  const sidecar = (more: Partial<Container>) =>
    planOf(aPod({ initContainers: [aContainer({ name: 'proxy', restartPolicy: 'Always', ...more })] }));
  const waits = ({ definition }: ReturnType<typeof sidecar>) =>
    definition.containerDefinitions?.find(({ name }) => name === 'main')?.dependsOn?.[0]?.condition;
  const exec = (command: string) => ({ exec: { command: [command] } });

  it('is waited for where ECS can ask what the probe asks', () => {
    for (const more of [
      { startupProbe: exec('up') },
      { startupProbe: exec('up'), readinessProbe: exec('up') },
      { startupProbe: exec('up'), livenessProbe: exec('alive') },
    ]) {
      const plan = sidecar(more);
      expect(waits(plan)).toBe('HEALTHY');
      expect(plan.warnings.filter(({ note }) => note.includes('after this sidecar'))).toEqual([]);
    }
  });

  it.each([
    [{ startupProbe: { httpGet: { port: 80 } } }, 'use an `exec` probe'],
    [{ startupProbe: exec('up'), readinessProbe: exec('ready') }, 'leave the readiness probe out'],
  ])('is not waited for else, and a warning says what to do', (more, way) => {
    const plan = sidecar(more);
    expect(waits(plan)).toBe('START');
    const own = plan.warnings.filter(({ path }) => path === 'spec.initContainers[0].startupProbe');
    expect(own.map(({ note }) => note).join(' ')).toContain(way);
  });
});

describe('search domains of a pod', () => {
  const searching = (spec: Partial<PodSpec>, node?: NodeSettings) =>
    planOf(
      aPod({ ...spec, dnsConfig: { searches: ['corp.example', 'cluster.local'] } }),
      node,
    ).definition.containerDefinitions?.[0]?.environment?.find(({ name }) => name === 'LOCALDOMAIN')?.value;
  const inCluster = { ...ON_DEMAND, clusterDomain: 'cluster.local' };

  it('follow those of the cluster, each once', () => {
    expect(searching({}, inCluster)).toBe(
      'shop.svc.cluster.local svc.cluster.local cluster.local corp.example',
    );
  });

  it('stand alone where the pod or the node has no domain of the cluster', () => {
    const alone = 'corp.example cluster.local';
    expect(searching({ dnsPolicy: 'Default' }, inCluster)).toBe(alone);
    expect(searching({}, ON_DEMAND)).toBe(alone);
  });
});

describe('what has no room in the launch request', () => {
  it('is the command, where that is the long part', () => {
    const env = [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    const script = `echo $(POD_NAME); ${'x'.repeat(9000)}`;
    expect(draft(aPodWith({ command: ['sh', '-c', script], env }))).toMatchObject({
      faults: [
        {
          path: 'spec.containers[0].command',
          note: expect.stringContaining('$POD_NAME in place of $(POD_NAME)') as string,
        },
      ],
    });
  });

  it('is the ConfigMap, where values with line breaks are the long part', () => {
    const data = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `KEY_${at}`,
        { kind: 'text' as const, text: `${'x'.repeat(600)}\n` },
      ]),
    );
    const pod = aPodWith({ envFrom: [{ configMapRef: { name: 'settings' } }] });
    const inputs = {
      ...NOTHING,
      configMaps: new Map([['settings', { kind: 'found' as const, value: { data } }]]),
    };
    expect(planPod(pod, ON_DEMAND, SETTINGS, inputs)).toMatchObject({
      failure: { message: expect.stringMatching(/KEY_0.*mount the ConfigMap as a file/) as string },
    });
  });
});

describe('network policies that cannot be read', () => {
  const inputs = { ...NOTHING, policiesUnknown: 'networkpolicies is forbidden' };

  it('keep the pod waiting on a node that refuses, and name the right that is missing', () => {
    const node = { ...ON_DEMAND, networkPolicies: 'refuse' as const };
    expect(planPod(aPod(), node, SETTINGS, inputs)).toMatchObject({
      kind: 'unready',
      failure: {
        kind: 'configuration',
        podReason: 'NetworkPolicyNotEnforced',
        message: expect.stringMatching(/is forbidden.*right to list networkpolicies/) as string,
      },
    });
  });

  it('are told once on a node that warns', () => {
    expect(planPod(aPod(), ON_DEMAND, SETTINGS, inputs)).toMatchObject({
      kind: 'plan',
      notes: [{ type: 'Warning', reason: 'NetworkPolicyNotEnforced' }],
    });
  });
});

describe('the mount of the wrapper', () => {
  it.each(['/lambdalet', '/lambdalet/', '/lambdalet/x', 'lambdalet/x'])(
    'leaves no room at %s',
    (mountPath) => {
      const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
      const volumeMounts = [{ name: 'scratch', mountPath }];
      const pod = aPodWith(
        { command: ['app'], env, volumeMounts },
        { volumes: [{ name: 'scratch', emptyDir: {} }] },
      );
      expect(draft(pod)).toMatchObject({
        faults: [{ path: 'spec.containers[0].volumeMounts[0].mountPath' }],
      });
    },
  );
});
