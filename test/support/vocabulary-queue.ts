// A queue of pods under test: works that last until the test ends them, and permissions to launch that the test gives one by one.
import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import { PodQueue, type LaunchLane, type PodEntry, type PodWork } from '../../lib/loop/pod-queue.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { aPod, aView } from './vocabulary.ts';

type Lane = 'due' | 'launch';

/** One work that has begun. */
export interface BegunWork {
  readonly lane: Lane;
  readonly name: string;
  readonly at: Instant;
  readonly entry: PodEntry;
}

/** What a test may say of a pod that it pushes. */
interface PushWords {
  /** Milliseconds from now; default 0. */
  readonly in?: number;
  readonly urgent?: boolean;
  /** What is known of the pod, told apart by this resourceVersion. */
  readonly version?: string;
}

/** The queue and the hands of a test in it. Everything is at rest after each `await`. */
export interface QueueBench {
  readonly clock: ManualClock;
  readonly queue: PodQueue;
  push(name: string, words?: PushWords): Promise<void>;
  /** Ends the work on a pod. */
  finish(name: string, outcome?: PodWork): Promise<void>;
  /** Works on any pod end by themselves from now on, at once, with this. */
  autoFinish(outcome: (name: string) => PodWork): void;
  /** Gives one permission to launch to whoever waits for one; `false` when nobody does. */
  permit(): Promise<boolean>;
  /** Permissions that came back unused. */
  readonly givenBack: number;
  readonly turns: number;
  /** Every work so far, in the order in which they began. */
  readonly begun: readonly BegunWork[];
  /** The pods worked on now, in the order in which the works began. */
  working(lane?: Lane): readonly string[];
  /** Starts `run` (or `drain`); `ended` tells whether it has resolved. */
  start(mode?: 'run' | 'drain'): { readonly done: Promise<void>; readonly ended: () => boolean };
  abort(): Promise<void>;
}

/** More turns than any test asks for: a queue that asks more often spins, and would never let go of the event loop. */
const MOST_TURNS = 20_000;

/** What a bench may differ in. */
interface BenchWords {
  readonly width?: number;
  readonly launchWidth?: number;
  readonly onBegin?: (work: BegunWork) => void;
  /** For how long what was seen of a pod in line stands for it; default: until there is news. */
  readonly freshMs?: number;
  /** A lane that gives permissions in another way. */
  readonly turn?: LaunchLane['turn'];
  readonly clock?: ManualClock;
}

export const keyOf = (name: string): PodEntry['key'] => ({ uid: name, namespace: 'default', name });

/** The resourceVersion that a test gave what is known of the pod. */
export const versionOf = ({ pod, view }: PodEntry): string | undefined =>
  (pod ?? view?.pod)?.metadata.resourceVersion;

const podOf = (name: string, resourceVersion: string): Pod =>
  aPod({ metadata: { ...keyOf(name), resourceVersion } });

/** Only a launch is due of the pod, which was seen like that. */
export const launchOf = (name: string, version: string): PodWork => ({
  launch: true,
  view: aView({ key: keyOf(name), pod: podOf(name, version) }),
});

/** An empty queue. */
export function createQueueBench(words: BenchWords = {}): QueueBench {
  const { width = 4, launchWidth = 64, onBegin, clock = createManualClock() } = words;
  const queue = new PodQueue(clock);
  const abort = new AbortController();
  const under = new Map<string, { readonly lane: Lane; readonly resolve: (outcome: PodWork) => void }>();
  const begun: BegunWork[] = [];
  const waiting: ((granted: boolean) => void)[] = [];
  let auto: ((name: string) => PodWork) | undefined;
  let givenBack = 0;
  let turns = 0;
  const rest = (): Promise<void> => clock.advance(0);
  const worker = (lane: Lane) => (entry: PodEntry) => {
    const { name } = entry.key;
    if (under.has(name)) throw new Error(`two workers look at pod ${name} at once`);
    const work = { lane, name, at: clock.now(), entry };
    begun.push(work);
    onBegin?.(work);
    if (auto !== undefined) return Promise.resolve(auto(name));
    return new Promise<PodWork>((resolve) => under.set(name, { lane, resolve }));
  };
  const wait: LaunchLane['turn'] = (signal) =>
    new Promise((resolve) => {
      const leave = (): void => {
        waiting.splice(waiting.indexOf(resolve), 1);
        resolve(false);
      };
      if (signal.aborted) resolve(false);
      else waiting.push(resolve);
      signal.addEventListener('abort', leave, { once: true });
    });
  const lane: LaunchLane = {
    width: launchWidth,
    freshMs: () => words.freshMs ?? Infinity,
    turn: (signal) => {
      if ((turns += 1) > MOST_TURNS) throw new Error('the queue asks for turns without end');
      return (words.turn ?? wait)(signal);
    },
    giveBack: () => void (givenBack += 1),
    work: worker('launch'),
  };
  return {
    clock,
    queue,
    begun,
    get givenBack() {
      return givenBack;
    },
    get turns() {
      return turns;
    },
    push: async (name, { in: ms = 0, urgent, version } = {}) => {
      queue.push({
        key: keyOf(name),
        at: clock.now() + ms,
        ...(urgent !== undefined && { urgent }),
        ...(version !== undefined && { pod: podOf(name, version) }),
      });
      await rest();
    },
    finish: async (name, outcome = { until: undefined }) => {
      const work = under.get(name);
      if (work === undefined) throw new Error(`nobody works on pod ${name}`);
      under.delete(name);
      work.resolve(outcome);
      await rest();
    },
    autoFinish: (outcome) => void (auto = outcome),
    permit: async () => {
      const resolve = waiting.shift();
      resolve?.(true);
      await rest();
      return resolve !== undefined;
    },
    working: (wanted) =>
      [...under].flatMap(([name, work]) => (wanted === undefined || work.lane === wanted ? [name] : [])),
    start: (mode = 'run') => {
      let over = false;
      const done = queue[mode](abort.signal, width, worker('due'), lane).then(() => void (over = true));
      return { done, ended: () => over };
    },
    abort: async () => {
      abort.abort();
      await rest();
    },
  };
}
