import type { Assessment } from './assessment.ts';
import type { Instant, Pod, PodKey } from './kubernetes.ts';
import type { PodRecord } from './record.ts';

/** Pod, record and task as seen at one moment: all that a decision may hang on. */
export interface View {
  readonly key: PodKey;
  readonly node: string;
  /** `undefined`: a GET by name said 404 or another UID holds the name. Never set from a list alone. */
  readonly pod: Pod | undefined;
  /** Read after the pod, consistently; holds what was last observed of the task. */
  readonly record: PodRecord | undefined;
  /** The provider's opinion of the pod; needed only while there is nothing to remember yet. */
  readonly assessment?: Assessment;
  /** In this fold, this invocation made or renewed the claim and has not sent its launch yet. */
  readonly claimHeld?: boolean;
  /** The last look for a task of this attempt, made in this fold, that found nothing. */
  readonly nothingFoundAt?: Instant;
  /** When this invocation last asked the provider about the task. */
  readonly describedAt?: Instant;
}

/** Who asks for the next action, and what it may do. */
export interface Caller {
  /** Unique to the invocation: a claim of another invocation is not ours to send. */
  readonly id: string;
  /** Only the holder launches; not while the node closes, the records are not rebuilt, or the cluster is not verified. */
  readonly mayLaunch: boolean;
  /** The holder and the teardown stop tasks; the event function does not talk to the provider at all. */
  readonly mayUseProvider: boolean;
  /** The node goes away: every task is stopped and nothing is started again. */
  readonly closing: boolean;
  /** `false`: pods never become Ready (a trial on a cluster whose Services must not see them). */
  readonly podsReady: boolean;
}
