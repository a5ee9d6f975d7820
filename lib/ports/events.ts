import type { Instant } from '../core/kubernetes.ts';

/** A Kubernetes Event to show in `kubectl describe`. */
export interface ClusterEvent {
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, as the kubelet's and Virtual Kubelet's. */
  readonly reason: string;
  readonly message: string;
  readonly about:
    | {
        readonly kind: 'Pod';
        readonly namespace: string;
        readonly name: string;
        readonly uid: string;
        readonly fieldPath?: string;
      }
    | { readonly kind: 'Node'; readonly name: string; readonly uid: string };
}

/**
 * Events in the cluster. The name is a function of (UID, reason, message, node), so a repeated one raises the count of the
 * first instead of adding another. Best effort: a failure is logged by the adapter and never fails the caller.
 */
export interface Events {
  publish(event: ClusterEvent, node: string, now: Instant): Promise<void>;
}
