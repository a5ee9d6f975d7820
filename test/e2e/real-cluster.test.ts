import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../infra/bundle-functions.ts';
import { leaveCluster } from '../../lib/local/world/leave-cluster.ts';
import type { World } from '../../lib/local/world/world.ts';
import { findDynamoDbLocal, startDynamoDbLocal } from '../support/start-dynamodb.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from './start-real-cluster.ts';
import { eventually, isReady, isRunning, openNamespace, openWorld, podOf } from './world-under-test.ts';

const NODE = 'lambdalet';

const found = findRealCluster();
if ('program' in found) realClusterStory(found.program);
else {
  console.warn(`SKIPPED: the end-to-end test on a real control plane, because ${found.missing}`);
  describe('the bundled functions on a real control plane', () => {
    it.skip(`were not tested: ${found.missing}`, () => undefined);
  });
}

/** A pod template for the virtual node of a cluster that was joined. */
function template(app: string, script: string | undefined, restartPolicy: string): object {
  return {
    metadata: { labels: { app } },
    spec: {
      restartPolicy,
      // Another virtual node comes and goes at the same time.
      nodeSelector: { 'kubernetes.io/hostname': NODE },
      tolerations: [
        { key: 'virtual-kubelet.io/provider', operator: 'Exists' },
        { key: 'lambdalet.dev/simulated', operator: 'Exists' },
      ],
      containers: [
        {
          name: 'main',
          image: 'public.ecr.aws/docker/library/busybox:1.37',
          ...(script !== undefined && { command: ['sh', '-c', script] }),
        },
      ],
    },
  };
}

function deployment(name: string, replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: template(name, undefined, 'Always'),
    },
  };
}

function job(name: string, script: string): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { completions: 2, parallelism: 2, template: template(name, script, 'Never') },
  };
}

function realClusterStory(program: string): void {
  let cluster: RunningCluster;
  let world: World;
  let folder: string;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lambdalet-bundled-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    bundleFunctions(join(folder, 'functions'));
    cluster = await startRealCluster(program);
    closing.push(() => cluster.close());
    world = await openWorld({
      cluster: { kind: 'foreign', kubeconfig: cluster.kubeconfig },
      node: NODE,
      environment: await dynamoEnvironment(),
      moduleOf: (name) => pathToFileURL(join(folder, 'functions', name, 'index.mjs')).href,
    });
    closing.push(() => world.close());
    await eventually(world, 'the default service account', () =>
      cluster.kubectl('get', 'serviceaccount', 'default').catch(() => undefined),
    );
  }, 900_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  /** DynamoDB Local where it can run; else the world has its own. */
  async function dynamoEnvironment(): Promise<Record<string, string>> {
    const local = findDynamoDbLocal();
    if ('missing' in local) {
      console.warn(`SKIPPED: DynamoDB Local under the real control plane, because ${local.missing}`);
      return {};
    }
    const dynamo = await startDynamoDbLocal(local.program);
    closing.push(() => dynamo.close());
    return { AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint };
  }

  const get = (...argv: readonly string[]): Promise<string> => cluster.kubectl('get', ...argv);
  const scaled = (name: string, ready: string): Promise<string> =>
    eventually(
      world,
      `deployment ${name} has ${ready || 'no'} ready replicas`,
      async () => {
        const seen = await get('deployment', name, '-o', 'jsonpath={.status.readyReplicas}');
        return seen === ready ? 'yes' : undefined;
      },
      40_000,
    );
  const podsLeft = (name: string, count: number): Promise<true> =>
    eventually(
      world,
      `${count} pods of ${name} are left`,
      async () => {
        const names = await get('pods', '-l', `app=${name}`, '-o', 'name');
        return names.split('\n').filter(Boolean).length === count ? true : undefined;
      },
      40_000,
    );

  /** Every task carries the name of its pod, which begins with that of the Deployment. */
  const noTaskOf = (name: string): Promise<true> =>
    eventually(world, `no task of ${name} runs any more`, async () => {
      const tasks = await world.listTasks('RUNNING');
      const { ecs } = world.models;
      if (tasks.length === 0) return true;
      const described = ecs.handle('DescribeTasks', { cluster: world.ecsCluster, tasks }, Date.now());
      return JSON.stringify(described).includes(`default/${name}-`) ? undefined : true;
    });

  describe.concurrent('the bundled functions on a real control plane', { timeout: 240_000 }, () => {
    it('follow a Deployment from 0 to 3 replicas, to 1, to 0', async () => {
      await cluster.apply(deployment('web', 0));
      await cluster.kubectl('scale', 'deployment/web', '--replicas=3');
      await scaled('web', '3');
      await cluster.kubectl('scale', 'deployment/web', '--replicas=1');
      await podsLeft('web', 1);
      await scaled('web', '1');
      await cluster.kubectl('scale', 'deployment/web', '--replicas=0');
      await podsLeft('web', 0);
      await scaled('web', '');
      await noTaskOf('web');
    });

    it('let a Job complete', async () => {
      await cluster.apply(job('count', 'sleep 1; exit 0'));
      await cluster.kubectl('wait', '--for=condition=complete', 'job/count', '--timeout=60s');
      expect(await get('job', 'count', '-o', 'jsonpath={.status.succeeded}')).toBe('2');
    });

    it('let a Job fail that fails', async () => {
      await cluster.apply({ ...job('broken', 'exit 3') });
      const pod = await eventually(world, 'a pod of the Job is Failed', async () => {
        const codes = await get(
          ...['pods', '-l', 'app=broken', '--field-selector=status.phase=Failed', '-o'],
          'jsonpath={.items[*].status.containerStatuses[0].state.terminated.exitCode}',
        );
        return codes === '' ? undefined : codes;
      });
      expect(pod.split(' ')[0]).toBe('3');
      await cluster.kubectl('delete', 'job/broken', '--wait=true');
    });

    it('bring a deleted Node back, and leave its pods as they were', async () => {
      await cluster.apply(deployment('steady', 2));
      await scaled('steady', '2');
      const describePods = (): Promise<string> =>
        get(
          ...['pods', '-l', 'app=steady', '--sort-by=.metadata.name', '-o'],
          'jsonpath={range .items[*]}{.metadata.uid} {.status.phase} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].containerID}{"\\n"}{end}',
        );
      const before = await describePods();
      const uid = await get('node', NODE, '-o', 'jsonpath={.metadata.uid}');
      await cluster.kubectl('delete', 'node', NODE);
      await eventually(world, 'there is a new Node', async () => {
        const now = await get('node', NODE, '-o', 'jsonpath={.metadata.uid}').catch(() => uid);
        return now === uid ? undefined : now;
      });
      const becomesReady = (): Promise<unknown> =>
        cluster.kubectl('wait', '--for=condition=Ready', `node/${NODE}`, '--timeout=60s');
      await becomesReady();
      // Longer than the 40 s after which the garbage collector takes pods of a node that is not there.
      await sleep(45_000);
      expect(await describePods(), 'uid, phase, restarts and container of each pod').toBe(before);
      await scaled('steady', '2');
      await becomesReady();
      await cluster.kubectl('delete', 'deployment', 'steady');
      await podsLeft('steady', 0);
      await noTaskOf('steady');
    });

    it('leave nothing of a second node behind when it is taken away', async () => {
      const guest = await openWorld({
        cluster: { kind: 'foreign', kubeconfig: cluster.kubeconfig },
        node: 'guest',
        podsReady: false,
      });
      try {
        const pods = await openNamespace(guest, 'visitors');
        await pods.create(
          podOf('visitor', undefined, { nodeSelector: { 'kubernetes.io/hostname': 'guest' } }),
        );
        const pod = await pods.until('visitor', 'runs', isRunning);
        expect(isReady(pod)).toBe(false);
        expect(await leaveCluster(guest)).toBe('node guest and its lease are removed');
        expect(await pods.find('visitor')).toBeUndefined();
        expect(await guest.listTasks('RUNNING')).toEqual([]);
        expect((await guest.user.ask('GET', '/api/v1/nodes/guest')).status).toBe(404);
      } finally {
        await guest.close();
      }
    });
  });
}
