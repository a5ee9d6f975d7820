import { describe, expect, it } from 'vitest';
import { isNodeReady, openStage, type Stage } from './stage/stage.ts';
import {
  allRun,
  complaintsSince,
  crashing,
  ending,
  expectUnharmed,
  podsOf,
  restartsOf,
  tasksOf,
} from './vocabulary-rehearsal.ts';

const PODS = 10;

async function inUse(): Promise<Stage & { readonly tasks: readonly string[] }> {
  const stage = await openStage();
  stage.applyDeployment('web', PODS);
  await allRun(stage, PODS);
  await stage.minutes(3);
  stage.gauges.forget();
  return { ...stage, tasks: tasksOf(stage, stage.pods()) };
}

const webIsWell = (stage: Stage): boolean =>
  podsOf(stage, 'web').length === PODS && podsOf(stage, 'web').every(stage.isReady);

describe('an API server that is gone for an hour', () => {
  it(
    'costs no task, and what ended meanwhile is published when it is back',
    { timeout: 60_000 },
    async () => {
      const stage = await inUse();
      stage.createPod('job', ending(600));
      stage.applyDeployment('flaky', 1, crashing(300));
      await stage.until(
        'they run',
        () =>
          stage.pod('job')?.status?.phase === 'Running' &&
          podsOf(stage, 'flaky').some((pod) => stage.isReady(pod)),
      );
      stage.cluster.setReach('gone');
      const begun = stage.clock.now();
      await stage.minutes(60);
      expect(tasksOf(stage, podsOf(stage, 'web')), 'no task is stopped').toEqual(stage.tasks);
      expect(complaintsSince(stage, begun)).toContain('no answer from the API server');
      expect(restartsOf(stage, 'flaky'), 'nobody restarts what the cluster may not want any more').toBe(0);

      stage.cluster.setReach('fine');
      expect(
        await stage.until('the node is Ready', () => isNodeReady(stage.node('virtual-1')), 60),
      ).toBeLessThanOrEqual(13);
      const told = await stage.until(
        'the end of the job is published',
        () => stage.pod('job')?.status?.phase === 'Succeeded',
      );
      expect(told).toBeLessThanOrEqual(60);
      await stage.until(
        'what crashed is started again',
        () => podsOf(stage, 'flaky').every((pod) => tasksOf(stage, [pod]).length === 1),
        120,
      );
      await stage.until('all pods are well', () => webIsWell(stage), 120);
      await stage.minutes(10);
      expect(tasksOf(stage, podsOf(stage, 'web'))).toEqual(stage.tasks);
      expect(stage.account.doubles).toEqual([]);
    },
  );
});

describe('an API server that the functions cannot reach', () => {
  it('for less than five minutes costs the pods their readiness, and nothing else', async () => {
    const stage = await inUse();
    stage.cluster.setReach('unreachable');
    await stage.minutes(4);
    expect(isNodeReady(stage.node('virtual-1'))).toBe(false);
    expect(stage.gauges.unready()).toHaveLength(PODS);
    stage.cluster.setReach('fine');
    expect(
      await stage.until('all is well', () => isNodeReady(stage.node('virtual-1')) && webIsWell(stage), 60),
    ).toBeLessThanOrEqual(16);
    await stage.minutes(5);
    expect(tasksOf(stage, stage.pods())).toEqual(stage.tasks);
  });

  it(
    'for an hour stops nothing; the pods that Kubernetes evicted meanwhile end when it is back',
    { timeout: 60_000 },
    async () => {
      const stage = await inUse();
      const before = stage.pods();
      stage.cluster.setReach('unreachable');
      await stage.minutes(60);
      expect(stage.liveTasks().map(({ arn }) => arn)).toEqual(stage.tasks);
      stage.cluster.setReach('fine');
      await stage.until(
        'the evicted pods are gone',
        () => before.every(({ metadata }) => stage.pod(metadata.name) === undefined),
        180,
      );
      await stage.until('their successors are well', () => webIsWell(stage));
      await stage.minutes(5);
      expectUnharmed(stage);
    },
  );
});

describe('a cluster that is replaced by another at the same endpoint', () => {
  it('gets nothing, and loses nothing, until the setting accepts it', { timeout: 60_000 }, async () => {
    const stage = await inUse();
    stage.cluster.replace();
    await stage.minutes(10);
    const begun = stage.clock.now();
    // Its certificate is another one: nobody gets that far before the secret is changed, too.
    stage.setSecret(stage.cluster.issueKubeconfig());
    stage.staff.recycle();
    await stage.minutes(60);
    expect(stage.liveTasks().map(({ arn }) => arn)).toEqual(stage.tasks);
    expect([stage.node('virtual-1'), stage.lease('virtual-1')]).toEqual([undefined, undefined]);
    expect(complaintsSince(stage, begun)).toContain('The credentials point at another cluster than before');
    expect(complaintsSince(stage, begun)).toContain('LAMBDALET_ACCEPT_NEW_CLUSTER=true');

    stage.deploy({ acceptNewCluster: true });
    const there = await stage.until('the node is there', () => isNodeReady(stage.node('virtual-1')), 60);
    expect(there, 'a beat').toBeLessThanOrEqual(13);
    const stopped = await stage.until('the tasks of the old cluster are stopped', () =>
      stage.liveTasks().every(({ desired }) => desired === 'STOPPED'),
    );
    expect(stopped).toBeLessThanOrEqual(30);
    await stage.until('and have ended', () => stage.liveTasks().length === 0, 60);
    await stage.minutes(1);
    for (const { state, name } of (await stage.table.copy()).records) expect(state, name).toBe('ended');

    stage.deploy({ acceptNewCluster: false });
    stage.applyDeployment('web', PODS);
    await allRun(stage, PODS);
    await stage.minutes(5);
    expectUnharmed(stage);
  });
});
