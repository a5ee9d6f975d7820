import { describe, expect, it } from 'vitest';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { hangingAt, type LoopWorld, createWorld, intercept } from '../support/vocabulary-loop.ts';
import { livingOf, passes, tokensOf } from '../support/vocabulary-launch.ts';
import { loseRecord, runPods, stopsOf } from '../support/vocabulary-repair.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const POLICIES = ['Always', 'OnFailure', 'Never'] as const;
const listsOf = ({ provider }: LoopWorld): number =>
  provider.calls.filter(({ method }) => method === 'listAll').length;

/** Every record is gone, and with them the mark that there were any: the table was lost and made anew. */
async function clearTable(world: LoopWorld, names: readonly string[] = ['web']): Promise<void> {
  for (const name of names) await loseRecord(world, name);
  intercept(
    world,
    'marks',
    'rebuiltAt',
    (rebuiltAt) => () => (isLost ? Promise.resolve(undefined) : rebuiltAt()),
  );
  intercept(world, 'marks', 'setRebuilt', (setRebuilt) => (at) => {
    isLost = false;
    return setRebuilt(at);
  });
  let isLost = true;
}
/** A running pod under a holder in the middle of its watch. */
async function inMidWatch(restartPolicy: (typeof POLICIES)[number] = 'Always'): Promise<LoopWorld> {
  const world = createWorld();
  await runPods(world, 1, { spec: { restartPolicy } });
  void world.hold();
  await world.clock.advance(MINUTE);
  return world;
}
/** Something tells of the pod: a label was edited. */
const touch = (world: LoopWorld, name = 'web'): void =>
  void world.kubernetes.controls.changePod('default', name, (pod) => {
    pod.metadata.labels = { touched: String(world.clock.now()) };
  });

/** The pod's task ends with 1 so often, each time until the next one is launched and, but for the last, runs. */
async function crashes(world: LoopWorld, times: number): Promise<void> {
  for (let attempt = 2; attempt <= times + 1; attempt += 1) {
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    for (let pass = 0; pass < 30 && tokensOf(world).length < attempt; pass += 1) await world.pass();
    if (attempt <= times) await world.tell(world.provider.start(world.task().task.arn));
  }
}

describe('a table that is cleared in the middle of a watch', () => {
  it.each(POLICIES)(
    'gets the record of a running pod of policy %s back, and starts nothing',
    async (policy) => {
      const world = await inMidWatch(policy);
      await clearTable(world);
      touch(world);
      await world.clock.advance(0);
      expect(world.record()).toMatchObject({
        state: 'launched',
        attempt: 1,
        taskArn: world.task().task.arn,
        task: { state: 'running' },
      });
      await world.clock.advance(10 * MINUTE);
      expect(tokensOf(world)).toEqual(['1']);
      expect(world.line()).toBe('Running; main: running');
    },
  );

  it.each(POLICIES)('is mended by the next look when nothing tells of a pod of policy %s', async (policy) => {
    const world = await inMidWatch(policy);
    await clearTable(world);
    await world.clock.advance(5 * MINUTE);
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn });
    await world.clock.advance(10 * MINUTE);
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('does not make the end of a running pod of policy Never unknown: it ends as its task does', async () => {
    const world = await inMidWatch('Never');
    await clearTable(world);
    touch(world);
    await world.clock.advance(MINUTE);
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
  });

  it('gives a pod whose task has ended meanwhile its true end', async () => {
    const world = await inMidWatch('OnFailure');
    await clearTable(world);
    world.provider.exit(world.task().task.arn, 0);
    touch(world);
    await world.clock.advance(MINUTE);
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('keeps the object of a deleted pod until its task is found and has stopped', async () => {
    const world = await inMidWatch();
    await clearTable(world);
    world.provider.failNext('listAll', { kind: 'throttled', message: 'Rate exceeded' });
    world.kubernetes.controls.deletePod('default', 'web');
    await world.clock.advance(0);
    expect(world.pod(), 'the object must stay while its task may run').toBeDefined();
    expect(stopsOf(world)).toEqual([]);
    await world.clock.advance(MINUTE);
    expect(stopsOf(world)).toEqual([world.task().task.arn]);
    expect(world.pod()).toBeDefined();
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.pod()).toBeUndefined();
  });

  it('starts a pod that has no task only when a launch under way would be listed', async () => {
    const world = await inMidWatch();
    world.provider.lose(world.task().task.arn);
    await clearTable(world);
    touch(world);
    const lostAt = world.clock.now();
    await world.clock.advance(2 * MINUTE - 1);
    expect(tokensOf(world)).toEqual(['1']);
    await world.clock.advance(MINUTE);
    expect(tokensOf(world), `cleared at ${lostAt}`).toEqual(['1', '2']);
  });

  it('starts none twice whose launch was under way', async () => {
    const world = createWorld();
    world.bind();
    void syncCluster({ ...world.deps, records: hangingAfterLaunch(world) });
    await world.clock.advance(SECOND);
    expect(livingOf(world)).toHaveLength(1);
    world.slot.put(undefined);
    await clearTable(world);
    await passes(world, 30);
    expect(livingOf(world)).toHaveLength(1);
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn });
  });

  it('does not end a deleted pod that shows nothing before its task would be listed', async () => {
    const world = createWorld();
    world.bind();
    void syncCluster({ ...world.deps, records: hangingAfterLaunch(world) });
    await world.clock.advance(SECOND);
    const { arn } = world.task().task;
    world.slot.put(undefined);
    world.provider.overlook(arn, { listed: false, described: 'missing' });
    await clearTable(world);
    world.kubernetes.controls.deletePod('default', 'web');
    await passes(world, 8);
    expect(world.pod()?.status?.phase, 'its task may run').toBe('Pending');
    world.provider.overlook(arn, {});
    await passes(world, 2);
    expect(stopsOf(world)).toEqual([arn]);
  });

  it('is rebuilt by one list of all tasks although a thousand pods need it', async () => {
    const world = createWorld();
    await runPods(world, 1000);
    void world.hold();
    await world.clock.advance(SECOND);
    const names = Array.from({ length: 1000 }, (_, pod) => `web-${pod}`);
    await clearTable(world, names);
    for (const name of names) touch(world, name);
    await world.clock.advance(5 * SECOND);
    expect(listsOf(world)).toBe(1);
    expect(names.filter((name) => world.record(name)?.state !== 'launched')).toEqual([]);
    expect(livingOf(world)).toHaveLength(1000);
  });
});

describe('one missing record', () => {
  it.each(POLICIES)('of a running pod of policy %s is found again by the next pass', async (policy) => {
    const world = createWorld();
    await runPods(world, 2, { spec: { restartPolicy: policy } });
    const kept = world.record('web-1');
    await loseRecord(world, 'web-0');
    await world.pass();
    expect(world.record('web-0')).toMatchObject({ state: 'launched', attempt: 1 });
    expect(world.record('web-1')).toEqual(kept);
    await passes(world, 30);
    expect(tokensOf(world)).toEqual(['1', '1']);
  });

  it('of a pod that was just launched and shows nothing but its start is found again too', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await loseRecord(world);
    await passes(world, 20);
    expect(tokensOf(world)).toEqual(['1']);
    expect(world.record()).toMatchObject({ taskArn: world.task().task.arn });
  });

  it('of a pod in its back-off goes on from the stopped task, and the next attempt has another token', async () => {
    const world = createWorld();
    await runPods(world, 1);
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    await loseRecord(world);
    await passes(world, 4);
    expect(tokensOf(world)).toEqual(['1', '2']);
    expect(world.record()).toMatchObject({ attempt: 2, restarts: { main: 1 } });
  });

  it('of a pod whose task cannot be found is believed after one look, because table and pod are old', async () => {
    const world = createWorld();
    await runPods(world, 1);
    await world.clock.advance(5 * MINUTE);
    world.provider.lose(world.task().task.arn);
    await loseRecord(world);
    await world.pass();
    expect(tokensOf(world)).toEqual(['1', '2']);
  });

  it.each(POLICIES)(
    'of a pod of policy %s deleted so soon after its start that the provider does not tell of the task yet: the end waits for it',
    async (restartPolicy) => {
      const world = createWorld();
      // The mark of a table that was restored is of its own past.
      await world.clock.advance(5 * MINUTE);
      await runPods(world, 1, { spec: { restartPolicy } });
      const { arn } = world.task().task;
      world.provider.overlook(arn, { listed: false, described: 'missing' });
      await loseRecord(world);
      world.kubernetes.controls.deletePod('default', 'web');
      await passes(world, 2);
      expect(world.pod()?.status?.phase, 'its task runs').toBe('Running');
      world.provider.overlook(arn, {});
      await passes(world, 2);
      expect(stopsOf(world)).toEqual([arn]);
      await world.tell(world.provider.exit(arn, 143));
      await world.pass();
      expect(world.pod()).toBeUndefined();
    },
  );

  it('of a pod of policy Never whose task cannot be found: its end is unknown, and it never runs again', async () => {
    const world = createWorld();
    await world.clock.advance(5 * MINUTE);
    await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    world.provider.lose(world.task().task.arn);
    await loseRecord(world);
    await passes(world, 20);
    expect(world.line()).toMatch(/^Failed ContainerStatusUnknown/);
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('that is of an attempt long before gives way to the last one, whatever the pod shows of those between', async () => {
    const world = createWorld();
    await runPods(world, 1);
    const first = world.record()!;
    await crashes(world, 3);
    expect(tokensOf(world)).toEqual(['1', '2', '3', '4']);
    const { arn } = world.task().task;
    world.records.put(first);
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.record()).toMatchObject({ attempt: 4, taskArn: arn });
    expect(stopsOf(world)).toEqual([arn]);
    expect(world.pod(), 'its task has not stopped').toBeDefined();
  });

  it('of a pod that has ended is not missed', async () => {
    const world = createWorld();
    await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    const { uid, node, expiresAt } = world.record()!;
    await world.records.forget(node, uid, expiresAt!);
    await passes(world, 5);
    expect(listsOf(world)).toBe(0);
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
  });

  it('is not looked for again and again while the tasks cannot be listed', async () => {
    const world = createWorld();
    await runPods(world, 1);
    void world.hold();
    await world.clock.advance(SECOND);
    await loseRecord(world);
    let lists = 0;
    intercept(world, 'provider', 'listAll', () => () => {
      lists += 1;
      return Promise.reject(new Error('ECS does not answer'));
    });
    touch(world);
    await world.clock.advance(10 * MINUTE);
    expect(lists).toBeGreaterThan(1);
    expect(lists, 'lists in ten minutes').toBeLessThan(20);
    expect(tokensOf(world)).toEqual(['1']);
    expectLogged(world.telemetry, 'warn', 'Pod action failed', { action: 'recover' });
  });

  it('is left to pod-sync by the event function', async () => {
    const world = createWorld();
    await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    await loseRecord(world);
    expect(await world.tell(world.provider.exit(world.task().task.arn, 1))).toMatchObject({
      kind: 'ignored',
    });
    expect(listsOf(world)).toBe(0);
    await world.pass();
    expect(world.line()).toBe('Failed; main: terminated Error 1');
  });
});

/** Records of an invocation that dies before it can write down its launch. */
function hangingAfterLaunch({ records }: LoopWorld): LoopWorld['records'] {
  const dead = hangingAt(records, 'write');
  let writes = 0;
  return new Proxy(records, {
    get: (target, name, receiver) =>
      Reflect.get(name === 'write' && (writes += 1) > 1 ? dead : target, name, receiver) as unknown,
  });
}
