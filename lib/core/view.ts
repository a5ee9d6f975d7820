import type { Assessment } from './assessment.ts';
import type { NoRoom } from './ceiling.ts';
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
  /** The provider's opinion of the pod; there while nothing is remembered yet, and when the pod was edited. */
  readonly assessment?: Assessment;
  /** In this fold, this invocation made or renewed the claim and has not sent its launch yet. */
  readonly claimHeld?: boolean;
  /** The last look for a task of this attempt, made in this fold, that found nothing. */
  readonly nothingFoundAt?: Instant;
  /** When this invocation last asked the provider about the task. */
  readonly describedAt?: Instant;
  /** In this fold a complete look found no task of a pod that has no record but was taken up before. */
  readonly recoveredAt?: Instant;
  /** Why the launch that is due has to wait, as the holder has just found; absent where it has room, or was not asked for it yet. */
  readonly noRoom?: NoRoom;
  /** What was seen in this fold of a task that the provider says it does not know. */
  readonly loss?: LossLook;
}

/** What it takes to believe that a task is lost. */
export interface LossLook {
  /** The provider does not know the task now either. */
  readonly missing: boolean;
  /** Events that are not handled yet: one of them may tell how the task ended. */
  readonly backlog: number;
  /** When the Node object was made; `undefined`: there is none. */
  readonly nodeSince: Instant | undefined;
}

/** What decides whether a container that runs may be ready. */
export interface ReadyRules {
  /** `false`: pods never become Ready (a trial on a cluster whose Services must not see them). */
  readonly podsReady: boolean;
  /** Whether http, tcp and grpc probes are run: without them a container that has one is ready as soon as it runs. */
  readonly networkProbes: boolean;
}

/** Who asks for the next action, and what it may do. */
export interface Caller extends ReadyRules {
  /** Unique to the invocation: a claim of another invocation is not ours to send. */
  readonly id: string;
  /** Only the holder launches; not while the node closes, the records are not rebuilt, or the cluster is not verified. */
  readonly mayLaunch: boolean;
  /** The holder and the teardown stop tasks; the event function does not talk to the provider at all. */
  readonly mayUseProvider: boolean;
  /** The node goes away: every task is stopped and nothing is started again. */
  readonly closing: boolean;
  /** Too much was absent at once: nothing is stopped, and no task is lost, because something is absent. */
  readonly breakerHolds: boolean;
}
