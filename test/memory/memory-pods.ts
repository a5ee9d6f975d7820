import { isDeepStrictEqual } from 'node:util';
import { type Failure, FailureError } from '../../lib/core/failure.ts';
import type { Pod, PodSpec, PodStatus } from '../../lib/core/kubernetes.ts';
import { isTerminal, toTime } from '../../lib/core/kubernetes.ts';
import type { PatchOutcome, PodPage, Pods } from '../../lib/ports/pods.ts';
import { deepFreeze, keyOf, type Revisions } from './memory-objects.ts';
import { mergePodStatus, refusalOf } from './merge-status.ts';
import { createPodJournal, type PodJournal } from './pod-journal.ts';

/** A pod to add: everything but its name has a default. */
export interface NewPod {
  readonly name: string;
  readonly namespace?: string;
  /** Default: the next UID of the cluster. */
  readonly uid?: string;
  /** The node that it is bound to. Default `node-1`. */
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: Pod['metadata']['ownerReferences'];
  readonly spec?: Partial<PodSpec>;
  readonly status?: Partial<PodStatus>;
}

/** What users and controllers do to pods. */
export interface PodControls {
  addPod(pod: NewPod): Pod;
  podOf(namespace: string, name: string): Pod | undefined;
  allPods(): readonly Pod[];
  /**
   * DELETE as a user sends it: graceful by the pod's own grace unless another is given; with 0, for a finished pod or an
   * unbound one it is gone at once (unless a finalizer holds it).
   */
  deletePod(namespace: string, name: string, graceSeconds?: number): void;
  /** Writes any other change of someone else: `change` gets a copy to edit. */
  changePod(namespace: string, name: string, change: (pod: Pod) => void): Pod;
  readonly journal: PodJournal;
}

interface Store extends Revisions {
  readonly pods: Map<string, Pod>;
  readonly journal: PodJournal;
  readonly podsPerPage: number;
}

const LIST_EXPIRED: Failure = {
  kind: 'transient',
  code: '410',
  message: 'the list became too old while its pages were read',
};

/** Pods in memory with the preconditions, paging, deletion and watch of a real API server. */
export function createMemoryPods(
  revisions: Revisions,
  podsPerPage: number,
): {
  readonly pods: Pods;
  readonly controls: PodControls;
} {
  const store: Store = { ...revisions, pods: new Map(), journal: createPodJournal(), podsPerPage };
  const find = (namespace: string, name: string): Pod | undefined => store.pods.get(keyOf(namespace, name));
  const must = (namespace: string, name: string): Pod => {
    const pod = find(namespace, name);
    if (!pod) throw new Error(`the memory cluster has no pod ${namespace}/${name}`);
    return pod;
  };
  const pods: Pods = {
    list: (node) => listPods(store, node),
    get: (namespace, name) => Promise.resolve(find(namespace, name)),
    patchStatus: (pod, status, annotations) => Promise.resolve(patchStatus(store, pod, status, annotations)),
    remove: (key) => {
      const pod = find(key.namespace, key.name);
      if (!pod || pod.metadata.uid !== key.uid) return Promise.resolve('gone');
      remove(store, pod, 0);
      return Promise.resolve('removed');
    },
    watch: (node, resourceVersion, signal) => store.journal.watch(node, resourceVersion, signal),
  };
  const controls: PodControls = {
    addPod: (pod) => addPod(store, pod),
    podOf: find,
    allPods: () => [...store.pods.values()],
    deletePod: (namespace, name, graceSeconds) => remove(store, must(namespace, name), graceSeconds),
    changePod: (namespace, name, change) => {
      const copy = structuredClone(must(namespace, name));
      change(copy);
      if (!isOver(copy)) return put(store, copy);
      forget(store, copy);
      return copy;
    },
    journal: store.journal,
  };
  return { pods, controls };
}

/** Every page shows the moment at which the first was asked for, as long as that is remembered. */
async function* listPods(store: Store, node: string): AsyncGenerator<PodPage> {
  const bound = [...store.pods.values()].filter((pod) => pod.spec.nodeName === node);
  const resourceVersion = store.current();
  let from = 0;
  do {
    await Promise.resolve();
    if (from > 0 && store.journal.isForgotten(resourceVersion)) throw new FailureError(LIST_EXPIRED);
    yield { pods: bound.slice(from, from + store.podsPerPage), resourceVersion };
    from += store.podsPerPage;
  } while (from < bound.length);
}

function addPod(store: Store, given: NewPod): Pod {
  const namespace = given.namespace ?? 'default';
  if (store.pods.has(keyOf(namespace, given.name))) throw new Error(`pod ${namespace}/${given.name} exists`);
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: toTime(store.now()) };
  return put(store, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: given.name,
      namespace,
      uid: given.uid ?? store.newUid(),
      resourceVersion: '',
      generation: 1,
      creationTimestamp: toTime(store.now()),
      ...(given.labels && { labels: { ...given.labels } }),
      ...(given.annotations && { annotations: { ...given.annotations } }),
      ...(given.finalizers && { finalizers: [...given.finalizers] }),
      ...(given.ownerReferences && { ownerReferences: given.ownerReferences }),
    },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      containers: [{ name: 'main', image: 'registry.invalid/app:1' }],
      ...structuredClone(given.spec),
      nodeName: given.node ?? 'node-1',
    },
    status: mergePodStatus(
      { phase: 'Pending', qosClass: 'BestEffort', conditions: [scheduled] },
      given.status ?? {},
    ),
  });
}

/** Stores a new version of a pod. */
function put(store: Store, pod: Pod): Pod {
  pod.metadata.resourceVersion = store.next();
  const stored = deepFreeze(pod);
  store.pods.set(keyOf(stored.metadata.namespace, stored.metadata.name), stored);
  store.journal.add(stored.metadata.resourceVersion, 'changed', stored);
  return stored;
}

/** Takes a pod away: a revision of its own, after the one that set its grace to zero. */
function forget(store: Store, pod: Pod): void {
  const last = deepFreeze({ ...pod, metadata: { ...pod.metadata, resourceVersion: store.next() } });
  store.pods.delete(keyOf(last.metadata.namespace, last.metadata.name));
  store.journal.add(last.metadata.resourceVersion, 'deleted', last);
}

/** Whether nothing keeps the pod any more. */
function isOver({ metadata }: Pod): boolean {
  return metadata.deletionGracePeriodSeconds === 0 && !metadata.finalizers?.length;
}

function patchStatus(
  store: Store,
  seen: Pod,
  given: Partial<PodStatus>,
  annotations: Readonly<Record<string, string>> = {},
): PatchOutcome {
  const { namespace, name, uid, resourceVersion } = seen.metadata;
  const pod = store.pods.get(keyOf(namespace, name));
  if (!pod || pod.metadata.uid !== uid) return { kind: 'gone' };
  if (pod.metadata.resourceVersion !== resourceVersion) return { kind: 'conflict' };
  const status = mergePodStatus(pod.status, given);
  const message = refusalOf(pod, status);
  if (message !== undefined) return { kind: 'invalid', message };
  // A patch that changes nothing is not written and makes no event.
  const told = Object.entries(annotations).every(([key, value]) => pod.metadata.annotations?.[key] === value);
  if (told && isDeepStrictEqual(status, pod.status)) return { kind: 'patched', pod };
  const metadata = told
    ? { ...pod.metadata }
    : { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } };
  return { kind: 'patched', pod: put(store, { ...pod, metadata, status }) };
}

/** DELETE: the grace period may only get shorter, and a pod that never ran or runs no more needs none. */
function remove(store: Store, pod: Pod, graceSeconds: number | undefined): void {
  const asked = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  const grace = isTerminal(pod) || pod.spec.nodeName === undefined ? 0 : asked;
  const pending = pod.metadata.deletionGracePeriodSeconds;
  if (pending !== undefined && pending <= grace) return;
  const deleting = put(store, {
    ...pod,
    metadata: {
      ...pod.metadata,
      generation: (pod.metadata.generation ?? 1) + (pending === undefined ? 1 : 0),
      deletionTimestamp: toTime(store.now() + grace * 1000),
      deletionGracePeriodSeconds: grace,
    },
  });
  if (isOver(deleting)) forget(store, deleting);
}
