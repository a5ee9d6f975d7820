import type { Instant } from '../core/kubernetes.ts';
import type { Obstacle } from '../core/node-obstacles.ts';
import type { StopRequest } from '../core/record.ts';

/** One container's end, as its pod shows it. */
export interface ContainerEnd {
  readonly container: string;
  /** One that ends before the others start. */
  readonly isInit?: true;
  /** In the kubelet's words: `OOMKilled`, `Error`, `Completed`. */
  readonly reason: string;
  readonly exitCode: number;
  /** The provider's words. */
  readonly words?: string;
}

/** Why a launch is refused: an obstacle of the node, something that the pod refers to, or the provider itself. */
export type RefusedBy = Obstacle | 'configuration' | 'provider';

/** Why a task ended before its containers ran. */
export type VainStart = 'imagePull' | 'configuration' | 'quota' | 'capacity' | 'addresses';

/**
 * Why a pod is as it is. Closed: a situation that is new does not compile before there is a sentence for it, and an advice.
 */
export type Situation =
  /** The pod could not be read. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'absent'; readonly record: 'ended' | 'none' | 'unread' }
  /** The pod is gone, and its record has not ended. */
  | { readonly kind: 'goneUnfinished'; readonly taskState: string | undefined }
  | { readonly kind: 'unscheduled'; readonly words: string | undefined }
  /** Bound to a node of somebody else. */
  | { readonly kind: 'foreignNode'; readonly node: string }
  | { readonly kind: 'daemonSet' }
  /** It can never run here. */
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string }
  | { readonly kind: 'nodeAbsent'; readonly node: string }
  | { readonly kind: 'heartbeatOld'; readonly node: string; readonly at: Instant | undefined }
  /** pod-sync does not complete its passes: nobody looks at the pod. */
  | { readonly kind: 'passOld'; readonly at: Instant }
  /** The node is being removed: nothing is launched on it. */
  | { readonly kind: 'nodeClosing'; readonly node: string }
  | { readonly kind: 'ceiling'; readonly message: string }
  | {
      readonly kind: 'launchRefused';
      readonly by: RefusedBy;
      readonly words: string;
      readonly tries: number;
      readonly nextTryAt: Instant | undefined;
      /** vCPU, where the node knows it. */
      readonly quota?: number;
    }
  /** Nothing is in the way of its launch, which has not been made. */
  | { readonly kind: 'launchDue'; readonly since: Instant | undefined }
  | { readonly kind: 'launching'; readonly attempt: number; readonly since: Instant | undefined }
  /** What became of it earlier is being looked for. */
  | { readonly kind: 'recovering' }
  | { readonly kind: 'starting'; readonly since: Instant | undefined }
  | {
      readonly kind: 'neverStarted';
      readonly cause: VainStart;
      readonly words: string;
      readonly nextTryAt: Instant;
      readonly quota?: number;
    }
  | {
      readonly kind: 'crashed';
      readonly end: ContainerEnd | undefined;
      /** What it was stopped for, where it did not end by itself. */
      readonly stoppedFor: StopRequest['why'] | undefined;
      /** Of the container whose end that is. */
      readonly restarts: number;
      readonly nextTryAt: Instant;
    }
  | {
      readonly kind: 'running';
      readonly since: Instant | undefined;
      /** The app container that was restarted most; `undefined`: none was. */
      readonly restarted: { readonly container: string; readonly count: number } | undefined;
    }
  | { readonly kind: 'notReady'; readonly since: Instant | undefined; readonly words: string }
  | { readonly kind: 'missing'; readonly since: Instant }
  | {
      readonly kind: 'stopping';
      readonly why: StopRequest['why'] | 'provider';
      readonly since: Instant | undefined;
      /** When the task must be gone. */
      readonly deadline: Instant | undefined;
    }
  /** It has ended, and its object is kept by others. */
  | { readonly kind: 'finalizers'; readonly names: readonly string[] }
  | { readonly kind: 'succeeded'; readonly at: Instant | undefined }
  | {
      readonly kind: 'failed';
      readonly reason: string | undefined;
      readonly words: string | undefined;
      readonly end: ContainerEnd | undefined;
    }
  /** Only what the pod itself shows can be told. */
  | { readonly kind: 'recordUnreadable'; readonly why: string; readonly shown: string };
