// A node in an account whose Fargate quota is small: what Kubernetes makes of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Node } from '../../lib/core/kubernetes.ts';
import type { World } from '../../lib/local/world/world.ts';
import {
  eventually,
  isRunning,
  openNamespace,
  openWorld,
  podOf,
  type Namespace,
} from './world-under-test.ts';

let world: World;
let pods: Namespace;

/** A pod that asks for a quarter of a vCPU, the smallest task there is. */
const quarter = (name: string, spec: object = {}): object => {
  const resources = { requests: { cpu: '250m' } };
  const containers = [{ name: 'main', image: 'public.ecr.aws/docker/library/busybox:1.37', resources }];
  return podOf(name, undefined, { containers, ...spec });
};
const nodeNow = async (): Promise<Node> =>
  (await world.user.demand('GET', `/api/v1/nodes/${world.node}`)) as Node;
const conditionNow = async (wanted: string) =>
  (await nodeNow()).status?.conditions?.find(({ type }) => type === wanted);
const allRun = (names: readonly string[]) =>
  eventually(world, `${names.join(', ')} run`, async () => {
    const seen = await Promise.all(names.map((name) => pods.find(name)));
    return seen.every((pod) => pod !== undefined && isRunning(pod)) ? seen : undefined;
  });

beforeAll(async () => {
  world = await openWorld({ vcpuQuota: 1 });
  pods = await openNamespace(world, 'quota');
}, 60_000);
afterAll(() => world.close());

describe('a node in an account with a quota of one vCPU', () => {
  it('shows what the account has, binds what fits, and says when the quota is reached', async () => {
    const node = await eventually(world, 'the node shows the quota', async () => {
      const seen = await nodeNow();
      return seen.status?.capacity?.['cpu'] === '1' ? seen : undefined;
    });
    expect(node.status?.allocatable).toMatchObject({ cpu: '1' });

    const fitting = ['one', 'two', 'three', 'four'];
    for (const name of fitting) await pods.create(quarter(name));
    await allRun(fitting);
    await pods.create(quarter('five'));
    await eventually(world, 'the scheduler finds no room for the fifth', async () => {
      const { status } = (await pods.find('five')) ?? {};
      return (
        status?.conditions?.some(({ message = '' }) => message.includes('Insufficient cpu')) || undefined
      );
    });
    expect(await conditionNow('FargateQuotaReached')).toMatchObject({ status: 'False' });

    await pods.create(quarter('forced', { nodeName: world.node }));
    const reached = await eventually(world, 'the node says that the quota is reached', async () => {
      const condition = await conditionNow('FargateQuotaReached');
      return condition?.status === 'True' ? condition : undefined;
    });
    expect(reached.message).toContain("You've reached the limit on the number of vCPUs");
    expect(reached.message).toContain('The quota is 1 vCPU');
    expect((await pods.find('forced'))?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
      'FargateQuotaExceeded',
    );
  }, 120_000);
});
