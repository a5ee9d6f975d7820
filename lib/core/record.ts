import type { Failure } from './failure.ts';
import type { Instant, PodKey } from './kubernetes.ts';
import type { ObservedContainer, ObservedTask, StopCause } from './task.ts';
import type { TaskUse } from './task-use.ts';

/**
 * `claimed`: this attempt may have been sent to the provider, its task is not known yet.
 * `launched`: the attempt's task is known (it may have stopped since).
 * `ended`: nothing is left to do for the pod; the item expires by its ttl, once the pod is gone.
 * An unknown state read from the table is left alone (a newer version wrote it).
 */
export type RecordState = 'claimed' | 'launched' | 'ended';

/** What is kept of the attempt before this one: `lastState` of the containers and `--previous` logs need it. */
export interface PreviousAttempt {
  readonly attempt: number;
  readonly taskArn: string;
  readonly containers: readonly ObservedContainer[];
  readonly cause?: StopCause;
  readonly startedAt?: Instant;
  readonly stoppedAt?: Instant;
}

/** A stop that was asked for, why, and when the task must be gone. */
export interface StopRequest {
  readonly at: Instant;
  readonly why:
    'deleted' | 'deadlineExceeded' | 'teardown' | 'orphan' | 'initFailed' | 'unhealthy' | 'sidecarEnded';
  readonly deadline: Instant;
  /** The container that failed, for `initFailed`, `unhealthy` and `sidecarEnded`. */
  readonly container?: string;
}

/** An edit of a running pod that needs another task to take effect. */
export interface PodEdit {
  /** What was edited: resources (a resize) or anything else that a task is made of. */
  readonly kind: 'resize' | 'spec';
  readonly message: string;
  /** The attempt that cannot follow it: one that an older version claimed since leaves it behind. */
  readonly attempt: number;
}

/** The probes of one attempt; of another attempt they mean nothing. */
export interface ProbeResults {
  readonly attempt: number;
  readonly containers: Readonly<Record<string, ContainerProbes>>;
}

/** One container's probes by kind. */
export interface ContainerProbes {
  readonly startup?: ProbeResult;
  readonly readiness?: ProbeResult;
  readonly liveness?: ProbeResult;
}

/** What one probe found: its verdict, how many results in a row say otherwise, and when it was last asked. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Results in a row that differ from `ok`: at the threshold the verdict turns. */
  readonly against: number;
  readonly at: Instant;
  /** The words of the last failure; not in a stored record. */
  readonly message?: string;
}

/** What probes found of the record's attempt. */
export function probesOf({ attempt, probes }: PodRecord): ProbeResults['containers'] {
  return probes?.attempt === attempt ? probes.containers : {};
}

/** The edit that the record's attempt cannot follow. */
export function editOf({ attempt, edit }: PodRecord): PodEdit | undefined {
  return edit?.attempt === attempt ? edit : undefined;
}

/** A launch that was refused: in whose words, what the pod shows, whether it is tried again, and how often it was. */
export interface Refusal extends Failure {
  readonly at: Instant;
  /** Since when launches have failed in a row for reasons that no other signal tells of (see `failingSince`). */
  readonly failingSince?: Instant;
  readonly tries: number;
  readonly retry: boolean;
  readonly podReason: string;
}

/** What we remember of one pod: one DynamoDB item under 4 KB. Every change is one conditional write of named attributes. */
export interface PodRecord extends PodKey {
  readonly node: string;
  readonly state: RecordState;
  /** Content hash of everything that is shared between replicas, with the version of its rule: `1:<hash>`. */
  readonly specHash: string;
  /** From 1; 0 in the record of a pod that went before anything was started for it. */
  readonly attempt: number;
  /** Number of the RunTask token within the attempt; moves only when it is certain that no task of the old one exists. */
  readonly try: number;
  /** Invocation that made the claim. */
  readonly claimer: string;
  /** Nobody may send this claim's RunTask after this instant, and nobody else before it. */
  readonly launchBefore: Instant;
  /**
   * When this try's token was first claimed for sending: not later than its first send, absent while it was never claimed.
   * 50 minutes later the token may be dead.
   */
  readonly firstSentAt?: Instant;
  /** Whether this try's claim was taken up again: then a refusal of the send proves nothing about earlier sends. */
  readonly replayed: boolean;
  readonly taskDefinition?: string;
  readonly taskArn?: string;
  readonly launchedAt?: Instant;
  readonly task?: ObservedTask;
  readonly previous?: PreviousAttempt;
  readonly stop?: StopRequest;
  /** The last refusal of a launch, and when the next try is due. */
  readonly refusal?: Refusal;
  readonly nextTryAt?: Instant;
  /** Since when the provider says that it does not know the task, which was never seen to stop. */
  readonly missingSince?: Instant;
  /** `metadata.generation` of the pod that was last compared with what runs: a pod of the same generation was not edited. */
  readonly generation?: number;
  /** The last edit of the pod that a running task cannot follow. */
  readonly edit?: PodEdit;
  /** Something is stored for this attempt that must go once its containers have read it. */
  readonly files?: boolean;
  /** What the pod is told of this attempt as annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * What the task of this attempt and try takes of the account; written with the claim, before its first send. Absent: an older version
   * claimed it.
   */
  readonly use?: TaskUse;
  /** What probes found of this attempt's containers. */
  readonly probes?: ProbeResults;
  /** Restarts so far by container name, as of this attempt. Never falls. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Attempts in a row that failed or were short: the exponent of the restart back-off. */
  readonly backOffCount: number;
  /** Set when it has ended and the pod is gone: the item may be forgotten after it. */
  readonly expiresAt?: Instant;
}

/** The RunTask client token of the record's current try: at most 64 characters for any UUID and any realistic count. */
export function launchToken(record: Pick<PodRecord, 'uid' | 'attempt' | 'try'>): string {
  const base = `${record.uid}.${record.attempt}`;
  return record.try === 0 ? base : `${base}.${record.try}`;
}

/** Seconds of the launch protocol, in one place (design 2.2). All in milliseconds. */
export const LAUNCH = {
  /** How long a claim is good for sending. */
  claimMs: 60_000,
  /** After this a token may be dead at the provider (ECS keeps it for the task's life and an hour; 50 min is the safe side). */
  tokenMs: 50 * 60_000,
  /** ECS forgets a stopped task after an hour: a look for one later than this proves nothing. */
  lookMs: 58 * 60_000,
  /** After the last possible send, how long the provider's lists may still miss the task. */
  settleMs: 60_000,
  /** A pod deleted while only claimed is finished after launchBefore and this. */
  deletedClaimMs: 30_000,
  /** Least time left on a claim for a send to start (the call itself may take 10 s). */
  sendMarginMs: 15_000,
} as const;
