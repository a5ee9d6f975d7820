import type { FunctionName } from '../../infra/names.ts';
import type { Instant } from '../core/kubernetes.ts';
import { addPods, addSecret, deletePods, arePods, type PodKind } from './world/add-pods.ts';
import type { CallCounts } from './count-calls.ts';
import type { WorldOptions } from './world/deployed-functions.ts';
import { openWorld, type CostWorld } from './world/open-world.ts';
import type { FunctionRun } from './world/run-functions.ts';

/** What a deployment is put through while its calls are counted. */
export type Story =
  /** Nothing: the control loop alone, for so long. */
  | { readonly kind: 'idle'; readonly minutes: number }
  /** So many pods run all the time. */
  | { readonly kind: 'steady'; readonly minutes: number; readonly pods: number }
  /** So many pods come one after the other, run for a minute, and are deleted; until nothing is left of them. */
  | { readonly kind: 'batch'; readonly pods: number };

/** A deployment and its story. */
export interface CountOptions extends WorldOptions {
  readonly story: Story;
}

/** Invocations of one function. */
export interface FunctionUse {
  readonly invocations: number;
  /** The time of invocations that take a minute or more, or go on: holders. They run all the time, and compute while they wait. */
  readonly heldMs: number;
  /** The time of the others: made of the answers that they waited for; computing is not in it. */
  readonly waitedMs: number;
  /** Requests of these others, to AWS and to the API server. */
  readonly requests: number;
}

/** What was counted in some minutes. */
export interface Counted {
  readonly minutes: number;
  readonly calls: CallCounts;
  readonly functions: Readonly<Partial<Record<FunctionName, FunctionUse>>>;
  readonly log: { readonly lines: number; readonly bytes: number };
  /** The custom metrics that got a value. */
  readonly metrics: readonly string[];
}

const MINUTE_MS = 60_000;
/** Watch: the first holder is over by then, and hands over as every later one does. Economy: the first sweep is. */
const WARM_UP_MS = { watch: 14 * MINUTE_MS, economy: 6 * MINUTE_MS } as const;
/** From the start of pods until nothing of it is left to do but a sweep. */
const SETTLED_MS = 6 * MINUTE_MS;
/** Between two pods of a batch: far enough apart that hardly two of their events share an invocation. */
const POD_GAP_MS = 10_000;
/** Records live for an hour after their pod, then the next sweep (five minutes) deletes them. */
const FORGOTTEN_MS = 66 * MINUTE_MS;
const PATIENCE_MS = 120 * MINUTE_MS;

/** Puts a deployment through its story and counts. The process is the deployment's until this resolves. */
export async function countDeployment({ story, ...deployed }: CountOptions): Promise<Counted> {
  const world = await openWorld(deployed);
  try {
    const { clock } = world;
    addSecret(world);
    await clock.run(clock.now() + WARM_UP_MS[deployed.mode]);
    if (story.kind === 'steady') await bringUp(world, deployed.nodes, story.pods);
    const from = clock.now();
    world.meter.reset();
    world.log.reset();
    await tell(world, deployed.nodes, story);
    return resultOf(world, from);
  } finally {
    await world.close();
  }
}

async function tell(world: CostWorld, nodes: readonly string[], story: Story): Promise<void> {
  const { clock } = world;
  switch (story.kind) {
    case 'idle':
    case 'steady':
      await clock.run(clock.now() + story.minutes * MINUTE_MS);
      return;
    case 'batch':
      await runBatch(world, nodes, story.pods);
  }
}

async function bringUp(world: CostWorld, nodes: readonly string[], pods: number): Promise<void> {
  const { clock } = world;
  addPods(world, nodes, { kind: 'service', first: 0, pods });
  await until(world, () => arePods(world, 'Running', pods));
  // What the start brought about (files that are removed, events) is no part of running.
  await clock.run(clock.now() + SETTLED_MS);
}

async function runBatch(world: CostWorld, nodes: readonly string[], pods: number): Promise<void> {
  const { clock } = world;
  const kind: PodKind = 'job';
  for (let nth = 0; nth < pods; nth += 1) {
    clock.at(clock.now() + nth * POD_GAP_MS, () => addPods(world, nodes, { kind, first: nth, pods: 1 }));
  }
  await until(world, () => arePods(world, 'Succeeded', pods));
  deletePods(world);
  await until(world, () => world.api.store.list('pods').length === 0);
  await clock.run(clock.now() + FORGOTTEN_MS);
}

async function until({ clock }: CostWorld, done: () => boolean): Promise<void> {
  await clock.run(clock.now() + PATIENCE_MS, done);
  if (!done()) throw new Error('The pods of the story did not come to their end in two hours of its time');
}

function resultOf(world: CostWorld, from: Instant): Counted {
  const { lines, bytes, metrics } = world.log.read();
  return {
    minutes: (world.clock.now() - from) / MINUTE_MS,
    calls: world.meter.counts(),
    functions: usesSince(world.functions.runs(), from),
    log: { lines, bytes },
    metrics,
  };
}

/** An invocation that began before counts from then on; one that ended before does not count. */
function usesSince(runs: readonly FunctionRun[], from: Instant): Counted['functions'] {
  const uses: Partial<Record<FunctionName, FunctionUse>> = {};
  for (const run of runs.filter(({ endedAt }) => endedAt >= from)) {
    const { invocations, heldMs, waitedMs, requests } = uses[run.name] ?? NO_USE;
    const tookMs = run.endedAt - Math.max(from, run.startedAt);
    const isHeld = run.isRunning || run.endedAt - run.startedAt >= MINUTE_MS;
    uses[run.name] = {
      invocations: invocations + (run.startedAt >= from ? 1 : 0),
      heldMs: heldMs + (isHeld ? tookMs : 0),
      waitedMs: waitedMs + (isHeld ? 0 : tookMs),
      requests: requests + (isHeld ? 0 : run.requests),
    };
  }
  return uses;
}

const NO_USE: FunctionUse = { invocations: 0, heldMs: 0, waitedMs: 0, requests: 0 };
