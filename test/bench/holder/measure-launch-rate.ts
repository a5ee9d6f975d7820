import { coreShare } from './hold-share.ts';
import { openBenchWorld } from './open-world.ts';
import { startFunction } from './start-function.ts';
import { waitFor } from './wait-for.ts';

/** How many pods a second the holder launches at one memory size, without quotas of ECS. */
export interface LaunchRateFigures {
  readonly memoryMiB: number;
  /** Between the first and the last tenth of the burst. */
  readonly perSecond: number;
  /** What the CPU share would do: the measured rate is less where the product's own pace (20 a second) is the limit. */
  readonly perSecondByCpu: number;
  /** CPU time for one launch and all that the watch tells of it until its pod runs. */
  readonly cpuMsPerLaunch: number;
  /** Much below 1: something else than the CPU time of the function was the limit. */
  readonly usedOfShare: number;
}

const MOST_SECONDS = 120;

/** Binds a burst of pods under a holder with the CPU share of this memory size. */
export async function measureLaunchRate(
  path: string,
  log: string,
  { memoryMb, pods }: { readonly memoryMb: number; readonly pods: number },
): Promise<LaunchRateFigures> {
  const world = await openBenchWorld({ settledPods: 0, quotas: 'raised' });
  const sync = await startFunction({ path, environment: world.environment, memoryMb, log });
  try {
    await sync.invoke();
    const counts = () => world.ask({ kind: 'counts' });
    await waitFor(`the watch; see ${log}`, MOST_SECONDS, async () => (await counts()).watches.length > 0);
    const begun = { cpu: sync.cpuSeconds(), wall: performance.now() };
    await world.ask({ kind: 'bind', pods });
    await waitFor(`${pods} launches; see ${log}`, MOST_SECONDS, async () => {
      return (await counts()).launches.length >= pods;
    });
    const cpuMs = (sync.cpuSeconds() - begun.cpu) * 1000;
    const usedOfShare = cpuMs / (performance.now() - begun.wall) / coreShare(memoryMb);
    const cpuMsPerLaunch = cpuMs / pods;
    const { launches } = await counts();
    return {
      memoryMiB: memoryMb,
      perSecond: rateOf(launches),
      perSecondByCpu: (coreShare(memoryMb) * 1000) / cpuMsPerLaunch,
      ...{ cpuMsPerLaunch, usedOfShare },
    };
  } finally {
    await sync.close();
    await world.close();
  }
}

function rateOf(launches: readonly number[]): number {
  const first = Math.floor(launches.length * 0.1);
  const last = Math.floor(launches.length * 0.9);
  return ((last - first) * 1000) / ((launches[last] ?? Number.NaN) - (launches[first] ?? Number.NaN));
}
