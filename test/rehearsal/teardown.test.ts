import { describe, expect, it } from 'vitest';
import { openStage, stageNode, type Stage } from './stage/stage.ts';
import { allRun, expectUnharmed, onNode, podsOf, tasksOf } from './vocabulary-rehearsal.ts';

const PODS = 12;

/** Two nodes with pods of their own on each. */
async function inUse(): Promise<Stage> {
  const stage = await openStage({ nodes: ['virtual-1', 'virtual-2'] });
  stage.applyDeployment('leaving', PODS, onNode('virtual-1'));
  stage.applyDeployment('staying', PODS, onNode('virtual-2'));
  await allRun(stage, 2 * PODS);
  await stage.minutes(2);
  return stage;
}

interface LeftOut {
  readonly torn: Awaited<ReturnType<Stage['staff']['deleteNodeResource']>>['torn'];
  /** For so long the deployment waits. */
  readonly tookS: number;
}

/** What a deployment does that leaves a node out: the functions first, the resource of the node when they are updated. */
async function leaveOut(stage: Stage): Promise<LeftOut> {
  stage.deploy({ nodes: [stageNode('virtual-2')] });
  await stage.seconds(20);
  const begun = stage.clock.now();
  const { torn, at } = await finish(stage, stage.staff.deleteNodeResource('virtual-1'));
  return { torn, tookS: (at - begun) / 1000 };
}

/** Time goes by until the promise is settled. */
async function finish<T>(stage: Stage, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const end = (): void => void (isOver = true);
  promise.then(end, end);
  await stage.until('the teardown is answered', () => isOver, 3600);
  return promise;
}

describe('a node that is left out of the deployment', () => {
  it('ends its pods, and leaves the other node and its pods untouched', async () => {
    const stage = await inUse();
    const [leaving, staying] = [podsOf(stage, 'leaving'), podsOf(stage, 'staying')];
    const stayed = tasksOf(stage, staying);
    stage.gauges.forget();
    const { torn } = await leaveOut(stage);
    expect(torn).toEqual({ kind: 'clean', message: 'node virtual-1 and its lease are removed' });
    expect(tasksOf(stage, leaving)).toEqual([]);
    expect([stage.node('virtual-1'), stage.lease('virtual-1')]).toEqual([undefined, undefined]);
    expect(tasksOf(stage, podsOf(stage, 'staying'))).toEqual(stayed);
    expect(stage.gauges.unready().filter((name) => name.startsWith('staying'))).toEqual([]);
    expect(stage.gauges.oldestLease()).toBeLessThanOrEqual(13);
    const touched = Object.keys(stage.gauges.writes()).filter((what) => what.includes('/pods/staying'));
    expect(touched, 'writes to pods of the other node').toEqual([]);
  });

  it.each([
    { pods: 0, mostS: 16 },
    { pods: 12, mostS: 45 },
    { pods: 100, mostS: 55 },
    { pods: 400, mostS: 105 },
  ])('takes $mostS s at most with $pods pods', { timeout: 180_000 }, async ({ pods, mostS }) => {
    const stage = await openStage({ nodes: ['virtual-1', 'virtual-2'] });
    stage.applyDeployment('leaving', pods, onNode('virtual-1'));
    await allRun(stage, pods, 900);
    await stage.minutes(2);
    const leaving = podsOf(stage, 'leaving');
    expect(tasksOf(stage, leaving)).toHaveLength(pods);
    const { torn, tookS } = await leaveOut(stage);
    expect(torn.kind).toBe('clean');
    expect(tookS).toBeLessThanOrEqual(mostS);
    expect(tasksOf(stage, leaving)).toEqual([]);
  });

  it('publishes how its pods ended before it goes', async () => {
    const stage = await inUse();
    const leaving = podsOf(stage, 'leaving').map(({ metadata }) => metadata.uid);
    const ended = new Map<string, string>();
    stage.cluster.model().store.subscribe(({ storage, type, object }) => {
      const { metadata, status } = object as unknown as ReturnType<Stage['pods']>[number];
      if (storage !== 'pods' || type === 'DELETED' || !leaving.includes(metadata.uid)) return;
      const state = status?.containerStatuses?.[0]?.state?.terminated;
      if (status?.phase === 'Failed')
        ended.set(metadata.uid, `${status.reason} ${state?.exitCode} ${state?.reason}`);
    });
    await leaveOut(stage);
    expect([...ended.values()]).toEqual(Array(PODS).fill('Shutdown 143 Error'));
  });

  it('is not held up by pods that were never started, edited or are of a DaemonSet', async () => {
    const stage = await inUse();
    const path = '/api/v1/namespaces/default/pods';
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'ds', controller: true };
    const spec = { nodeName: 'virtual-1', containers: [{ name: 'main', image: 'public.ecr.aws/x/agent:1' }] };
    const agent = { metadata: { name: 'agent', ownerReferences: [owner] }, spec };
    expect(stage.cluster.ask('POST', path, agent).status).toBe(201);
    const [edited] = podsOf(stage, 'leaving');
    const image = {
      spec: { containers: [{ name: 'main', image: 'public.ecr.aws/docker/library/busybox:1.38' }] },
    };
    const patch = stage.cluster.ask(
      'PATCH',
      `${path}/${edited!.metadata.name}`,
      image,
      'application/strategic-merge-patch+json',
    );
    expect(patch.status).toBe(200);
    const { torn } = await leaveOut(stage);
    expect(torn.kind).toBe('clean');
    // The cluster's own garbage collector takes what is left of the node.
    await stage.minutes(2);
    expect(stage.pods().filter(({ spec: { nodeName } }) => nodeName === 'virtual-1')).toEqual([]);
  });

  it.each([1, 8, 16, 17, 19, 25, 40, 60])(
    'is removed by the next run when the function dies after %i s',
    async (second) => {
      const stage = await inUse();
      const leaving = podsOf(stage, 'leaving');
      stage.clock.at(stage.clock.now() + (20 + second) * 1000, () => stage.staff.kill('node-teardown'));
      const { torn, tookS } = await leaveOut(stage);
      expect(torn.kind).toBe('clean');
      expect(tookS).toBeLessThanOrEqual(120);
      expect(tasksOf(stage, leaving)).toEqual([]);
      expect(stage.node('virtual-1')).toBeUndefined();
    },
  );

  it('comes back when it is put into the deployment again', async () => {
    const stage = await inUse();
    await leaveOut(stage);
    await stage.minutes(3);
    stage.deploy({ nodes: ['virtual-1', 'virtual-2'].map(stageNode) });
    // What the creation of its resource does.
    await stage.table.marks().setClosing('virtual-1', false);
    await stage.until(
      'its pods run again',
      () => podsOf(stage, 'leaving').filter(stage.isReady).length === PODS,
    );
    await stage.minutes(2);
    expectUnharmed(stage);
  });
});

describe('the destruction of a whole deployment', () => {
  it('ends every task and takes every node away, with no triggers and no task events', async () => {
    const stage = await inUse();
    stage.staff.setTriggers(false);
    const both = ['virtual-1', 'virtual-2'].map((node) => stage.staff.deleteNodeResource(node));
    const answers = await finish(stage, Promise.all(both));
    expect(answers.map(({ torn }) => torn.kind)).toEqual(['clean', 'clean']);
    expect(stage.liveTasks()).toEqual([]);
    expect([stage.node('virtual-1'), stage.node('virtual-2')]).toEqual([undefined, undefined]);
  });

  it('ends every task although the API server cannot be reached, and says what is left', async () => {
    const stage = await inUse();
    stage.staff.setTriggers(false);
    stage.cluster.setReach('unreachable');
    const begun = stage.clock.now();
    const both = ['virtual-1', 'virtual-2'].map((node) => stage.staff.deleteNodeResource(node));
    const answers = await finish(stage, Promise.all(both));
    for (const { torn, run } of answers) {
      expect(torn).toMatchObject({ kind: 'tasksStopped' });
      expect(torn.message).toMatch(
        /^12 tasks of node virtual-\d were stopped, but its Node, Lease and pods were left/,
      );
      expect(run, 'no second run of the function').toBe(1);
    }
    expect((Math.max(...answers.map(({ at }) => at)) - begun) / 1000).toBeLessThanOrEqual(146);
    await stage.minutes(2);
    expect(stage.liveTasks()).toEqual([]);
  });

  it('ends every task when the API server goes away in the middle', async () => {
    const stage = await inUse();
    stage.staff.setTriggers(false);
    const leaving = podsOf(stage, 'leaving');
    stage.clock.at(stage.clock.now() + 18_000, () => stage.cluster.setReach('gone'));
    const answer = await finish(stage, stage.staff.deleteNodeResource('virtual-1'));
    expect(answer.torn.kind).toMatch(/tasksStopped|leftOver/);
    await stage.minutes(2);
    expect(leaving).toHaveLength(PODS);
    expect(tasksOf(stage, leaving)).toEqual([]);
    expect(stage.liveTasks()).toHaveLength(PODS);
  });
});
