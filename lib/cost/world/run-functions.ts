import { AsyncLocalStorage } from 'node:async_hooks';
import type { FunctionName } from '../../../infra/names.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';

/** One invocation. */
export interface FunctionRun {
  readonly name: FunctionName;
  readonly startedAt: Instant;
  /** By the answers it waited for alone: computing takes no time on the virtual clock. Of one that goes on: now. */
  readonly endedAt: Instant;
  readonly isRunning: boolean;
  /** Requests that it sent, to AWS and to the API server. */
  readonly requests: number;
}

/** A handler in an execution environment of its own. */
export type Handler = (event: unknown) => Promise<unknown>;

/** Lambda on virtual time. */
export interface Functions {
  invoke(name: FunctionName, event: unknown): Promise<unknown>;
  /** How many invocations go on. */
  running(): number;
  /** Every invocation that began until now. */
  runs(): readonly FunctionRun[];
  /** Notes one more request of the invocation in whose context this is called. */
  noteRequest(): void;
}

interface Invocation {
  readonly name: FunctionName;
  readonly startedAt: Instant;
  requests: number;
}

/**
 * Runs handlers as Lambda does: an environment works on one event at a time, a free one is used again, and one is made when none
 * is free.
 */
export function runFunctions(clock: Pick<Clock, 'now'>, load: (name: FunctionName) => Handler): Functions {
  const free = new Map<FunctionName, Handler[]>();
  const context = new AsyncLocalStorage<Invocation>();
  const running = new Set<Invocation>();
  const ended: FunctionRun[] = [];
  const freeOf = (name: FunctionName): Handler[] => {
    const known = free.get(name) ?? [];
    free.set(name, known);
    return known;
  };
  return {
    invoke: async (name, event) => {
      const handler = freeOf(name).pop() ?? load(name);
      const invocation: Invocation = { name, startedAt: clock.now(), requests: 0 };
      running.add(invocation);
      try {
        return await context.run(invocation, () => handler(event));
      } finally {
        running.delete(invocation);
        ended.push({ ...invocation, endedAt: clock.now(), isRunning: false });
        freeOf(name).push(handler);
      }
    },
    running: () => running.size,
    runs: () => {
      const now = clock.now();
      return [...ended, ...[...running].map((one) => ({ ...one, endedAt: now, isRunning: true }))];
    },
    noteRequest: () => {
      const invocation = context.getStore();
      if (invocation !== undefined) invocation.requests += 1;
    },
  };
}
