import { describe, expect, it } from 'vitest';
import type { PodSpec } from '../../lib/core/kubernetes.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { shareRecovery } from '../../lib/loop/recover-record.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { largeRegionRates } from '../../lib/local/aws/ecs/ecs-rates.ts';
import { ecsRates } from '../../lib/providers/ecs-fargate/calls/ecs-rates.ts';
import { normaliseEvent } from '../../lib/providers/ecs-fargate/tasks/normalise-event.ts';
import { createEcsFargateProvider } from '../../lib/providers/ecs-fargate/provider.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { createMemoryEventQueue } from '../memory/memory-event-queue.ts';
import { createMemoryKubernetes, type MemoryKubernetes } from '../memory/memory-kubernetes.ts';
import { createMemoryMarks } from '../memory/memory-marks.ts';
import { createMemoryNotices } from '../memory/memory-notices.ts';
import { createMemoryRecords } from '../memory/memory-records.ts';
import { createMemorySlot } from '../memory/memory-slot.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { createEcsEmulator, type EcsEmulator } from '../providers/ecs-emulator.ts';
import { aNodeSettings } from '../support/vocabulary.ts';

const NODE = aNodeSettings({
  capacity: { cpu: '4000', memory: '8Ti', pods: '5000', 'ephemeral-storage': '100Ti' },
});

/** What admission makes of one replica of a Deployment: the same for all but for the name of the token's volume. */
function replica(nth: number): Partial<PodSpec> {
  const volume = `kube-api-access-${nth.toString(36).padStart(5, 'x')}`;
  const mount = {
    name: volume,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
  return {
    containers: [{ name: 'web', image: 'public.ecr.aws/nginx/nginx:1.29', volumeMounts: [mount] }],
    volumes: [{ name: volume, projected: { defaultMode: 420, sources } }],
    serviceAccountName: 'default',
  };
}

function depsOf(clock: ManualClock, cluster: MemoryKubernetes, emulator: EcsEmulator): SyncDeps {
  const telemetry = createMemoryTelemetry();
  const settings: SyncDeps['settings'] = {
    ...{ cluster: 'demo', nodes: [NODE], deployId: 'test' },
    mode: 'economy',
    ...{
      acceptNewCluster: false,
      networkProbes: false,
      notReadyWhenStalled: false,
      hasGateway: false,
      namespaceCeilings: {},
    },
  };
  const rates = ecsRates({ region: 'eu-west-1', share: 1 });
  const launches = paceLaunches(clock, { calls: rates.runTask, tasks: rates.launches });
  const provider = createEcsFargateProvider({
    rates,
    paceResend: () => launches.resend(),
    onLaunchThrottled: () => launches.slowDown(),
    ...{
      client: emulator.client,
      ecsCluster: 'lambdalet-demo',
      cluster: 'demo',
      nodes: [NODE],
      clock,
      telemetry,
    },
    logGroup: '/lambdalet/demo/pods',
    executionRole: 'arn:aws:iam::111122223333:role/execution',
  });
  const ports = {
    ...{ clock, telemetry, settings, provider, launches, normalise: normaliseEvent },
    ...{ pods: cluster.pods, nodes: cluster.nodes, leases: cluster.leases },
    ...{ cluster: cluster.cluster, events: cluster.events, objects: cluster.objects },
    ...{ records: createMemoryRecords(), slot: createMemorySlot(), marks: createMemoryMarks() },
    ...{ notices: createMemoryNotices(), eventQueue: createMemoryEventQueue(clock) },
  };
  return { ...ports, repair: { ...ports, recover: shareRecovery(ports) } };
}

describe('one thousand pods of one Deployment', () => {
  it('are one task definition, and one thousand tasks within the quotas of ECS', async () => {
    const clock = createManualClock();
    const emulator = createEcsEmulator(() => clock.now(), { rates: largeRegionRates });
    const cluster = createMemoryKubernetes(clock);
    for (let nth = 0; nth < 1000; nth += 1)
      cluster.controls.addPod({ name: `web-${nth}`, spec: replica(nth) });
    const begun = clock.now();
    await clock.runUntil(syncCluster(depsOf(clock, cluster, emulator)), 10 * 60_000);
    expect(emulator.requests('RegisterTaskDefinition')).toBe(1);
    const waiting = new Set(
      cluster.controls.allPods().map(({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason),
    );
    expect([...waiting]).toEqual(['ContainerCreating']);
    // 20 at once, then 20 a second; one launch more finds out that there is no definition yet.
    expect(emulator.requests('RunTask')).toBeGreaterThanOrEqual(1000);
    expect(emulator.requests('RunTask')).toBeLessThanOrEqual(1010);
    expect(clock.now() - begun).toBeLessThan(120_000);
  }, 60_000);
});
