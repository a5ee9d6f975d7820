import type { Instant } from '../../core/kubernetes.ts';

/**
 * One emulated AWS service: a pure model without sockets, timers, clock or chance of its own. A shell puts HTTP and a clock
 * around it; the simulation calls it directly.
 */
export interface AwsModel {
  /**
   * Carries out one API operation at `now` and returns the JSON body of the answer, times as epoch seconds. Throws `AwsError`
   * as the service would. First does what became due until `now`. What another model hands over late carries its own time.
   */
  handle(operation: string, input: unknown, now: Instant): unknown;
  /** Does everything that became due until `now`, in the order of its due times. */
  advance(now: Instant): void;
  /** When `advance` has something to do next; `undefined` while nothing is planned. */
  nextDue(): Instant | undefined;
}

/** A new unique id in UUID form. */
export type IdSource = () => string;

/** The next number in [0, 1). */
export type Chance = () => number;

/** Where the emulated resources live. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/** What an AWS service answers instead of a result: the exception's name, its message and its further members. */
export class AwsError extends Error {
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = type;
    this.type = type;
    this.members = members;
  }
}

/** The answer of every service to an operation that it does not have. */
export function unknownOperation(operation: string): AwsError {
  return new AwsError('UnknownOperationException', `The emulator does not know the operation ${operation}`);
}

/** An instant as AWS puts it into JSON answers: epoch seconds with milliseconds as the fraction. */
export function epochSeconds(at: Instant): number {
  return at / 1000;
}
