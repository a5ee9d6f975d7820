import { ADDRESSES_EXHAUSTED } from './failure.ts';
import type { Instant } from './kubernetes.ts';
import type { PodRecord, Refusal } from './record.ts';
import type { ObservedTask, Shortage } from './task.ts';

/** What keeps launches of a node from succeeding although their pods are sound. `access`: credentials, rights, or settings of the node. */
export type Obstacle = Shortage | 'access';

export const OBSTACLES = ['quota', 'capacity', 'addresses', 'access'] as const satisfies readonly Obstacle[];

/** An obstacle as it is told with the node: in the provider's words, since when, when it was last met, and how long that counts. */
export interface ToldObstacle {
  readonly since: Instant;
  readonly at: Instant;
  readonly until: Instant;
  readonly message: string;
}

/** What is kept of them with the marks of a node. */
export interface NodeObstacles {
  readonly writtenAt: Instant;
  readonly told: Readonly<Partial<Record<Obstacle, ToldObstacle>>>;
}

/** What one pod has met. */
export interface MetObstacle {
  readonly obstacle: Obstacle;
  readonly at: Instant;
  /** A pod that has not had its next try since proves nothing by its silence. */
  readonly until: Instant;
  readonly message: string;
}

/** What the record of one pod says of the launches of its node. */
export type LaunchNews =
  | ({ readonly kind: 'met' } & MetObstacle)
  /** The launch was accepted: neither quota nor rights were in its way. */
  | { readonly kind: 'launched'; readonly at: Instant }
  /** Its task has an address and a machine. */
  | { readonly kind: 'placed'; readonly at: Instant }
  /** Nothing new of what it met before. */
  | { readonly kind: 'none' }
  /** It waits for nothing of the kind. */
  | { readonly kind: 'gone' };

export const OBSTACLE = {
  /** Not met by anybody for so long: it is over. */
  quietMs: 10 * 60_000,
  /** How long a try takes that is due. */
  tryMs: 60_000,
  /** That it was met again is written down no more often. */
  refreshMs: 5 * 60_000,
  /** Nothing of it is written more often for a node. */
  writeGapMs: 60_000,
} as const;

/** Reads the record of a pod; `undefined`: it has none. */
export function readLaunch(record: PodRecord | undefined): LaunchNews {
  switch (record?.state) {
    case undefined:
    case 'ended':
      return { kind: 'gone' };
    case 'claimed':
      return readClaim(record);
    case 'launched':
      return readTask(record.task, record.launchedAt ?? record.launchBefore);
  }
}

function readClaim({ refusal, nextTryAt = 0 }: PodRecord): LaunchNews {
  if (refusal === undefined) return { kind: 'none' };
  const { at, message } = refusal;
  const obstacle = obstacleOf(refusal);
  if (obstacle === undefined) return { kind: refusal.kind === 'refused' ? 'gone' : 'none' };
  return {
    kind: 'met',
    obstacle,
    at,
    until: Math.max(at + OBSTACLE.quietMs, nextTryAt + OBSTACLE.tryMs),
    message,
  };
}

/** Refused in which way; `undefined`: the pod's own fault, or nobody's. */
function obstacleOf({ kind, podReason }: Refusal): Obstacle | undefined {
  switch (kind) {
    case 'quota':
      return 'quota';
    case 'capacity':
      return podReason === ADDRESSES_EXHAUSTED ? 'addresses' : 'capacity';
    case 'auth':
      return 'access';
    case 'refused':
    case 'throttled':
    case 'configuration':
    case 'transient':
    case 'ambiguous':
    case 'internal':
      return undefined;
  }
}

function readTask(task: ObservedTask | undefined, launchedAt: Instant): LaunchNews {
  const { podIP, startedAt, stoppedAt: at = launchedAt, shortOf, reason: message = '' } = task ?? {};
  if (shortOf !== undefined)
    return { kind: 'met', obstacle: shortOf, at, until: at + OBSTACLE.quietMs, message };
  if (startedAt !== undefined || podIP !== undefined) return { kind: 'placed', at: startedAt ?? launchedAt };
  return { kind: 'launched', at: launchedAt };
}

/** What the holder knows: the pods that wait because of an obstacle, and when a launch last got so far. */
export interface ObstacleLook {
  readonly waiting: readonly MetObstacle[];
  readonly launchedAt: Instant;
  readonly placedAt: Instant;
}

/**
 * What to keep with the marks; `undefined` where nothing changed that is worth a write, or the last one was less than a minute ago. An
 * obstacle stands while a pod waits because of it, and until a launch has passed it or nobody has met it for ten minutes.
 */
export function nextObstacles(
  before: NodeObstacles | undefined,
  look: ObstacleLook,
  now: Instant,
): NodeObstacles | undefined {
  const told: Partial<Record<Obstacle, ToldObstacle>> = {};
  for (const obstacle of OBSTACLES) {
    const next = nextTold(before?.told[obstacle], obstacle, look, now);
    if (next !== undefined) told[obstacle] = next;
  }
  const isDue = now - (before?.writtenAt ?? -Infinity) >= OBSTACLE.writeGapMs;
  const isWorthIt = OBSTACLES.some((obstacle) => differs(before?.told[obstacle], told[obstacle]));
  return isDue && isWorthIt ? { writtenAt: now, told } : undefined;
}

function nextTold(
  stored: ToldObstacle | undefined,
  obstacle: Obstacle,
  look: ObstacleLook,
  now: Instant,
): ToldObstacle | undefined {
  const before = stored !== undefined && now < stored.until ? stored : undefined;
  const met = look.waiting.filter((one) => one.obstacle === obstacle && now < one.until);
  const last = met.toSorted((one, other) => other.at - one.at)[0];
  if (last === undefined)
    return before !== undefined && passedAt(obstacle, look) > before.at ? undefined : before;
  // Pods that are refused in different words take turns: the words that were told stay while anybody is refused in them.
  const isStill = before !== undefined && met.some(({ message }) => message === before.message);
  return {
    since: before?.since ?? Math.min(...met.map(({ at }) => at)),
    at: Math.max(last.at, before?.at ?? 0),
    until: Math.max(...met.map(({ until }) => until), before?.until ?? 0),
    message: isStill ? before.message : last.message,
  };
}

function passedAt(obstacle: Obstacle, { launchedAt, placedAt }: ObstacleLook): Instant {
  return isPassedByLaunch(obstacle) ? launchedAt : placedAt;
}

/** Whether it is over for a launch that was accepted: such a one may still find neither room nor an address. */
export function isPassedByLaunch(obstacle: Obstacle): boolean {
  return obstacle === 'quota' || obstacle === 'access';
}

function differs(before: ToldObstacle | undefined, next: ToldObstacle | undefined): boolean {
  if (before === undefined || next === undefined) return before !== next;
  return before.message !== next.message || next.until - before.until >= OBSTACLE.refreshMs;
}

/** The obstacle as it is shown now; one whose end nobody was there to write down is over when no refresh of it came. */
export function standingObstacle(
  obstacles: NodeObstacles | undefined,
  obstacle: Obstacle,
  now: Instant,
): ToldObstacle | undefined {
  const told = obstacles?.told[obstacle];
  return told !== undefined && now < told.until + OBSTACLE.refreshMs ? told : undefined;
}
