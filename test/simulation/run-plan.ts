import { setImmediate as turn } from 'node:timers/promises';
import { createRoomJudge } from './ceilings.ts';
import type { Violation } from './court.ts';
import { createChance } from './chance.ts';
import { doDeed } from './do-deed.ts';
import type { Plan } from './draw-plan.ts';
import { judgeChange } from './judge-pods.ts';
import { judgeLag, judgeOrphans } from './judge-tasks.ts';
import { leftFiles } from './judge-files.ts';
import { judgePatience } from './judge-patience.ts';
import type { Gauges } from './judge-hand-over.ts';
import { neverRests, whatIsLeft } from './judge-settled.ts';
import type { Detail } from './story.ts';
import { createWorld, START, type Recorder, type World } from './world.ts';

/** How a run ended. */
export interface RunResult {
  readonly violation: Violation | undefined;
  readonly steps: number;
  readonly faults: number;
  /** Of everything that happened, in its order: equal for equal runs. */
  readonly hash: number;
  /** How often each kind of fault has really happened. */
  readonly counts: ReadonlyMap<string, number>;
  readonly story: readonly string[];
  /** From the end of the troubles until the world was at rest. */
  readonly settledAfterMs: number;
  readonly gauges: Gauges;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The Scheduler's messages come this often. */
const TRIGGER_MS = 12 * SECOND;
/** Looks at leases and at who holds the watch. */
const HAND_OVER_MS = 2 * SECOND;
/** What people may restore. */
const BACKUP_MS = 20 * SECOND;
/** Looks at what takes its time. */
const PATIENCE_MS = 20 * SECOND;
/** What an API server does to watches. */
const BOOKMARK_MS = 60 * SECOND;
const WATCH_MS = 420 * SECOND;
/** Looks at whether the world has settled. */
const LOOK_MS = 15 * SECOND;
/** When all troubles are over, the world is as it should be after this: the longest back-off (15 min for capacity), the 10 minutes of young orphans and young Nodes, two sweeps, a redelivery. */
const SETTLES_MS = 45 * MINUTE;
/** And then a pass and a sweep, which come within five minutes, find nothing to do. */
const REST_MS = 6 * MINUTE;
/** More steps than any run takes: the loop runs in circles. */
const MOST_STEPS = 30_000;

/** Runs one plan to its end, or to the first violation. A story costs time. */
export async function runPlan(plan: Plan, detail: Detail = 'none', recorder?: Recorder): Promise<RunResult> {
  const world = createWorld(plan, detail, recorder);
  const { timeline, notes, story } = world;
  const lost = (error: unknown): void => world.court.accuse('a promise was lost', String(error));
  process.on('unhandledRejection', lost);
  planDeeds(world, plan);
  planTriggers(world, plan);
  const end = planEnd(world, plan);
  try {
    while (notes.violation === undefined && !end.isOver) {
      step(world);
      await turn();
      judgeStep(world);
      if ((notes.steps += 1) > MOST_STEPS)
        world.court.accuse('the world does not converge', 'it runs in circles');
    }
  } finally {
    process.off('unhandledRejection', lost);
  }
  if (notes.violation !== undefined) timeline.moveTo(timeline.now());
  return {
    violation: notes.violation,
    steps: notes.steps,
    faults: [...story.counts.values()].reduce((sum, count) => sum + count, 0),
    hash: story.hash,
    counts: story.counts,
    story: story.lines,
    settledAfterMs: end.settledAfterMs,
    gauges: world.handOver.gauges,
  };
}

/** The next thing happens, wherever it is planned. */
function step({ timeline, cloud }: World): void {
  const cloudNext = cloud.model.nextDue();
  const next = timeline.next();
  if (cloudNext !== undefined && (next === undefined || cloudNext <= next)) {
    timeline.moveTo(cloudNext);
    cloud.model.advance(timeline.now());
  } else timeline.step();
}

/** Looks at everything that the step may have changed. */
function judgeStep(world: World): void {
  const { files, apiServer, notes, timeline, court, users } = world;
  for (const change of files.update(apiServer.truth.controls.allPods(), notes.writer, timeline.now())) {
    if (notes.writer === 'product') {
      notes.writes += 1;
      judgeChange(court, change);
    }
    if (change.after === undefined && change.before !== undefined) users.onGone(change.before);
  }
  notes.writer = 'world';
}

function planDeeds(world: World, { deeds }: Plan): void {
  for (const deed of deeds) world.timeline.plan(START + deed.at, () => doDeed(world, deed));
}

function planTriggers(world: World, { seed, weather }: Plan): void {
  const { timeline, notes, staff, court } = world;
  const { controls } = world.apiServer.truth;
  const chance = createChance(seed, 'triggers');
  staff.invoke('node-heartbeat');
  const every = (ms: number, act: () => void): void => {
    const again = (): void => {
      act();
      timeline.plan(timeline.now() + ms, again);
    };
    timeline.plan(START + chance.between(0, ms), again);
  };
  every(TRIGGER_MS, () => {
    if (timeline.now() < notes.noTriggersUntil) return;
    staff.invoke('pod-sync');
    const isMissing = world.nodes.some(
      (node) => controls.nodeOf(node) === undefined || controls.leaseOf(node) === undefined,
    );
    if (weather.beats || isMissing) staff.invoke('node-heartbeat');
  });
  every(HAND_OVER_MS, () => world.handOver.look());
  if (weather.kinds.restoreTable !== undefined) every(BACKUP_MS, () => world.table.backUp(timeline.now()));
  const judgeRoom = createRoomJudge();
  every(PATIENCE_MS, () => {
    judgeOrphans(court);
    judgeLag(court);
    judgePatience(court);
    judgeRoom(court);
  });
  every(BOOKMARK_MS, () => controls.bookmark());
  every(WATCH_MS, () => controls.closeWatches());
}

/** What the product has changed so far in pods, ECS and records. */
function countWrites({ notes, table }: World): number {
  // To forget a record whose time is over is housekeeping.
  return notes.writes + table.records().calls.filter(({ outcome }) => outcome === 'written').length;
}

interface End {
  isOver: boolean;
  settledAfterMs: number;
}

/** The troubles end, the world settles, and is then at rest. */
function planEnd(world: World, { calmAt, cureAfterMs }: Plan): End {
  const { timeline, notes, court, story } = world;
  const end: End = { isOver: false, settledAfterMs: 0 };
  const calm = START + calmAt;
  // Seen twice: what was on its way at the first look may still arrive.
  let seenAt: number | undefined;
  const checkRest = (writes: number): void => {
    const left = whatIsLeft(world);
    const files = leftFiles(court, world.stores, world.storage.keys());
    for (let nth = 0; nth < files.excused; nth += 1) story.count('file left for the lifecycle');
    if (left !== undefined) court.accuse('a settled world is not at rest', left);
    else if (countWrites(world) !== writes)
      court.accuse(
        'a settled world is not at rest',
        `${countWrites(world) - writes} writes to pods, records or ECS`,
      );
    else if (files.left !== undefined) court.accuse('a file was left behind', files.left);
    else if (notes.alarms.length > 0) court.accuse('an alarm in a settled world', notes.alarms.join(', '));
    end.isOver = true;
  };
  const look = (): void => {
    const left = whatIsLeft(world);
    if (left === undefined && seenAt !== undefined) {
      end.settledAfterMs = seenAt - calm - cureAfterMs;
      story.tell(() => 'everything is as it should be; it must stay at rest');
      // What looked settled may still hold small debts that the next look at everything pays.
      timeline.plan(timeline.now() + REST_MS, () => {
        const writes = countWrites(world);
        notes.alarms = [];
        timeline.plan(timeline.now() + REST_MS, () => checkRest(writes));
      });
    } else if (timeline.now() - calm - cureAfterMs > SETTLES_MS)
      court.accuse(
        'the world does not converge',
        `${SETTLES_MS / MINUTE} minutes after the last trouble: ${left ?? ''}`,
      );
    else timeline.plan(timeline.now() + LOOK_MS, look);
    seenAt = left === undefined ? (seenAt ?? timeline.now()) : undefined;
  };
  timeline.plan(calm, () => {
    endTroubles(world);
    timeline.plan(calm + cureAfterMs, () => {
      world.inputs.restore();
      world.sickness.cure();
      timeline.plan(timeline.now() + SECOND, look);
    });
  });
  return end;
}

/** Nothing goes wrong any more; users delete what would never come to rest. */
function endTroubles({
  storage,
  strikes,
  mailbox,
  apiServer,
  cloud,
  notes,
  users,
  story,
  staff,
  table,
  handOver,
}: World): void {
  story.tell(() => 'the troubles are over');
  strikes.clear();
  mailbox.clearMishaps();
  storage.spoil(false);
  apiServer.hidePods(0);
  apiServer.swap(false);
  cloud.hideTasks(0);
  table.hideRecords(0);
  Object.assign(cloud.model.capacity, { unavailable: false, onDemandVcpus: undefined });
  // The version before this one does not know all of its repairs: a roll ends with the new one.
  const { version, mode } = staff.deployment();
  if (version === 'old') {
    handOver.onDeploy('last');
    staff.deploy({ deployId: 'last', version: 'new', mode });
  }
  if (!notes.isClosing) notes.noTriggersUntil = 0;
  users.rest();
  for (const pod of apiServer.truth.controls.allPods())
    if (neverRests(pod)) users.remove({ at: 0, kind: 'deletePod', name: pod.metadata.name });
}
