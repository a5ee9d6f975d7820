import { describe, expect, it } from 'vitest';
import { isNodeReady, openStage, type Stage } from './stage/stage.ts';
import { allRun, complaintsSince, expectUnharmed, podsOf, tasksOf } from './vocabulary-rehearsal.ts';

const PODS = 10;

async function inUse(): Promise<Stage & { readonly tasks: readonly string[] }> {
  const stage = await openStage();
  stage.applyDeployment('web', PODS);
  await allRun(stage, PODS);
  await stage.minutes(3);
  stage.gauges.forget();
  return { ...stage, tasks: tasksOf(stage, stage.pods()) };
}

const isReady = (stage: Stage): boolean => isNodeReady(stage.node('virtual-1'));

/** The node says Ready again and all pods do. Returns after how many seconds. */
function recovered(stage: Stage): Promise<number> {
  return stage.until(
    'node and pods are Ready again',
    () => isReady(stage) && podsOf(stage, 'web').every(stage.isReady),
  );
}

describe('a secret that is deleted', () => {
  it('is not missed by functions that are warm, which say so', async () => {
    const stage = await inUse();
    const begun = stage.clock.now();
    stage.deleteSecret();
    await stage.minutes(30);
    stage.applyDeployment('web', PODS + 2);
    await stage.until('new pods are launched', () => stage.liveTasks().length === PODS + 2, 20);
    expect(isReady(stage)).toBe(true);
    expect(stage.gauges.oldestLease()).toBeLessThanOrEqual(25);
    expect(complaintsSince(stage, begun)).toContain('ResourceNotFoundException');
    expect(complaintsSince(stage, begun)).toContain('create it in this Region');
  });

  it.each([0, 2, 4, 6, 8, 10])(
    'leaves the node Ready for 37 to 48 s once functions start cold, %i s into a beat',
    async (seconds) => {
      const stage = await inUse();
      await stage.seconds(seconds);
      stage.deleteSecret();
      stage.staff.recycle();
      const lost = await stage.until('the node is not Ready', () => !isReady(stage), 120);
      expect(lost, 'the grace of 40 s from the last beat, and a look of the controller').toBeGreaterThan(37);
      expect(lost).toBeLessThanOrEqual(48);
    },
  );

  it('costs the node its readiness once functions start cold, stops no task, and all recovers by itself', async () => {
    const stage = await inUse();
    stage.deleteSecret();
    stage.staff.recycle();
    const begun = stage.clock.now();
    await stage.until('the node is not Ready', () => !isReady(stage), 120);
    await stage.minutes(3);
    expect(tasksOf(stage, stage.pods())).toEqual(stage.tasks);
    expect(complaintsSince(stage, begun)).toMatch(
      /The heartbeat of the node failed .*ResourceNotFoundException/,
    );
    stage.setSecret(stage.cluster.issueKubeconfig());
    expect(await recovered(stage), 'a beat').toBeLessThanOrEqual(13);
    await stage.minutes(5);
    expect(tasksOf(stage, stage.pods())).toEqual(stage.tasks);
    expectUnharmed(stage);
  });

  it('for longer than five minutes lets Kubernetes evict the pods: their tasks end when it is back', async () => {
    const stage = await inUse();
    const before = stage.pods();
    stage.deleteSecret();
    stage.staff.recycle();
    await stage.minutes(15);
    const evicted = stage.gauges.reasons.filter(({ reason }) => reason === 'TaintManagerEviction');
    expect(evicted).toHaveLength(PODS);
    expect(tasksOf(stage, before), 'nothing is stopped while the cluster is not heard').toEqual(stage.tasks);
    stage.setSecret(stage.cluster.issueKubeconfig());
    await stage.until('the evicted pods are gone', () =>
      before.every(({ metadata }) => stage.pod(metadata.name) === undefined),
    );
    await allRun(stage, PODS);
    await stage.minutes(5);
    expectUnharmed(stage);
  });
});

describe('a secret with wrong content', () => {
  it.each([
    { what: 'no kubeconfig', text: 'hello' },
    { what: 'a kubeconfig with a plugin', text: 'PLUGIN' },
    { what: 'a kubeconfig whose token is not known', text: 'STALE' },
  ])('($what) is told without being shown, and is mended by the right one', async ({ text }) => {
    const stage = await inUse();
    const begun = stage.clock.now();
    const good = stage.cluster.issueKubeconfig();
    const stale = good.replace(/token: token-\d+/, 'token: canary-4711');
    const plugin = good.replace(/token: token-\d+/, 'exec: { apiVersion: x, command: canary-4711 }');
    stage.setSecret({ PLUGIN: plugin, STALE: stale }[text] ?? `${text} canary-4711`);
    stage.staff.recycle();
    await stage.until('the node is not Ready', () => !isReady(stage), 120);
    const told = complaintsSince(stage, begun);
    expect(told).toMatch(/kubeconfig cannot be used|does not know the identity/);
    expect(told).not.toContain('canary-4711');
    await stage.minutes(2);
    stage.setSecret(good);
    expect(await recovered(stage), 'a beat').toBeLessThanOrEqual(13);
    expect(tasksOf(stage, stage.pods())).toEqual(stage.tasks);
    expectUnharmed(stage);
  });
});

describe('the rotation of a secret under load', () => {
  it('is taken up without a gap although the old credential ends at once', async () => {
    const stage = await inUse();
    for (let nth = 1; nth <= 20; nth += 1) {
      stage.applyDeployment('web', PODS + nth);
      if (nth % 5 === 0) {
        const next = stage.cluster.issueKubeconfig();
        stage.setSecret(next);
        stage.cluster.revokeOthers(next);
      }
      await stage.seconds(3);
    }
    await allRun(stage, PODS + 20);
    const delays = stage.pods().map((pod) => stage.launchDelay(pod));
    expect(Math.max(...delays), 'one call is repeated').toBeLessThanOrEqual(1.5);
    expect(stage.gauges.oldestLease()).toBeLessThanOrEqual(16);
    expect(stage.gauges.unready()).toEqual([]);
    expectUnharmed(stage);
  });

  it('in the wrong order, the old credential first, recovers with the new one', async () => {
    const stage = await inUse();
    const next = stage.cluster.issueKubeconfig();
    stage.cluster.revokeOthers(next);
    await stage.seconds(20);
    stage.setSecret(next);
    stage.applyDeployment('web', PODS + 1);
    await stage.until('a new pod is launched', () => stage.liveTasks().length === PODS + 1, 60);
    expect(stage.gauges.oldestLease(), 'the grace is 40 s').toBeLessThanOrEqual(36);
    expect(isReady(stage)).toBe(true);
  });
});
