import type { Instant } from './kubernetes.ts';

/** The breaker of a node: too much was absent at once to believe it, so that nothing is stopped for being absent. */
export interface Breaker {
  readonly since: Instant;
  /** What was absent, for people. */
  readonly why: string;
  /** How much of it the last look missed. */
  readonly absent: number;
  /** Since when complete looks have agreed: nothing more was absent in any of them. */
  readonly agreedSince?: Instant;
}

/** What one look found of one kind of thing (tasks, or pods). */
export interface Absence {
  readonly kind: 'tasks' | 'pods';
  readonly known: number;
  /** Absent without any explanation. */
  readonly absent: number;
}

/** The breaker's numbers (design 2.6). */
const BREAKER = {
  /** So few absences never trip it: a small node may lose all its tasks at once. */
  fewest: 20,
  share: 0.5,
  /** Two complete looks this far apart that agree release it. */
  releaseMs: 10 * 60_000,
} as const;

/**
 * The breaker after one complete look: tripped, kept, or released (`undefined`). What complete looks ten minutes apart agree on
 * is true: either everything is there again, or it is really gone, and the pods of what is gone must be told.
 */
export function nextBreaker(
  breaker: Breaker | undefined,
  absences: readonly Absence[],
  now: Instant,
): Breaker | undefined {
  const doubtful = absences.filter(isDoubtful);
  if (breaker === undefined && doubtful.length === 0) return undefined;
  const absent = doubtful.reduce((sum, absence) => sum + absence.absent, 0);
  const told = doubtful
    .map(({ kind, known, ...of }) => `${of.absent} of ${known} ${kind} are absent`)
    .join(', ');
  const why = told === '' && breaker !== undefined ? breaker.why : told;
  if (breaker === undefined || absent > breaker.absent) return { since: breaker?.since ?? now, why, absent };
  const agreedSince = breaker.agreedSince ?? now;
  if (now - agreedSince >= BREAKER.releaseMs) return undefined;
  return { since: breaker.since, why, absent, agreedSince };
}

function isDoubtful({ known, absent }: Absence): boolean {
  return absent > Math.max(BREAKER.fewest, known * BREAKER.share);
}
