import type { Instant } from './kubernetes.ts';

/** The breaker of a node: too much was absent at once to believe it, so that nothing is stopped for being absent. */
export interface Breaker {
  readonly since: Instant;
  /** What was absent, for people. */
  readonly why: string;
  /** When a complete look first found nothing in doubt again. */
  readonly calmSince?: Instant;
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
  /** Two complete looks this far apart without doubt release it. */
  releaseMs: 10 * 60_000,
} as const;

/** The breaker after one complete look: tripped, kept, on its way to be released, or released (`undefined`). */
export function nextBreaker(
  breaker: Breaker | undefined,
  absences: readonly Absence[],
  now: Instant,
): Breaker | undefined {
  const doubtful = absences.filter(isDoubtful);
  if (doubtful.length > 0) {
    const why = doubtful
      .map(({ kind, known, absent }) => `${absent} of ${known} ${kind} are absent`)
      .join(', ');
    return { since: breaker?.since ?? now, why };
  }
  if (breaker === undefined) return undefined;
  if (breaker.calmSince === undefined) return { ...breaker, calmSince: now };
  return now - breaker.calmSince >= BREAKER.releaseMs ? undefined : breaker;
}

function isDoubtful({ known, absent }: Absence): boolean {
  return absent > Math.max(BREAKER.fewest, known * BREAKER.share);
}
