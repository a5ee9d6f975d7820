import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunctions } from '../../../infra/bundle-functions.ts';
import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { EcsTimings } from '../../../lib/local/aws/ecs/ecs-timings.ts';
import { startWorld } from '../../../lib/local/start-world.ts';
import { waitForNode } from '../../../lib/local/world/wait-for-node.ts';
import type { World } from '../../../lib/local/world/world.ts';
import { waitFor } from '../holder/wait-for.ts';
import { putAround } from '../put-around.ts';
import { watchBurst, type SeenBurst } from './watch-burst.ts';

/** One burst of a Deployment's replicas on a real control plane; seconds of the wall clock from the creation of the Deployment. */
export interface RealBurstFigures {
  readonly pods: number;
  readonly lastCreatedSeconds: number;
  readonly lastBoundSeconds: number;
  readonly lastLaunchedSeconds: number;
  /** Seen by a watch. */
  readonly lastRunningSeconds: number;
  /** 1.2 times what nobody can be faster than (pods bound, launch quota used), and five seconds. */
  readonly goalSeconds: number;
}

const NODE = 'lambdalet';
const PODS_PATH = '/api/v1/namespaces/default/pods';
const MOST_SECONDS = 300;

/** Tasks run as soon as they are launched, so that only what we do takes time. */
const AT_ONCE: EcsTimings = {
  provisioning: [0, 0],
  pending: [0, 0],
  activating: [0, 0],
  deactivating: [0, 0],
  terminating: [0, 0],
  deprovisioning: [0, 0],
  containerReport: [0, 0],
  spotWarning: [0, 0],
  health: [0, 0],
};

/** Runs the bundled functions on a control plane of the programs in `assets`, with the launch quota of ECS enforced. */
export async function measureRealBurst(assets: string, pods: number): Promise<RealBurstFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'lambdalet-bench-'));
  bundleFunctions(join(folder, 'functions'));
  const options = {
    ...({ cluster: { kind: 'assets', folder: assets }, node: NODE, podsReady: true, pace: 'fast' } as const),
    ...{ environment: {}, timings: AT_ONCE },
    moduleOf: (name: string) => pathToFileURL(join(folder, 'functions', name, 'index.mjs')).href,
  };
  const world = await startWorld(options);
  try {
    await waitForNode(world);
    return await runBurst(world, pods);
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runBurst(world: World, pods: number): Promise<RealBurstFigures> {
  const launches = noteLaunches(world);
  const seen = await watchBurst(world.cluster.kubeconfig, PODS_PATH, 'app=burst');
  const begun = Date.now();
  await world.user.demand('POST', '/apis/apps/v1/namespaces/default/deployments', deployment(pods));
  await waitFor(`${pods} pods run; ${world.lastErrors()}; see ${world.log.file}`, MOST_SECONDS, () =>
    Promise.resolve(seen.running.size >= pods),
  );
  await seen.close();
  const lastBoundSeconds = lastOf(seen.bound, begun);
  return {
    pods,
    lastCreatedSeconds: lastOf(seen.created, begun),
    lastBoundSeconds,
    lastLaunchedSeconds: (Math.max(...launches) - begun) / 1000,
    lastRunningSeconds: lastOf(seen.running, begun),
    goalSeconds: 1.2 * Math.max(lastBoundSeconds, (pods - 20) / 20) + 5,
  };
}

function lastOf(times: SeenBurst['bound'], begun: Instant): number {
  return (Math.max(...times.values()) - begun) / 1000;
}

/** When each RunTask was taken; the list grows. */
function noteLaunches({ models: { ecs } }: World): readonly Instant[] {
  const launches: Instant[] = [];
  putAround(ecs, 'handle', (handle) => (operation, input, now) => {
    const answer = handle(operation, input, now);
    if (operation === 'RunTask') launches.push(now);
    return answer;
  });
  return launches;
}

function deployment(replicas: number): object {
  const labels = { app: 'burst' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'burst' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { 'kubernetes.io/hostname': NODE },
          tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }],
          containers: [{ name: 'main', image: 'public.ecr.aws/docker/library/busybox:1.37' }],
        },
      },
    },
  };
}
