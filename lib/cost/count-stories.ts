import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Counted, CountOptions, Story } from './count-deployment.ts';

/** The stories that a mode is judged by. */
const STORIES = {
  idle: { kind: 'idle', minutes: 60 },
  batch: { kind: 'batch', pods: 10 },
  steady: { kind: 'steady', minutes: 30, pods: 50 },
} as const satisfies Record<string, Story>;

export type StoryName = keyof typeof STORIES;
export type Mode = CountOptions['mode'];
export const MODES = ['watch', 'economy'] as const satisfies readonly Mode[];

/** What was counted in each story of a mode, and how many pods were in it. */
export type StoryCounts = Readonly<Record<StoryName, { readonly pods: number; readonly counted: Counted }>>;

/** The counts of the modes that were asked for. */
export type ModeCounts = Readonly<Partial<Record<Mode, StoryCounts>>>;

/** The published package holds JavaScript, a clone TypeScript. */
const THREAD = import.meta.filename.endsWith('.ts') ? './count-thread.ts' : './count-thread.js';

interface Job {
  readonly mode: Mode;
  readonly name: StoryName;
}

/**
 * Counts every story of the modes, each in a thread of its own, as many at a time as the machine has cores.
 * @param onDone - told after each story
 */
export async function countStories(
  modes: readonly Mode[],
  nodes: readonly string[],
  onDone: (done: number, of: number) => void = () => undefined,
): Promise<ModeCounts> {
  const names = Object.keys(STORIES) as StoryName[];
  const jobs = modes.flatMap((mode) => names.map((name): Job => ({ mode, name })));
  const results = new Map<string, Counted>();
  const waiting = [...jobs];
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { mode, name } = job;
      results.set(`${mode} ${name}`, await countInThread({ mode, nodes, story: STORIES[name] }));
      onDone(results.size, jobs.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs.length, availableParallelism()) }, work));
  const countsOf = (mode: Mode): StoryCounts =>
    Object.fromEntries(
      names.map((name) => {
        const story: Story = STORIES[name];
        const pods = story.kind === 'idle' ? 0 : story.pods;
        return [name, { pods, counted: results.get(`${mode} ${name}`) }];
      }),
    ) as StoryCounts;
  return Object.fromEntries(modes.map((mode) => [mode, countsOf(mode)]));
}

/** Counts the idle story alone. */
export function countIdle(mode: Mode, nodes: readonly string[]): Promise<Counted> {
  return countInThread({ mode, nodes, story: STORIES.idle });
}

/** Counts one deployment in a thread: several can be counted at a time, and the variables of this process stay as they are. */
export function countInThread(options: CountOptions): Promise<Counted> {
  const worker = new Worker(new URL(THREAD, import.meta.url), {
    workerData: options,
    // Not those of a test runner.
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    worker.once('message', (counted: Counted) => {
      resolve(counted);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      reject(new Error(`The thread that counts ended with ${code} before it was done`));
    });
  });
}
