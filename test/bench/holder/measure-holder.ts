import { setTimeout as sleep } from 'node:timers/promises';
import { FUNCTION_SHAPES } from '../../../infra/function-shapes.ts';
import { coreShare } from './hold-share.ts';
import { openBenchWorld, type BenchWorld } from './open-world.ts';
import { lambdaFlags, startFunction } from './start-function.ts';
import { waitFor } from './wait-for.ts';

/** The holder alone in its process, at a node of settled pods. */
export interface HolderFigures {
  readonly takeOver: {
    readonly pods: number;
    /** From the invocation until the slot says that the first complete pass is made. */
    readonly seconds: number;
    readonly memoryMiB: number;
    readonly cpuSeconds: number;
    /** Were its CPU share the only limit: on a busy machine the better figure. */
    readonly secondsByCpu: number;
    /** Of the core share of that memory size: 1 means that CPU time was the limit throughout. */
    readonly usedOfShare: number;
  };
  readonly holder: {
    readonly pods: number;
    readonly podBytes: number;
    /** The most that the process ever held: import, first pass, watch, and one more list of everything. */
    readonly residentMiB: number;
    readonly importedMiB: number;
    readonly firstPassMiB: number;
    readonly flags: readonly string[];
  };
}

const MOST_SECONDS = 90;
/** Pods that change under the watch. */
const TOUCHED = 500;

/**
 * Runs the bundle at its default memory size and CPU share against a world in another process: a cold take-over, then changes under
 * the watch, then a list anew.
 */
export async function measureHolder(path: string, log: string, pods: number): Promise<HolderFigures> {
  const { memoryMb } = FUNCTION_SHAPES['pod-sync'];
  const world = await openBenchWorld({ settledPods: pods, quotas: 'enforced' });
  const sync = await startFunction({ path, environment: world.environment, memoryMb, log });
  try {
    const importedMiB = await sync.peakMiB();
    const before = sync.cpuSeconds();
    const begun = await sync.invoke();
    await waitFor(`the first pass; see ${log}`, MOST_SECONDS, async () => {
      const { lastPassAt = 0 } = await world.ask({ kind: 'counts' });
      return lastPassAt >= begun;
    });
    const seconds = (Date.now() - begun) / 1000;
    const cpuSeconds = sync.cpuSeconds() - before;
    const firstPassMiB = await sync.peakMiB();
    await disturb(world, log);
    return {
      takeOver: {
        ...{ pods, seconds, memoryMiB: memoryMb, cpuSeconds },
        secondsByCpu: cpuSeconds / coreShare(memoryMb),
        usedOfShare: cpuSeconds / seconds / coreShare(memoryMb),
      },
      holder: {
        ...{ pods, podBytes: world.podBytes, residentMiB: await sync.peakMiB(), importedMiB, firstPassMiB },
        flags: lambdaFlags(memoryMb),
      },
    };
  } finally {
    await sync.close();
    await world.close();
  }
}

/** News of many pods, then a watch that cannot go on, so that everything is listed again. */
async function disturb(world: BenchWorld, log: string): Promise<void> {
  const watches = async (): Promise<number> => (await world.ask({ kind: 'counts' })).watches.length;
  await waitFor(`the watch; see ${log}`, MOST_SECONDS, async () => (await watches()) > 0);
  await world.ask({ kind: 'touch', pods: TOUCHED });
  await sleep(5_000);
  const opened = await watches();
  await world.ask({ kind: 'compact' });
  // One that is refused as too old, and one after the list.
  await waitFor(`a new watch; see ${log}`, MOST_SECONDS, async () => (await watches()) >= opened + 2);
}
