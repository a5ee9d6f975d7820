import type { Assessment } from '../core/assessment.ts';
import type { Failure } from '../core/failure.ts';
import type { Instant, Pod } from '../core/kubernetes.ts';
import type { PodInputs } from '../core/pod-inputs.ts';
import type { PodNeeds } from '../core/pod-needs.ts';
import type { PodRecord } from '../core/record.ts';
import type { FoundTask } from '../core/task.ts';
import type { TaskUse } from '../core/task-use.ts';
import type { LogStream } from './logs.ts';

export type { Assessment, FieldFault } from '../core/assessment.ts';

/** Something about a launch that the pod's user should read, as a Kubernetes event. */
export interface LaunchNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Outcome of one send of a launch. */
export type LaunchOutcome =
  | {
      readonly kind: 'launched';
      readonly found: FoundTask;
      readonly taskDefinition: string;
      /** What the pod is told of its task as annotations (size, price). */
      readonly annotations?: Readonly<Record<string, string>>;
      readonly files?: boolean;
      readonly notes?: readonly LaunchNote[];
    }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      /** Whether something was stored for this attempt that {@link Provider.clearFiles} removes. */
      readonly files?: boolean;
      readonly notes?: readonly LaunchNote[];
      /** The next try runs on other capacity, which may be there: it need not wait. */
      readonly hasAlternative?: true;
    };

/** A launch that did not start a task, as far as is known. */
export type RefusedLaunch = LaunchOutcome & { readonly kind: 'failed' };

/** A task by its own name, or by the runtime id that was shown for one of its containers. */
export type TaskName = { readonly taskArn: string } | { readonly runtimeId: string };

/** One try of an attempt of a pod. */
export type LaunchTry = Pick<PodRecord, 'node' | 'uid' | 'attempt' | 'try'>;

/**
 * Runs pods as tasks somewhere. A failure is returned as a value where a decision hangs on it, and thrown as `FailureError`
 * elsewhere. Every method may be called twice with the same input without harm.
 */
export interface Provider {
  /** Judges a pod. Pure: no I/O, no clock. */
  assess(pod: Pod, node: string): Assessment;
  /**
   * What the task of that try would take of the account; `undefined` where nothing is large enough for the pod. Pure and quick: it is
   * asked for every pod of a node.
   */
  useOf(pod: Pod, of: LaunchTry): TaskUse | undefined;
  /** What has to be read before a launch of the pod: nothing of what its task leaves out. Pure. */
  needsOf(pod: Pod, node: string): PodNeeds;
  /** How a launch with these inputs would be refused without being sent; `undefined`: it would be sent. Pure. */
  lackIn(pod: Pod, of: LaunchTry, inputs: PodInputs): RefusedLaunch | undefined;
  /**
   * Sends the launch of the record's attempt and try once (no retry, 10 s; but at once again when the connection broke under it,
   * after which only a task is an answer and everything else ambiguous). The task carries its owner. Sending the same token
   * again returns the first task. `sendBefore` is checked right before sending: later it fails as `transient`
   * without having sent anything. `inputs` is what {@link Provider.needsOf} the pod lists; what is missing in them fails as `configuration`.
   */
  launch(pod: Pod, record: PodRecord, sendBefore: Instant, inputs: PodInputs): Promise<LaunchOutcome>;
  /** Removes what was stored for the record's attempt: its containers have read it. Nothing there is fine. */
  clearFiles(record: Pick<PodRecord, 'node' | 'uid' | 'attempt'>): Promise<void>;
  /** The same for every attempt of every pod of a node, those included that no record knows. */
  clearNode(node: string): Promise<void>;
  /**
   * Asks for a stop; a task that is over or unknown is fine. `reason` comes back in the task. Returns the task as it is from
   * then on, `undefined` when it is unknown.
   */
  stop(taskArn: string, reason: string): Promise<FoundTask | undefined>;
  /**
   * Describes tasks by ARN, at most 100 a call inside. A task that the provider says it does not know is absent from the
   * answer; one that it is silent about makes the call throw, because silence proves nothing.
   */
  describe(taskArns: readonly string[]): Promise<ReadonlyMap<string, FoundTask>>;
  /**
   * Finds the task of one attempt by its owner mark, among the running and the stopped ones that the provider still knows.
   * Several tasks of one attempt (which must not be) give the oldest that is not stopped.
   */
  find(uid: string, attempt: number): Promise<FoundTask | undefined>;
  /** Finds the task of a container by the runtime id that was shown for it; `undefined` when the provider does not know it (any more). */
  findByContainer(runtimeId: string): Promise<FoundTask | undefined>;
  /** Where a container of a task logs to, whether it wrote anything yet or not. Pure. */
  logStreamOf(task: TaskName, container: string): LogStream;
  /** Every task of ours, running and stopped, complete or it throws. */
  listAll(): Promise<readonly FoundTask[]>;
  /** The ARNs of all tasks that should run, whoever started them; complete or it throws. */
  listLive(): Promise<readonly string[]>;
  /**
   * Retires definitions of ours that are older than a day and that `isUsed` does not know, by spec hash (as `assess` gives it)
   * or by name (as a launch gives it); at most `most` of them, at the rate that launches leave over. Returns how many.
   */
  retireDefinitions(
    isUsed: (definition: { readonly specHash: string; readonly name: string }) => boolean,
    most: number,
  ): Promise<number>;
  /** Removes what was stored for pods and that no launch used for a week; at most `most` of them. Returns how many. */
  retireSecrets(most: number): Promise<number>;
}
