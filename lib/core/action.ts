import type { FieldFault } from './assessment.ts';
import type { Instant, PodStatus } from './kubernetes.ts';
import type { OwnStatus } from './pod-status.ts';
import type { PodEdit, StopRequest } from './record.ts';

/** Everything that the loop may do for one pod, each with what it needs. One action is decided at a time. */
export type Action =
  /** Nothing is due before `until` (`undefined`: nothing at all until something changes). */
  | { readonly kind: 'wait'; readonly until: Instant | undefined }
  /** The pod can never run here: tell all faults in one event, then publish `status`. */
  | { readonly kind: 'refuse'; readonly faults: readonly FieldFault[]; readonly status: OwnStatus }
  /** The pod is left Pending on purpose (a DaemonSet's): tell why, once. */
  | {
      readonly kind: 'hold';
      readonly reason: string;
      readonly message: string;
      readonly patch: Partial<PodStatus>;
    }
  /** Reserve the next attempt (or the first) by one conditional write. */
  | { readonly kind: 'claim'; readonly attempt: number; readonly specHash: string }
  /** Take up a claim whose sender is gone, with the same token. */
  | { readonly kind: 'renewClaim' }
  /** Send the claim's launch, once. */
  | { readonly kind: 'launch' }
  /** Ask the provider whether a task of this attempt exists after all. */
  | { readonly kind: 'findTask' }
  /** It is certain that no task of this try exists: use a new token from now on. */
  | { readonly kind: 'moveTry' }
  /** It can never be known what became of this attempt: record that. */
  | { readonly kind: 'declareLost' }
  /** The pod was taken up before, but there is no record, or one of an attempt before its last: look for its task first. */
  | { readonly kind: 'recover' }
  /** The pod goes before anything was started for it: remember that, so that nobody who saw it earlier starts it now. */
  | { readonly kind: 'recordEnd' }
  /** The provider does not know the task: see whether it may be declared lost. */
  | { readonly kind: 'examineLoss' }
  /** Remember why the attempt is given up although its launch may be under way. */
  | { readonly kind: 'giveUp'; readonly request: StopRequest }
  /** The pod was edited: remember that it was compared, and tell what a running task cannot follow. */
  | {
      readonly kind: 'noteEdit';
      readonly generation: number;
      /** What the task is made of, as far as that can be known only now. */
      readonly specHash?: string;
      readonly edit: PodEdit | undefined;
    }
  /** Record the reason, then ask the provider to stop the task. */
  | { readonly kind: 'stop'; readonly request: StopRequest }
  /** Ask the provider how the task is, because no event told in time. */
  | { readonly kind: 'describeTask' }
  /** Write a difference of the status, and annotations that tell of the task. */
  | {
      readonly kind: 'patchStatus';
      readonly patch: Partial<PodStatus>;
      readonly annotations?: Readonly<Record<string, string>>;
    }
  /** Remove what was stored for the attempt: its containers have read it. */
  | { readonly kind: 'clearFiles' }
  /** DELETE the pod object: its end is published and it was asked to go. */
  | { readonly kind: 'removePod' }
  /** Nothing is left to do for the pod. With `keep` its object is still there: the record lasts as long as that does, else it may expire. */
  | { readonly kind: 'endRecord'; readonly keep: boolean };
