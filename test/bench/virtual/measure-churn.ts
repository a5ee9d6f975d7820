import type { Instant } from '../../../lib/core/kubernetes.ts';
import { spreadOf, startGauge, type Spread } from '../gauges.ts';
import { createBenchWorld, nthOf, podName } from './bench-world.ts';
import { sumOf } from './count-calls.ts';
import { runUntil } from './measure-burst.ts';
import { tallyEcs } from './tally-ecs.ts';
import { tallyPods } from './tally-pods.ts';

/** Pods that come and go without end, as fast as ECS takes it. */
export interface ChurnFigures {
  readonly perSecond: number;
  readonly minutes: number;
  readonly pods: number;
  /** From bound to RunTask, in virtual milliseconds. */
  readonly boundToLaunch: Spread;
  /** From the deletion to StopTask. */
  readonly deletedToStop: Spread;
  readonly eventToPatch: Spread;
  readonly ecsCallsPerPod: number;
  readonly throttledCalls: number;
  readonly recordWritesPerPod: number;
  readonly statusPatchesPerPod: number;
  readonly refusedPatches: number;
  readonly cpuSeconds: number;
  readonly peakHeapMiB: number;
}

/** How long a pod is left alone before it is deleted. */
const LIFE_MS = 90_000;

/** Binds so many pods a second for so many minutes; each is deleted 90 s later. */
export async function measureChurn(perSecond: number, minutes: number): Promise<ChurnFigures> {
  const gauge = startGauge();
  const world = createBenchWorld();
  const { clock, meter, kubernetes } = world;
  world.trigger();
  await clock.run(clock.now() + 5_000);
  meter.reset();
  const ecs = tallyEcs(meter);
  const seen = tallyPods(world);
  const pods = perSecond * minutes * 60;
  const begun = clock.now();
  const boundAt = (nth: number): number => begun + Math.round((nth * 1000) / perSecond);
  for (let nth = 0; nth < pods; nth += 1) {
    clock.at(boundAt(nth), () => void world.bind(nth, 0));
    clock.at(boundAt(nth) + LIFE_MS, () => kubernetes.controls.deletePod('default', podName(nth)));
  }
  await runUntil(world, gauge.look, () => clock.now() >= boundAt(pods) + LIFE_MS);
  await runUntil(world, gauge.look, () => kubernetes.controls.allPods().length === 0);
  const calls = meter.counts();
  return {
    ...{ perSecond, minutes, pods },
    boundToLaunch: spreadOf(delaysOf(ecs.launchedAt, boundAt)),
    deletedToStop: spreadOf(delaysOf(ecs.stoppedAt, (nth) => boundAt(nth) + LIFE_MS)),
    eventToPatch: spreadOf(seen.eventToPatchMs),
    ecsCallsPerPod: (ecs.runTask + ecs.stopTask + ecs.readBack) / pods,
    throttledCalls: ecs.throttled,
    recordWritesPerPod: sumOf(calls, /^records\.(write|forget)$/) / pods,
    statusPatchesPerPod: seen.patched / pods,
    refusedPatches: seen.conflicts,
    ...gauge.read(),
  };
}

function delaysOf(times: ReadonlyMap<string, Instant>, from: (nth: number) => Instant): readonly number[] {
  return [...times].map(([pod, at]) => at - from(nthOf(pod)));
}
