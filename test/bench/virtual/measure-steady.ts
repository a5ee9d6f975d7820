import { SLOT } from '../../../lib/core/slot-rules.ts';
import { startGauge } from '../gauges.ts';
import { createBenchWorld, type BenchWorld } from './bench-world.ts';
import { sumOf, type Counts } from './count-calls.ts';
import { runUntil } from './measure-burst.ts';
import { tallyEcs } from './tally-ecs.ts';
import { tallyPods } from './tally-pods.ts';

/** What a look at a settled node costs. */
export interface IdlePassFigures {
  readonly pods: number;
  /** To pods, records and ECS. */
  readonly writes: number;
  /** Pages and single reads of pods and records, and reads of ECS. */
  readonly reads: number;
  readonly calls: Counts;
}

/** What comparing records and ECS costs when nothing differs. */
export interface SweepFigures {
  readonly pods: number;
  readonly ecsCalls: number;
  readonly throttledCalls: number;
  readonly seconds: number;
}

/** An hour of watching a node on which nothing happens, hand-overs included. */
export interface IdleHourFigures {
  readonly pods: number;
  readonly writes: number;
  readonly ecsCalls: number;
  readonly ecsCallsPerPodHour: number;
  readonly listPages: number;
  readonly recordReads: number;
  readonly takeOvers: number;
  readonly calls: Counts;
  readonly cpuSeconds: number;
  readonly peakHeapMiB: number;
}

/** All that is measured of one settled node. */
export interface SteadyFigures {
  readonly idlePass: IdlePassFigures;
  readonly sweep: SweepFigures;
  readonly idleHour: IdleHourFigures;
}

const HOUR_MS = 3_600_000;
/** Writes that would make a settled node unsettled; leases, nodes and the slot are renewed by the clock. */
const WRITES =
  /^(pods\.(patchStatus|remove)|records\.(write|forget)|ecs\.(RunTask|StopTask|Register|Deregister).*)$/;
const READS = /^(pods\.(list|get)|records\.(list|get|getMany)|ecs\.(Describe|List).*)$/;

/** Lets so many pods settle; then one pass, one sweep and one hour of them. */
export async function measureSteady(pods: number): Promise<SteadyFigures> {
  const world = createBenchWorld();
  await settle(world, pods);
  const idlePass = await measurePass(world, pods);
  const sweep = await measureSweep(world, pods);
  return { idlePass, sweep, idleHour: await measureHour(world, pods) };
}

/** By passes without a watch: it is quicker, and what is settled is the same. */
async function settle(world: BenchWorld, pods: number): Promise<void> {
  const { clock } = world;
  const seen = tallyPods(world);
  for (let nth = 0; nth < pods; nth += 1) world.bind(nth, 0);
  while (seen.runningAt.size < pods || world.eventsUnderWay() > 0) await passOnce(world);
  // What hangs on the clock (readiness, a second look) is over after some more.
  await clock.run(clock.now() + 2 * SLOT.deadMs);
  await passOnce(world);
}

async function passOnce(world: BenchWorld): Promise<void> {
  const { clock } = world;
  await clock.run(clock.now() + SLOT.economyGapMs + 1_000);
  let over = false;
  void world.invoke('economy').then(() => {
    over = true;
  });
  await runUntil(
    world,
    () => undefined,
    () => over,
  );
}

async function measurePass(world: BenchWorld, pods: number): Promise<IdlePassFigures> {
  const { slot, clock, meter } = world;
  if (slot.item !== undefined) slot.put({ ...slot.item, lastSweepAt: clock.now() });
  meter.reset();
  await passOnce(world);
  const calls = meter.counts();
  return { pods, writes: sumOf(calls, WRITES), reads: sumOf(calls, READS), calls };
}

async function measureSweep(world: BenchWorld, pods: number): Promise<SweepFigures> {
  const { slot, meter } = world;
  if (slot.item !== undefined) slot.put({ ...slot.item, lastSweepAt: 0 });
  const ecs = tallyEcs(meter);
  const before = ecs.sweep;
  const times: number[] = [];
  meter.onCall(({ name, at }) => {
    if (name.startsWith('ecs.')) times.push(at);
  });
  await passOnce(world);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  return { pods, ecsCalls: ecs.sweep + ecs.readBack - before, throttledCalls: ecs.throttled, seconds };
}

async function measureHour(world: BenchWorld, pods: number): Promise<IdleHourFigures> {
  const { clock, meter, telemetry } = world;
  const gauge = startGauge();
  world.trigger();
  meter.reset();
  const takeOvers = telemetry.sum('TakeOvers');
  const end = clock.now() + HOUR_MS;
  await runUntil(world, gauge.look, () => clock.now() >= end);
  const calls = meter.counts();
  const ecsCalls = sumOf(calls, /^ecs\./);
  return {
    pods,
    writes: sumOf(calls, WRITES),
    ecsCalls,
    ecsCallsPerPodHour: ecsCalls / pods,
    listPages: sumOf(calls, /^pods\.list$/),
    recordReads: sumOf(calls, /^records\.(list|get|getMany)$/),
    takeOvers: telemetry.sum('TakeOvers') - takeOvers,
    calls,
    ...gauge.read(),
  };
}
