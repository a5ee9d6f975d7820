import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeLabels, nodeTaints } from '../../lib/core/node.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { aNodeSettings } from '../support/vocabulary.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from './start-real-cluster.ts';

const RECIPES = join(import.meta.dirname, '../../examples/recipes');
const MACHINE = 'machine';
const ON_DEMAND = 'fargate-on-demand';
const SPOT = 'fargate-spot';

const found = findRealCluster();
if ('program' in found) recipesOn(found.program);
else {
  console.warn(`SKIPPED: the placement recipes on a real scheduler, because ${found.missing}`);
  describe('the placement recipes', () => {
    it.skip(`were not tested: ${found.missing}`, () => undefined);
  });
}

function recipesOn(program: string): void {
  let cluster: RunningCluster;
  beforeAll(async () => {
    cluster = await startRealCluster(program);
    await cluster.apply(machine(), virtualNode(ON_DEMAND, 'on-demand'), virtualNode(SPOT, 'spot'));
  }, 600_000);
  afterAll(() => cluster.close());

  describe('the placement recipes', { timeout: 120_000 }, () => {
    it('overflow: fill the own machine first, and Fargate with the rest', async () => {
      const placed = await apply('overflow', 'overflow.yaml', 5);
      expect(placed.filter((node) => node === MACHINE)).toHaveLength(2);
      expect(placed.filter((node) => node?.startsWith('fargate'))).toHaveLength(3);
    });

    it('batch on Spot: run there and nowhere else', async () => {
      expect(await apply('batch', 'batch-on-spot.yaml', 3)).toEqual([SPOT, SPOT, SPOT]);
    });

    it('opt-in by namespace: move the pods of a labelled namespace, and of no other', async () => {
      await cluster.kubectl('apply', '-f', join(RECIPES, 'namespace-opt-in.yaml'));
      await cluster.kubectl('create', 'namespace', 'chosen');
      await cluster.kubectl('label', 'namespace', 'chosen', 'lambdalet.dev/placement=fargate');
      await cluster.kubectl('create', 'namespace', 'unchosen');
      const image = '--image=busybox';
      const tolerating = JSON.stringify({ spec: { tolerations: [{ key: 'other', operator: 'Exists' }] } });
      // A new policy takes a moment to be obeyed.
      const first = await until('a pod of the chosen namespace is moved', async () => {
        await cluster.kubectl('-n', 'chosen', 'create', 'deployment', `d${Date.now()}`, image);
        await sleep(1000);
        return (await nodesOf('chosen')).find((node) => node?.startsWith('fargate'));
      });
      expect(first).toMatch(/^fargate/);
      await cluster.kubectl('-n', 'chosen', 'run', 'tolerating', image, `--overrides=${tolerating}`);
      const pod = await until('it is bound', async () =>
        (await podsOf('chosen')).find(
          ({ metadata, spec }) => metadata.name === 'tolerating' && spec.nodeName !== undefined,
        ),
      );
      expect(pod.spec.nodeName).toMatch(/^fargate/);
      expect(pod.spec.tolerations?.map(({ key }) => key)).toEqual(
        expect.arrayContaining(['other', 'virtual-kubelet.io/provider']),
      );
      await cluster.kubectl('-n', 'unchosen', 'run', 'plain', image);
      const plain = await until('it was judged', async () =>
        (await podsOf('unchosen')).find(
          ({ spec, status }) => spec.nodeName !== undefined || (status?.conditions ?? []).length > 0,
        ),
      );
      expect(plain.spec.nodeName ?? MACHINE).toBe(MACHINE);
    });

    it('beside Karpenter: leave Pending what may wait for a machine, though Fargate has room', async () => {
      const namespace = 'karpenter';
      await cluster.kubectl('create', 'namespace', namespace);
      await cluster.kubectl('-n', namespace, 'apply', '-f', join(RECIPES, 'beside-karpenter.yaml'));
      const pods = await until('the scheduler has judged all', async () => {
        const all = await podsOf(namespace);
        const judged = all.filter(({ status }) =>
          status?.conditions?.some(({ type }) => type === 'PodScheduled'),
        );
        return judged.length === 4 ? judged : undefined;
      });
      const of = (app: string): readonly (string | undefined)[] =>
        pods.filter(({ metadata }) => metadata.labels?.['app'] === app).map(({ spec }) => spec.nodeName);
      expect(of('on-machines')).toEqual([undefined, undefined]);
      expect(of('on-fargate')).toEqual([
        expect.stringMatching(/^fargate/) as string,
        expect.stringMatching(/^fargate/) as string,
      ]);
    });
  });

  /** Where the pods of a recipe are bound to, once all of them are. */
  async function apply(
    namespace: string,
    recipe: string,
    pods: number,
  ): Promise<readonly (string | undefined)[]> {
    await cluster.kubectl('create', 'namespace', namespace);
    await cluster.kubectl('-n', namespace, 'apply', '-f', join(RECIPES, recipe));
    return until(`${pods} pods of ${recipe} are bound`, async () => {
      const nodes = (await nodesOf(namespace)).filter((node) => node !== undefined);
      return nodes.length === pods ? nodes : undefined;
    });
  }

  async function nodesOf(namespace: string): Promise<readonly (string | undefined)[]> {
    return (await podsOf(namespace)).map(({ spec }) => spec.nodeName);
  }

  async function podsOf(namespace: string): Promise<readonly Pod[]> {
    const list = await cluster.kubectl('-n', namespace, 'get', 'pods', '-o', 'json');
    return (JSON.parse(list) as { readonly items: readonly Pod[] }).items;
  }

  /** Asks again; nobody renews the leases of these nodes, so their status is written anew all the while. */
  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + 60_000;
    for (;;) {
      await keepReady();
      const seen = await look();
      if (seen !== undefined) return seen;
      if (Date.now() > end) throw new Error(`not within 60 s: ${what}`);
      await sleep(500);
    }
  }

  async function keepReady(): Promise<void> {
    const now = new Date().toISOString();
    const condition = { type: 'Ready', status: 'True', reason: 'Test', message: 'kept by the test' };
    const times = { lastHeartbeatTime: now, lastTransitionTime: now };
    for (const [name, cpu, memory] of [
      [MACHINE, '1', '16Gi'],
      [ON_DEMAND, '100', '400Gi'],
      [SPOT, '100', '400Gi'],
    ] as const) {
      const quantities = { cpu, memory, pods: '100' };
      const status = {
        conditions: [{ ...condition, ...times }],
        capacity: quantities,
        allocatable: quantities,
      };
      const patch = JSON.stringify({ status });
      await cluster.kubectl('patch', 'node', name, '--subresource=status', '--type=merge', '-p', patch);
    }
  }
}

/** A node of one vCPU: two pods of half a vCPU fit. */
function machine(): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: MACHINE, labels: { 'kubernetes.io/os': 'linux' } },
  };
}

/** A Node with the labels and taints that the heartbeat gives it. */
function virtualNode(name: string, capacityType: 'on-demand' | 'spot'): object {
  const settings = aNodeSettings({ name, capacityType });
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: nodeLabels(settings) },
    spec: { taints: nodeTaints(settings) },
  };
}
