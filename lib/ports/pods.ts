import type { Pod, PodKey, PodStatus } from '../core/kubernetes.ts';

/** What a watch tells. `expired` ends it: the resourceVersion is too old, list again. */
export type PodWatchEvent =
  | { readonly kind: 'changed'; readonly pod: Pod }
  | { readonly kind: 'deleted'; readonly pod: Pod }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  | { readonly kind: 'expired' };

/** Outcome of a status write. `gone`: 404 or another UID holds the name. `conflict`: look again and decide anew. */
export type PatchOutcome =
  | { readonly kind: 'patched'; readonly pod: Pod }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'invalid'; readonly message: string };

/** One page of a list of pods. */
export interface PodPage {
  readonly pods: readonly Pod[];
  /** Of the whole list, to watch from: the same on every page. */
  readonly resourceVersion: string;
}

/**
 * Pods of the cluster. `undefined` means surely absent; a throw (`FailureError`) means unknown.
 * Lists are consistent reads (never resourceVersion 0) and complete or they throw.
 */
export interface Pods {
  /** Every pod bound to the node, at most 250 a page, at least one page (which may be empty); complete or it throws. */
  list(node: string): AsyncIterable<PodPage>;
  /**
   * The pod of that name, whatever its UID. A pod that is not bound to the node, on whose behalf is asked, may be shown or be absent:
   * pods never change their node.
   */
  get(namespace: string, name: string, node: string): Promise<Pod | undefined>;
  /**
   * Strategic-merge patch of `pods/status` with the pod's UID and resourceVersion as preconditions;
   * `podIPs` and `hostIPs` are replaced whole. Only the fields of `status` given are touched; conditions merge by type, and
   * `annotations` of the pod (which the API server lets through with a status, unlike labels) by key.
   */
  patchStatus(
    pod: Pod,
    status: Partial<PodStatus>,
    annotations?: Readonly<Record<string, string>>,
  ): Promise<PatchOutcome>;
  /** DELETE with grace 0 and the UID as precondition, for the node that it is bound to. `gone` when the name is absent or another pod's. */
  remove(key: PodKey, node: string): Promise<'removed' | 'gone'>;
  /**
   * Events from just after `resourceVersion`, until `signal` aborts or the server ends the watch (both end the iteration
   * normally), or until `expired`. A broken connection throws a transient failure.
   */
  watch(node: string, resourceVersion: string, signal: AbortSignal): AsyncIterable<PodWatchEvent>;
}
