import type { AwsError } from './aws-model.ts';

/** When a planned fault strikes: before the operation (it has no effect) or after it (its answer is lost). */
export type FaultMoment = 'before' | 'after';

/** Faults for the next calls of a model, by operation. */
export class FaultPlan {
  readonly #planned = new Map<string, { readonly error: AwsError; readonly moment: FaultMoment }[]>();

  /** The next call of `operation` that has no fault yet fails with `error`; `after` means that it takes effect nevertheless. */
  failNext(operation: string, error: AwsError, moment: FaultMoment = 'before'): void {
    const queue = this.#planned.get(operation) ?? [];
    queue.push({ error, moment });
    this.#planned.set(operation, queue);
  }

  /** Runs one call under the plan. */
  around<Result>(operation: string, call: () => Result): Result {
    const fault = this.#planned.get(operation)?.shift();
    if (fault?.moment === 'before') throw fault.error;
    const result = call();
    if (fault !== undefined) throw fault.error;
    return result;
  }
}
