import { largeRegionRates } from '../../../lib/local/aws/ecs/ecs-rates.ts';
import { spreadOf, startGauge, type Spread } from '../gauges.ts';
import { createBenchWorld, podName, type BenchWorld } from './bench-world.ts';
import { sumOf, type Counts } from './count-calls.ts';
import { tallyEcs, type EcsTally } from './tally-ecs.ts';
import { tallyPods, type PodTally } from './tally-pods.ts';

/** A burst of pods, from all bound at once to all running, and then from all deleted at once to all gone. */
export interface BurstFigures {
  readonly pods: number;
  readonly definitions: number;
  readonly lastRunTaskSeconds: number;
  /** What the tightest enforced quota allows. */
  readonly idealSeconds: number;
  readonly lastRunningSeconds: number;
  readonly lastGoneSeconds: number;
  /** RunTask, StopTask and looks at single tasks, refused ones included; sweeps are counted apart. */
  readonly ecsCallsPerPod: number;
  readonly sweepCallsPerPodHour: number;
  readonly throttledCalls: number;
  readonly registerTaskDefinitionCalls: number;
  readonly statusPatchesPerPod: number;
  /** Patches that changed nothing. */
  readonly idlePatches: number;
  /** Patches that the API server refused, because another was faster. */
  readonly refusedPatches: number;
  readonly recordWritesPerPod: number;
  readonly recordReadsPerPod: number;
  readonly podGetsPerPod: number;
  readonly eventToPatch: Spread;
  readonly calls: Counts;
  readonly cpuSeconds: number;
  readonly peakHeapMiB: number;
}

const HOUR_MS = 3_600_000;
/** Longer than any burst here takes: who is not done by then is stuck. */
const PATIENCE_MS = HOUR_MS;

/** Binds so many pods at once, and waits until the last one runs and nothing is under way. */
export async function measureBurst(pods: number, definitions: number): Promise<BurstFigures> {
  const gauge = startGauge();
  const world = createBenchWorld();
  const { clock, meter, kubernetes } = world;
  world.trigger();
  // The holder is in place before the pods come.
  await clock.run(clock.now() + 5_000);
  meter.reset();
  const ecs = tallyEcs(meter);
  const seen = tallyPods(world);
  const begun = clock.now();
  for (let nth = 0; nth < pods; nth += 1) world.bind(nth, nth % definitions);
  const isUp = (): boolean => seen.runningAt.size === pods;
  await runUntil(world, gauge.look, isUp);
  const lastRunning = Math.max(...seen.runningAt.values()) - begun;
  const lastRunTask = (ecs.lastRunTaskAt ?? Infinity) - begun;
  await runUntil(world, gauge.look, () => world.eventsUnderWay() === 0);
  const deletedAt = clock.now();
  for (let nth = 0; nth < pods; nth += 1) kubernetes.controls.deletePod('default', podName(nth));
  await runUntil(world, gauge.look, () => kubernetes.controls.allPods().length === 0);
  const goneAt = clock.now();
  return {
    ...{ pods, definitions },
    lastRunTaskSeconds: lastRunTask / 1000,
    idealSeconds: idealSeconds(pods, definitions),
    lastRunningSeconds: lastRunning / 1000,
    lastGoneSeconds: (goneAt - deletedAt) / 1000,
    ...ecsFigures(ecs, pods, goneAt - begun),
    ...callFigures(meter.counts(), seen, pods),
    ...gauge.read(),
  };
}

/** Runs the world until something is so; fails with what the loop complained about when it never is. */
export async function runUntil(world: BenchWorld, look: () => void, done: () => boolean): Promise<void> {
  const { clock, telemetry } = world;
  const end = clock.now() + PATIENCE_MS;
  while (!done()) {
    if (clock.now() >= end) {
      const complaints = [...telemetry.complaints].map(([message, { count }]) => `${count} x ${message}`);
      throw new Error(`the bench is stuck; the loop complained: ${complaints.join(', ') || 'of nothing'}`);
    }
    await clock.run(clock.now() + 1_000, done);
    look();
    world.forget();
  }
}

/** When the last of so many RunTask calls may be made, were there nothing but the quotas. */
function idealSeconds(pods: number, definitions: number): number {
  const { fargateRunTaskCalls, fargateOnDemandLaunches, modifyTaskDefinition } = largeRegionRates;
  const after = (count: number, { burst: many, perSecond }: typeof fargateRunTaskCalls): number =>
    Math.max(0, count - many) / perSecond;
  return Math.max(
    after(pods, fargateRunTaskCalls),
    after(pods, fargateOnDemandLaunches),
    after(definitions, modifyTaskDefinition),
  );
}

function ecsFigures(ecs: EcsTally, pods: number, tookMs: number) {
  return {
    ecsCallsPerPod: (ecs.runTask + ecs.stopTask + ecs.readBack) / pods,
    sweepCallsPerPodHour: ecs.sweep / pods / (tookMs / HOUR_MS),
    throttledCalls: ecs.throttled,
    registerTaskDefinitionCalls: ecs.register,
  };
}

function callFigures(calls: Counts, seen: PodTally, pods: number) {
  const { eventToPatchMs, patched, conflicts, idle } = seen;
  return {
    statusPatchesPerPod: patched / pods,
    idlePatches: idle,
    refusedPatches: conflicts,
    recordWritesPerPod: sumOf(calls, /^records\.(write|forget)$/) / pods,
    recordReadsPerPod: sumOf(calls, /^records\.get$/) / pods,
    podGetsPerPod: sumOf(calls, /^pods\.get$/) / pods,
    eventToPatch: spreadOf(eventToPatchMs),
    calls,
  };
}
