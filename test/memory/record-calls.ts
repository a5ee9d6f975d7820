import type { Failure } from '../../lib/core/failure.ts';
import { FailureError } from '../../lib/core/failure.ts';

/** One call of a port method: `pods.patchStatus` and its arguments. */
export interface RecordedCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What {@link CallControls.failNext} makes of the next call. */
export type PlannedFailure =
  | Failure
  /** The call is carried out, then reported as ambiguous: the answer was lost on its way. */
  | 'timeoutAfterSuccess';

/** Looks into and breaks the calls of a memory port. */
export interface CallControls {
  /** Every call so far, in order. */
  readonly calls: readonly RecordedCall[];
  /** The calls of one method. */
  callsOf(method: string): readonly RecordedCall[];
  forgetCalls(): void;
  /** Fails the next call of `method` (`pods.patchStatus`); several plans for one method are used up in order. */
  failNext(method: string, failure: PlannedFailure): void;
}

/** Records the calls of several ports and fails them as planned. */
export interface CallRecorder {
  readonly controls: CallControls;
  /** The same port, with every method recorded as `<prefix>.<method>`. */
  wrap<Port extends object>(prefix: string, port: Port): Port;
}

const ANSWER_LOST: Failure = { kind: 'ambiguous', message: 'the answer was lost', code: 'ETIMEDOUT' };

export function createCallRecorder(): CallRecorder {
  const calls: RecordedCall[] = [];
  const plans = new Map<string, PlannedFailure[]>();
  const invoke = (method: string, call: () => unknown): unknown => {
    const plan = plans.get(method)?.shift();
    if (plan === undefined) return call();
    if (plan !== 'timeoutAfterSuccess') return Promise.reject(new FailureError(plan));
    return Promise.resolve(call()).then(() => {
      throw new FailureError(ANSWER_LOST);
    });
  };
  return {
    controls: {
      calls,
      callsOf: (method) => calls.filter((call) => call.method === method),
      forgetCalls: () => void calls.splice(0),
      failNext: (method, failure) => {
        plans.set(method, [...(plans.get(method) ?? []), failure]);
      },
    },
    wrap: (prefix, port) =>
      new Proxy(port, {
        get: (target, name, receiver) => {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function') return value;
          const method = `${prefix}.${String(name)}`;
          return (...args: unknown[]) => {
            calls.push({ method, args });
            if (method === 'pods.watch') return watchOrFail(plans, () => value.apply(target, args) as never);
            return invoke(method, () => value.apply(target, args) as unknown);
          };
        },
      }),
  };
}

/** A watch fails where its iteration is awaited, not where it is made. */
function watchOrFail(
  plans: Map<string, PlannedFailure[]>,
  watch: () => AsyncIterable<unknown>,
): AsyncIterable<unknown> {
  const plan = plans.get('pods.watch')?.shift();
  if (plan === undefined) return watch();
  const failure = plan === 'timeoutAfterSuccess' ? ANSWER_LOST : plan;
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new FailureError(failure)) }),
  };
}
