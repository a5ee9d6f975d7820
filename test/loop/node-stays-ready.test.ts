// The named acceptance of the heartbeat: ten minutes on the clock of a node lifecycle controller with 40 s of grace.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import type { Instant } from '../../lib/core/kubernetes.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { arrivalsOf, CONTROLLER, createNodeController, runSchedule } from '../support/vocabulary-node.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

/** Two minutes to get going, then the ten that count. */
const WARM_UP = 2 * MINUTE;
const JUDGED = 10 * MINUTE;
const FIRES = 13;
const SEEDS = { numRuns: 250 };

/** How the world of one seed differs from that of another. */
interface Luck {
  /** How late each fire is, in seconds. */
  readonly late: readonly number[];
  /** How late pod-sync's own fires are. */
  readonly syncLate: readonly number[];
  /** Cold starts and queues: up to two seconds for each message. */
  readonly latency: readonly number[];
  readonly offset: number;
  readonly missed: number;
}
const late = fc.array(fc.integer({ min: 0, max: 59 }), { minLength: FIRES, maxLength: FIRES });
const anyLuck: fc.Arbitrary<Luck> = fc.record({
  late,
  syncLate: late,
  latency: fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 7, maxLength: 7 }),
  offset: fc.nat(1),
  missed: fc.integer({ min: 2, max: 10 }),
});

interface Play {
  readonly luck: Luck;
  readonly isLost?: (message: number) => boolean;
  readonly isMissed?: (fire: number) => boolean;
  /** Whether pod-sync runs beside the heartbeat, in watch mode. */
  readonly isWatched?: boolean;
  /** What happens when the ten minutes begin. */
  readonly begin?: (world: LoopWorld) => void;
}

/** Plays the ten minutes; gives the moments, in seconds, at which the controller called the node Unknown. */
async function unknownAt({
  luck,
  isLost = () => false,
  isMissed = () => false,
  isWatched,
  begin,
}: Play): Promise<number[]> {
  const world = createWorld();
  const start = world.clock.now();
  const latencyOf = (message: number): number => luck.latency[message % luck.latency.length] ?? 0;
  const fires = luck.late.map((lateSeconds, fire) => ({ lateSeconds, isMissed: isMissed(fire) }));
  const beats = arrivalsOf(start, fires, latencyOf).filter(
    (at, message) => at < start + WARM_UP || !isLost(message),
  );
  const syncFires = luck.syncLate.map((lateSeconds) => ({ lateSeconds }));
  const syncs = isWatched === true ? arrivalsOf(start, syncFires, latencyOf) : [];
  const controller = createNodeController(world);
  const checks = Array.from(
    { length: JUDGED / CONTROLLER.periodMs },
    (_, index) => start + WARM_UP + index * CONTROLLER.periodMs,
  );
  const at = (run: () => unknown) => (moment: Instant) => ({ at: moment, run });
  await runSchedule(
    world,
    [
      ...beats.map(at(() => beatNodes(world.deps))),
      ...syncs.map(at(() => world.hold())),
      ...(begin === undefined ? [] : [at(() => begin(world))(start + WARM_UP)]),
      ...checks.map(at(() => controller.check())),
    ],
    start + WARM_UP + JUDGED,
  );
  expect(conditionsOf(world.kubernetes.controls.nodeOf('node-1')?.status as never)).toMatchObject({
    Ready: 'True KubeletReady',
  });
  return controller.unknownAt.map((moment) => (moment - start) / SECOND);
}

/** Plays every seed; a failing one names when the node was lost, and shrinks. */
const staysReady = (play: (luck: Luck) => Omit<Play, 'luck'>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(anyLuck, async (luck) => {
      expect(await unknownAt({ luck, ...play(luck) }), 'seconds at which the node went Unknown').toEqual([]);
    }),
    SEEDS,
  );

/** A table that does not answer: each call hangs for its timeout, then fails. */
const takeTableDown = (world: LoopWorld): void => {
  const hang = async (): Promise<never> => {
    await world.clock.sleep(world.clock.now() + 10 * SECOND);
    throw new FailureError({ kind: 'transient', message: 'DynamoDB does not answer' });
  };
  intercept(world, 'slot', 'read', () => hang);
  for (const method of ['keepIdentity', 'node', 'rebuiltAt'] as const)
    intercept(world, 'marks', method, () => hang);
};

describe('the node stays Ready for ten minutes at 40 s of grace, fires late by 0 to 59 s', () => {
  it('when nothing goes wrong', () => staysReady(() => ({})));

  it('with every second heartbeat message lost', () =>
    staysReady(({ offset }) => ({ isLost: (message) => message % 2 === offset })));

  it('with DynamoDB down', () => staysReady(() => ({ begin: takeTableDown })));

  it('with one schedule fire missed: the holder of the watch renews meanwhile', () =>
    staysReady(({ missed }) => ({ isWatched: true, isMissed: (fire) => fire === missed })));
});

describe('the model itself', () => {
  const still: Luck = {
    late: Array<number>(FIRES).fill(0),
    syncLate: [],
    latency: [0],
    offset: 0,
    missed: 0,
  };

  it('calls a node Unknown that shows no life for more than 40 s', async () => {
    const [first] = await unknownAt({ luck: still, isLost: (message) => message > 60 && message < 68 });
    expect(first).toBeDefined();
  });

  it('loses the node when a late fire is followed by a missed one and nobody holds the watch', async () => {
    const luck = { ...still, late: still.late.map((_, fire) => (fire === 7 ? 59 : 0)) };
    expect(await unknownAt({ luck, isMissed: (fire) => fire === 6 })).not.toEqual([]);
    expect(
      await unknownAt({
        luck: { ...luck, syncLate: still.late },
        isMissed: (fire) => fire === 6,
        isWatched: true,
      }),
    ).toEqual([]);
  });
});
