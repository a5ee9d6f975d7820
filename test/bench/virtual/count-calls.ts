import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { Clock } from '../../../lib/ports/clock.ts';

/** How many calls of which kind: `pods.patchStatus`, `ecs.RunTask`. */
export type Counts = Readonly<Record<string, number>>;

/** One call that was carried out. */
export interface MeteredCall {
  readonly name: string;
  readonly at: Instant;
  readonly args: readonly unknown[];
  readonly answer?: unknown;
  readonly error?: unknown;
}

/** Counts calls, and makes each take its time. */
export interface CallMeter {
  /** The same port, counted under `<name>.<method>`; an answer takes `latencyMs`, half of it before the call is carried out. */
  meter<Port extends object>(name: string, port: Port, latencyMs: number): Port;
  /** One call that is not a method of a port. */
  call<T>(
    name: string,
    args: readonly unknown[],
    latencyMs: number,
    carryOut: () => T | Promise<T>,
  ): Promise<T>;
  counts(): Counts;
  /** Counts from zero again. */
  reset(): void;
  /** Tells of every call from now on, when it was carried out. */
  onCall(listener: (call: MeteredCall) => void): void;
}

/** A meter on a clock. `chance` spreads each latency by a quarter to both sides. */
export function createCallMeter(clock: Pick<Clock, 'now' | 'sleep'>, chance: () => number): CallMeter {
  let counts: Record<string, number> = {};
  const listeners: ((call: MeteredCall) => void)[] = [];
  const call: CallMeter['call'] = async (name, args, latencyMs, carryOut) => {
    const half = Math.round((latencyMs * (0.75 + chance() / 2)) / 2);
    if (half > 0) await clock.sleep(clock.now() + half);
    counts[name] = (counts[name] ?? 0) + 1;
    const at = clock.now();
    const tellAll = (outcome: Pick<MeteredCall, 'answer' | 'error'>): void => {
      for (const tell of listeners) tell({ name, at, args, ...outcome });
    };
    try {
      const answer = await carryOut();
      tellAll({ answer });
      return answer;
    } catch (error) {
      tellAll({ error });
      throw error;
    } finally {
      if (half > 0) await clock.sleep(at + half);
    }
  };
  /** Each page is a call of its own. */
  const pages = async function* <T>(
    name: string,
    args: readonly unknown[],
    latencyMs: number,
    list: AsyncIterable<T>,
  ): AsyncGenerator<T> {
    for await (const page of list) {
      await call(name, args, latencyMs, () => undefined);
      yield page;
    }
  };
  return {
    meter: (name, port, latencyMs) =>
      new Proxy(port, {
        get: (target, method, receiver) => {
          const value: unknown = Reflect.get(target, method, receiver);
          if (typeof value !== 'function') return value;
          const label = `${name}.${String(method)}`;
          return (...args: unknown[]) => {
            const carryOut = (): unknown => value.apply(target, args) as unknown;
            if (method === 'list') return pages(label, args, latencyMs, carryOut() as AsyncIterable<unknown>);
            // A watch has no answer to wait for.
            if (method === 'watch') return carryOut();
            return call(label, args, latencyMs, carryOut);
          };
        },
      }),
    call,
    counts: () => ({ ...counts }),
    reset: () => {
      counts = {};
    },
    onCall: (listener) => void listeners.push(listener),
  };
}

/** The sum of the counts whose names match. */
export function sumOf(counts: Counts, pattern: RegExp): number {
  return Object.entries(counts).reduce((sum, [name, count]) => (pattern.test(name) ? sum + count : sum), 0);
}

/** Numbers in [0, 1) that are the same in every run (a linear congruential generator: nothing here hangs on its quality). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
