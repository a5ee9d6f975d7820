import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../lib/local/world/world.ts';
import { startMetricsServer, type MetricsServer } from './metrics-server.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from './start-real-cluster.ts';
import { eventually, openNamespace, openWorld } from './world-under-test.ts';

const NODE = 'lambdalet';

const found = findRealCluster();
if ('program' in found) testTop(found.program);
else {
  console.warn(`SKIPPED: kubectl top on a real control plane, because ${found.missing}`);
  describe('kubectl top on a real control plane', () => {
    it.skip(`was not tested: ${found.missing}`, () => undefined);
  });
}

/** A container that uses a fixed part of a core and of memory. */
function user(name: string, cores: number, mebibytes: number): object {
  return {
    name,
    image: 'public.ecr.aws/docker/library/busybox:1.37',
    command: ['sh', '-c', 'sleep infinity'],
    resources: { requests: { cpu: '250m', memory: '256Mi' } },
    env: [
      { name: 'SIMULATED_CPU_CORES', value: String(cores) },
      { name: 'SIMULATED_MEMORY_MIB', value: String(mebibytes) },
    ],
  };
}

function deployment(name: string, containers: readonly object[]): object {
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          nodeSelector: { 'kubernetes.io/hostname': NODE },
          tolerations: [{ operator: 'Exists' }],
          containers,
        },
      },
    },
  };
}

function autoscaler(name: string, averageUtilization: number, maxReplicas: number): object {
  const target = { type: 'Utilization', averageUtilization };
  return {
    ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      ...{ minReplicas: 1, maxReplicas },
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
  };
}

function testTop(program: string): void {
  let cluster: RunningCluster;
  let world: World;
  let metrics: MetricsServer;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    cluster = await startRealCluster(program);
    closing.push(() => cluster.close());
    world = await openWorld({ cluster: { kind: 'foreign', kubeconfig: cluster.kubeconfig }, node: NODE });
    closing.push(() => world.close());
    metrics = await startMetricsServer(cluster);
    closing.push(() => metrics.close());
    await openNamespace(world, 'default');
  }, 900_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const top = (...argv: readonly string[]): Promise<string> =>
    cluster.kubectl('top', ...argv, '--no-headers');
  /** What `kubectl top` prints once that matches; it has no numbers before two samples of everything. */
  const shows = (pattern: RegExp, ...argv: readonly string[]): Promise<string> => {
    let last = '';
    return eventually(
      world,
      `kubectl top ${argv.join(' ')} prints ${pattern.source}`,
      async () => {
        last = await top(...argv).catch(String);
        return pattern.test(last) ? last : undefined;
      },
      90_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it printed: ${last}; scrapes: ${metrics.complaints().join()}`);
    });
  };

  describe.concurrent('kubectl top on a real control plane', { timeout: 240_000 }, () => {
    it('shows what the containers of a pod use, and the pods of the node together', async () => {
      await cluster.apply(deployment('pair', [user('app', 0.1, 64), user('side', 0.02, 32)]));
      const containers = await shows(/pair.*app[^]*pair.*side/, 'pod', '-l', 'app=pair', '--containers');
      const lines = containers.split('\n').map((line) => line.split(/\s+/).slice(1, 4));
      expect(lines.sort()).toEqual([
        ['app', '100m', '64Mi'],
        ['side', '20m', '32Mi'],
      ]);
      expect((await shows(/pair/, 'pod', '-l', 'app=pair')).split(/\s+/).slice(1, 3)).toEqual([
        '120m',
        '96Mi',
      ]);
      const [name, cores, , memory] = (await shows(/lambdalet +\d+m/, 'node', NODE)).split(/\s+/);
      expect(name).toBe(NODE);
      expect(Number.parseInt(cores ?? ''), `cores of the node: ${cores}`).toBeGreaterThanOrEqual(100);
      expect(Number.parseInt(memory ?? ''), `memory of the node: ${memory}`).toBeGreaterThanOrEqual(96);
    });

    it('lets a HorizontalPodAutoscaler add pods where they use more than their target', async () => {
      // 0.2 of the 0.25 cores asked for are 80 %: four times the target, and three are allowed.
      await cluster.apply(deployment('busy', [user('main', 0.2, 64)]), autoscaler('busy', 20, 3));
      const replicas = (): Promise<string> =>
        cluster.kubectl('get', 'deployment', 'busy', '-o', 'jsonpath={.status.readyReplicas}');
      await eventually(
        world,
        'the Deployment has three ready pods',
        async () => (await replicas()) === '3' || undefined,
        150_000,
      ).catch(async (error: unknown) => {
        throw new Error(`${String(error)}\n${await cluster.kubectl('describe', 'hpa', 'busy')}`);
      });
      const path = '{.status.currentMetrics[0].resource.current.averageUtilization}';
      const use = (): Promise<string> => cluster.kubectl('get', 'hpa', 'busy', '-o', `jsonpath=${path}`);
      await eventually(world, 'the autoscaler sees 80 %', async () => (await use()) === '80' || undefined);
    });
  });
}
