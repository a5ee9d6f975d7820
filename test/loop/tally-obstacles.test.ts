import { describe, expect, it } from 'vitest';
import { ADDRESSES_EXHAUSTED, FailureError, type Failure } from '../../lib/core/failure.ts';
import type { NodeCondition } from '../../lib/core/kubernetes.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { capacity, passes, refused, throttled } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const quota: Failure = { kind: 'quota', message: "You've reached the limit on the number of vCPUs" };
const denied: Failure = { kind: 'auth', message: 'not authorized to perform: iam:PassRole on role/a' };
const addresses: Failure = {
  kind: 'capacity',
  message: 'subnet-1 has insufficient free addresses',
  podReason: ADDRESSES_EXHAUSTED,
};

/** The conditions that are True, by the last beat. */
async function shown(world: LoopWorld): Promise<NodeCondition[]> {
  await world.clock.runUntil(beatNodes(world.deps));
  const conditions = world.kubernetes.controls.nodeOf('node-1')?.status?.conditions ?? [];
  return conditions.filter(({ type, status }) => type !== 'Ready' && status === 'True');
}
const typesOf = async (world: LoopWorld): Promise<string[]> => (await shown(world)).map(({ type }) => type);
const toldOf = async ({ marks }: LoopWorld) => (await marks.node('node-1')).obstacles?.told ?? {};

/** Counts the writes of obstacles from now on. */
function countWrites(world: LoopWorld): number[] {
  const at: number[] = [];
  intercept(world, 'marks', 'setObstacles', (set) => (...given) => {
    at.push(world.clock.now());
    return set(...given);
  });
  return at;
}

describe('a launch that is refused for no fault of its pod', () => {
  it.each([
    { what: 'a quota that is used up', failure: quota, type: 'FargateQuotaReached' },
    { what: 'no capacity', failure: capacity, type: 'FargateCapacityUnavailable' },
    { what: 'a subnet without addresses', failure: addresses, type: 'SubnetAddressesExhausted' },
    { what: 'rights that are missing', failure: denied, type: 'AwsAccessRefused' },
  ])('shows on the node: $what', async ({ failure, type }) => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', failure);
    await world.pass();
    const [condition, ...others] = await shown(world);
    expect(others).toEqual([]);
    expect(condition).toMatchObject({
      type,
      message: expect.stringContaining(`: ${failure.message.replace(/\.$/, '')}. `) as string,
    });
  });

  it.each([
    { what: 'a pod that cannot run', failure: refused },
    { what: 'a throttle', failure: throttled },
  ])('but not $what', async ({ failure }) => {
    const world = createWorld();
    world.bind();
    const writes = countWrites(world);
    world.provider.failNext('launch', failure);
    await world.pass();
    expect(await typesOf(world)).toEqual([]);
    expect(writes).toEqual([]);
  });

  it('shows within a beat of a holder of the watch, and is over a minute after the launch', async () => {
    const world = createWorld();
    void world.hold();
    await world.clock.advance(15 * SECOND);
    world.provider.failNext('launch', quota);
    world.bind();
    await world.clock.advance(11 * SECOND);
    expect(await typesOf(world)).toEqual(['FargateQuotaReached']);
    // The next try, 30 s later, is accepted.
    await world.clock.advance(MINUTE);
    expect(await toldOf(world)).toEqual({});
    expect(await typesOf(world)).toEqual([]);
  });
});

describe('a task that finds no address', () => {
  /** One pod, whose task stops for want of an address; the holder has seen it. */
  async function exhausted(): Promise<LoopWorld> {
    const world = createWorld();
    world.bind();
    await world.pass();
    await stopForAddresses(world);
    await world.pass();
    return world;
  }
  const stopForAddresses = (world: LoopWorld) =>
    world.tell(
      world.provider.setState(world.task().task.arn, {
        ...{ state: 'stopped', stoppedAt: world.clock.now(), containers: [] },
        ...{ cause: 'capacity', shortOf: 'addresses', reason: 'InsufficientFreeAddressesInSubnet' },
      }),
    );

  it('shows on the node, although RunTask took it', async () => {
    const world = await exhausted();
    expect(await typesOf(world)).toEqual(['SubnetAddressesExhausted']);
  });

  it('goes on showing while the pod is tried again', async () => {
    const world = await exhausted();
    await passes(world, 6);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 2 });
    expect(await typesOf(world)).toEqual(['SubnetAddressesExhausted']);
  });

  it('is over once a task has one', async () => {
    const world = await exhausted();
    await passes(world, 6);
    await world.tell(world.provider.start(world.task().task.arn));
    await passes(world, 6);
    expect(await typesOf(world)).toEqual([]);
  });
});

describe('an obstacle', () => {
  it('stands while one pod is refused, whatever is launched beside it', async () => {
    const world = createWorld();
    world.bind({ name: 'refused' });
    world.provider.failNext('launch', denied);
    await world.pass();
    for (let pod = 0; pod < 4; pod += 1) {
      world.bind({ name: `well-${pod}` });
      await world.pass();
      expect(await typesOf(world)).toEqual(['AwsAccessRefused']);
    }
    expect(world.provider.tasks()).toHaveLength(4);
  });

  it('is over ten minutes after the pod that met it has gone', async () => {
    const world = createWorld();
    void world.hold();
    world.bind();
    for (let time = 0; time < 20; time += 1) world.provider.failNext('launch', capacity);
    await world.clock.advance(90 * SECOND);
    expect(await typesOf(world)).toEqual(['FargateCapacityUnavailable']);
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await world.clock.advance(11 * MINUTE);
    expect(await typesOf(world)).toEqual([]);
  });

  it('keeps its beginning over many refusals and holders', async () => {
    const world = createWorld();
    world.bind();
    for (let time = 0; time < 40; time += 1) world.provider.failNext('launch', quota);
    await world.pass();
    const { quota: first } = await toldOf(world);
    for (let minute = 0; minute < 20; minute += 1) {
      await world.clock.advance(MINUTE);
      await world.pass();
    }
    const { quota: last } = await toldOf(world);
    expect(last?.since).toBe(first?.since);
    expect(last?.at).toBeGreaterThan(first!.at);
    expect(await typesOf(world)).toEqual(['FargateQuotaReached']);
  });

  it('is written at most once a minute, and every five minutes while it stands', async () => {
    const world = createWorld();
    const writes = countWrites(world);
    void world.hold();
    for (let time = 0; time < 400; time += 1)
      world.provider.failNext('launch', time % 2 === 0 ? quota : capacity);
    for (let pod = 0; pod < 20; pod += 1) world.bind({ name: `web-${pod}` });
    await world.clock.advance(13 * MINUTE);
    const gaps = writes.slice(1).map((at, index) => at - writes[index]!);
    expect(writes.length).toBeGreaterThan(1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(MINUTE);
  });

  it('costs no write where there is none', async () => {
    const world = createWorld();
    const writes = countWrites(world);
    world.bind();
    await passes(world, 3);
    void world.hold();
    await world.clock.advance(10 * MINUTE);
    expect(writes).toEqual([]);
  });

  it('that cannot be told keeps nobody from anything, and is told later', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', quota);
    world.provider.failNext('launch', quota);
    let down = true;
    intercept(
      world,
      'marks',
      'setObstacles',
      (set) =>
        (...given) =>
          down ? Promise.reject(new FailureError({ kind: 'transient', message: 'down' })) : set(...given),
    );
    expect(await world.pass()).toBe('done');
    expectLogged(
      world.telemetry,
      'warn',
      'What keeps launches of the node from succeeding could not be told',
    );
    down = false;
    await world.pass();
    expect(await toldOf(world)).toHaveProperty('quota');
  });

  it('is not told of a node that is being removed', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', quota);
    const writes = countWrites(world);
    intercept(world, 'marks', 'node', (read) => async (node) => ({
      ...(await read(node)),
      closing: writes.length === 0,
    }));
    await world.pass();
    expect(writes).toEqual([]);
  });
});
