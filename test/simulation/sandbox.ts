import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Chance } from './chance.ts';
import type { FunctionName } from './deeds.ts';

/**
 * One execution environment of a function: its memory (what the deps keep) lives until it dies. A call of a dead one is never
 * answered, so that nothing of it runs again.
 */
export interface Sandbox {
  readonly name: string;
  readonly of: FunctionName;
  readonly deployId: string;
  readonly chance: Chance;
  /** Whether an invocation runs in it. */
  busy: boolean;
  dead: boolean;
  /** It stands still until then. */
  frozenUntil: Instant;
  /** When a call of it last met a fate. */
  struckAt: Instant;
  /** How many calls of it have met a fate. */
  strikes: number;
  /** Called when it dies. */
  readonly onDeath: Set<() => void>;
  ids: number;
  /** How far its clock is ahead (or behind), in milliseconds. */
  readonly skewMs: number;
}

/** A promise that is never settled: what a dead process waits for. */
export const NEVER: Promise<never> = new Promise(() => undefined);

/** Ends a sandbox for ever. */
export function kill(sandbox: Sandbox): void {
  sandbox.dead = true;
  for (const end of sandbox.onDeath) end();
  sandbox.onDeath.clear();
}
