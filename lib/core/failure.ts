/** Every failure that a call to the outside may end in. Each member has its decision in {@link decisionOf}. */
export type FailureKind =
  /** The request itself is wrong and will be for ever: the pod cannot run as it is. */
  | 'refused'
  /** The provider has no room now. */
  | 'capacity'
  /** An account quota is used up. */
  | 'quota'
  /** Too many calls. */
  | 'throttled'
  /** Credentials or rights are missing: nothing this node starts will work. */
  | 'auth'
  /** Something that the pod refers to is missing: nothing was sent. */
  | 'configuration'
  /** A passing fault; the call certainly did nothing. */
  | 'transient'
  /** The call may or may not have been carried out. */
  | 'ambiguous'
  /** A fault of ours. */
  | 'internal';

/** A failure as a value: what went wrong in the words of whoever refused, and how to treat it. */
export interface Failure {
  readonly kind: FailureKind;
  /** The far side's own words, for the person who reads `kubectl describe pod`. */
  readonly message: string;
  /** The far side's code, such as `ThrottlingException`. */
  readonly code?: string;
  /** The reason to show instead of that of the kind. */
  readonly podReason?: string;
}

/** The reason of a launch that failed for want of addresses: a shortage of the subnets, which their owner can mend, not of the provider. */
export const ADDRESSES_EXHAUSTED = 'SubnetAddressesExhausted';

/** How the loop treats a failure of a launch. */
export interface FailureDecision {
  /** Whether the pod may be tried again at all. */
  readonly retry: boolean;
  /** First delay in milliseconds; doubles up to `maxDelayMs`. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Whether a refusal of a token's first and only send proves that no task exists, so that a new token may be used. */
  readonly definitive: boolean;
  /** The reason shown on the waiting container (or on the pod when `retry` is false), and of the event. */
  readonly podReason: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * The one decision table. Capacity and quota are back-pressure: visible, retried at most every 15 minutes, never dropped.
 * Exhaustive by construction: a new {@link FailureKind} does not compile without a row.
 */
const DECISIONS: Readonly<Record<FailureKind, FailureDecision>> = {
  refused: {
    retry: false,
    baseDelayMs: 0,
    maxDelayMs: 0,
    definitive: true,
    podReason: 'ProviderFailed',
  },
  capacity: {
    retry: true,
    baseDelayMs: 15 * SECOND,
    maxDelayMs: 15 * MINUTE,
    definitive: true,
    podReason: 'FargateCapacityUnavailable',
  },
  quota: {
    retry: true,
    baseDelayMs: 30 * SECOND,
    maxDelayMs: 15 * MINUTE,
    definitive: true,
    podReason: 'FargateQuotaExceeded',
  },
  throttled: {
    retry: true,
    baseDelayMs: 2 * SECOND,
    maxDelayMs: MINUTE,
    definitive: false,
    podReason: 'ContainerCreating',
  },
  auth: {
    retry: true,
    baseDelayMs: MINUTE,
    maxDelayMs: 5 * MINUTE,
    definitive: true,
    podReason: 'ProviderAccessDenied',
  },
  configuration: {
    retry: true,
    baseDelayMs: 5 * SECOND,
    maxDelayMs: MINUTE,
    definitive: true,
    podReason: 'CreateContainerConfigError',
  },
  transient: {
    retry: true,
    baseDelayMs: 5 * SECOND,
    maxDelayMs: 5 * MINUTE,
    definitive: false,
    podReason: 'ContainerCreating',
  },
  ambiguous: {
    retry: true,
    baseDelayMs: 5 * SECOND,
    maxDelayMs: 5 * MINUTE,
    definitive: false,
    podReason: 'ContainerCreating',
  },
  internal: {
    retry: true,
    baseDelayMs: 30 * SECOND,
    maxDelayMs: 5 * MINUTE,
    definitive: false,
    podReason: 'ContainerCreating',
  },
};

/** What to do about a failure. Total over {@link FailureKind}. */
export function decisionOf(kind: FailureKind): FailureDecision {
  return DECISIONS[kind];
}

/** The delay before try number `tries + 1`, in milliseconds: the base doubled for each earlier try, capped. */
export function retryDelay(kind: FailureKind, tries: number): number {
  const { baseDelayMs, maxDelayMs } = decisionOf(kind);
  return Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(tries, 16));
}

/** A failure that is thrown where a value cannot be returned; adapters throw nothing else on purpose. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** The failure inside anything thrown; what nobody classified is `internal`. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof FailureError) return thrown.failure;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { kind: 'internal', message };
}
