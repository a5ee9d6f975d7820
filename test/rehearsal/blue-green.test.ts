import { describe, expect, it } from 'vitest';
import { openStage, stageNode, type Stage } from './stage/stage.ts';
import { allRun, expectUnharmed, podsOf, tasksOf } from './vocabulary-rehearsal.ts';

const PODS = 8;

/** kubectl cordon. */
function cordon(stage: Stage, node: string): void {
  const patch = { spec: { unschedulable: true } };
  const { status } = stage.cluster.ask(
    'PATCH',
    `/api/v1/nodes/${node}`,
    patch,
    'application/merge-patch+json',
  );
  expect(status).toBe(200);
}

/** What kubectl drain does under a budget of one pod: the next eviction waits until everything is available again. */
async function drain(stage: Stage, node: string): Promise<void> {
  const ready = (): number => stage.living().filter(stage.isReady).length;
  for (;;) {
    const victim = stage.living().find(({ spec }) => spec.nodeName === node);
    if (victim === undefined) return;
    await stage.until('everything is available', () => ready() === PODS);
    const { name, namespace } = victim.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    expect(stage.cluster.ask('POST', path, eviction).status).toBe(201);
    expect(ready(), 'pods that are available').toBeGreaterThanOrEqual(PODS - 1);
  }
}

const nodesOf = (stage: Stage): string[] => [
  ...new Set(stage.living().map(({ spec }) => spec.nodeName ?? 'none')),
];

describe('a blue and a green node', () => {
  it('move a Deployment from one to the other with its pods available, one at a time', async () => {
    const stage = await openStage();
    stage.applyDeployment('web', PODS);
    await allRun(stage, PODS);
    await stage.minutes(2);
    const blue = podsOf(stage, 'web');

    stage.deploy({ nodes: ['virtual-1', 'virtual-2'].map(stageNode) });
    const there = await stage.until('the green node is Ready', () => stage.node('virtual-2') !== undefined);
    expect(there, 'a beat').toBeLessThanOrEqual(13);
    cordon(stage, 'virtual-1');
    await drain(stage, 'virtual-1');
    await stage.until(
      'everything runs on the green node',
      () => podsOf(stage, 'web').filter(stage.isReady).length === PODS,
    );
    expect(nodesOf(stage)).toEqual(['virtual-2']);
    await stage.until('the tasks of the blue node have ended', () => tasksOf(stage, blue).length === 0);

    const green = tasksOf(stage, podsOf(stage, 'web'));
    stage.deploy({ nodes: [stageNode('virtual-2')] });
    await stage.seconds(20);
    let answer: string | undefined;
    void stage.staff.deleteNodeResource('virtual-1').then(({ torn }) => (answer = torn.kind));
    const removed = await stage.until('the blue node is removed', () => answer !== undefined);
    expect(answer).toBe('clean');
    expect(removed, 'nothing has to end any more').toBeLessThanOrEqual(16);
    await stage.minutes(5);
    expect(stage.node('virtual-1')).toBeUndefined();
    expect(tasksOf(stage, podsOf(stage, 'web')), 'no pod was touched by the removal').toEqual(green);
    expectUnharmed(stage);
  });

  it('do not take pods of a cordoned node away, and start none there', async () => {
    const stage = await openStage({ nodes: ['virtual-1', 'virtual-2'] });
    stage.applyDeployment('web', PODS);
    await allRun(stage, PODS);
    const before = tasksOf(stage, podsOf(stage, 'web'));
    cordon(stage, 'virtual-1');
    stage.applyDeployment('web', 2 * PODS);
    await allRun(stage, 2 * PODS);
    const late = stage.pods().filter((pod) => !tasksOf(stage, [pod]).some((arn) => before.includes(arn)));
    expect(new Set(late.map(({ spec }) => spec.nodeName))).toEqual(new Set(['virtual-2']));
    expect(stage.liveTasks().filter(({ arn }) => before.includes(arn))).toHaveLength(PODS);
    // The heartbeat heals a Node, but what people have set stays.
    await stage.minutes(3);
    expect(stage.node('virtual-1')?.spec?.unschedulable).toBe(true);
  });
});
