import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import { toTime } from '../../lib/core/kubernetes.ts';
import type { AccessReviews } from '../../lib/ports/access.ts';
import type { ClusterEvent, Events } from '../../lib/ports/events.ts';
import type { ClusterInfo, Leases, Nodes } from '../../lib/ports/nodes.ts';
import type { Objects } from '../../lib/ports/objects.ts';
import type { Pods } from '../../lib/ports/pods.ts';
import { type ConfigControls, createMemoryConfig } from './memory-config.ts';
import { createMemoryNodes, type NodeControls } from './memory-nodes.ts';
import { createRevisions } from './memory-objects.ts';
import { createMemoryPods, type PodControls } from './memory-pods.ts';
import { createMemoryReviews, type ReviewControls } from './memory-reviews.ts';
import { type CallControls, type CallRecorder, createCallRecorder } from './record-calls.ts';

/** An event as the memory cluster keeps it: repeated ones are counted. */
export interface KeptEvent extends ClusterEvent {
  readonly node: string;
  readonly count: number;
  readonly lastAt: Instant;
}

/** The hands of a test in the memory cluster. */
export interface MemoryControls
  extends Omit<PodControls, 'journal'>, NodeControls, ConfigControls, ReviewControls, CallControls {
  /** Sends a bookmark to every open watch. */
  bookmark(): void;
  /** Ends every open watch as the server does after its timeout. */
  closeWatches(): void;
  /** Breaks the connection of every open watch. */
  breakWatches(): void;
  /** etcd forgets its history: open watches end as `expired`, and so do new ones from an older resourceVersion. */
  compact(): void;
  openWatches(): number;
  /**
   * What the node lifecycle controller does to a silent node: its conditions become Unknown, and Ready of its pods False,
   * which nobody but the kubelet sets back.
   */
  flapNode(name: string): void;
  /** What {@link ClusterInfo} answers. */
  setVersion(version: string): void;
  setIdentity(identity: string): void;
  /** The events published so far, each once. */
  events(): readonly KeptEvent[];
}

export interface MemoryKubernetes {
  readonly pods: Pods;
  readonly nodes: Nodes;
  readonly leases: Leases;
  readonly cluster: ClusterInfo;
  readonly events: Events;
  readonly objects: Objects;
  readonly reviews: AccessReviews;
  readonly controls: MemoryControls;
}

export interface MemoryOptions {
  readonly now: () => Instant;
  /** How many pods a page of a list holds. Default 100, as the port allows at most. */
  readonly podsPerPage?: number;
}

/**
 * A Kubernetes cluster in memory that keeps the contract of the ports, for tests of the loop. Objects that it hands out are
 * frozen. It reads no clock but `now` and is the same in every run.
 */
export function createMemoryKubernetes(options: MemoryOptions): MemoryKubernetes {
  const revisions = createRevisions(options.now);
  const { pods, controls: podControls } = createMemoryPods(revisions, options.podsPerPage ?? 100);
  const { nodes, leases, controls: nodeControls } = createMemoryNodes(revisions);
  const { objects, controls: configControls } = createMemoryConfig(revisions, (namespace, name) =>
    podControls.podOf(namespace, name),
  );
  const { reviews, controls: reviewControls } = createMemoryReviews();
  const facts = { version: 'v1.36.1', identity: 'uid:00000000-0000-4000-8000-0000000000ff' };
  const kept = new Map<string, KeptEvent>();
  const recorder = createCallRecorder();
  const { journal, ...podHands } = podControls;
  return {
    pods: recordPods(recorder, pods),
    nodes: recorder.wrap('nodes', nodes),
    leases: recorder.wrap('leases', leases),
    cluster: recorder.wrap('cluster', {
      version: () => Promise.resolve(facts.version),
      identity: () => Promise.resolve(facts.identity),
      certificate: () => Promise.resolve('ca:of-this-memory'),
    }),
    events: recorder.wrap('events', {
      publish: (event: ClusterEvent, node: string, now: Instant) => {
        const key = JSON.stringify([event.about.uid, event.reason, event.message, node]);
        kept.set(key, { ...event, node, lastAt: now, count: (kept.get(key)?.count ?? 0) + 1 });
        return Promise.resolve();
      },
    }),
    objects: recorder.wrap('objects', objects),
    reviews: recorder.wrap('reviews', reviews),
    controls: {
      ...podHands,
      ...nodeControls,
      ...configControls,
      ...reviewControls,
      ...recorder.controls,
      bookmark: () => journal.bookmark(revisions.current()),
      closeWatches: () => journal.endWatches('closed'),
      breakWatches: () => journal.endWatches('broken'),
      compact: () => journal.compact(revisions.next()),
      openWatches: () => journal.openWatches(),
      flapNode: (name) => flapNode(name, toTime(options.now()), podControls, nodeControls),
      setVersion: (version) => void (facts.version = version),
      setIdentity: (identity) => void (facts.identity = identity),
      events: () => [...kept.values()],
    },
  };
}

/** The recorder fails promises: a list is recorded and fails, as a watch does, where its iteration is awaited. */
function recordPods(recorder: CallRecorder, pods: Pods): Pods {
  const opened = { ...pods, list: (node: string) => Promise.resolve(pods.list(node)) };
  const recorded = recorder.wrap('pods', opened);
  return {
    ...recorded,
    list: async function* (node) {
      yield* await recorded.list(node);
    },
  };
}

function flapNode(name: string, at: string, pods: PodControls, nodes: NodeControls): void {
  if (nodes.nodeOf(name)) {
    nodes.changeNode(name, (node) => {
      for (const condition of node.status?.conditions ?? []) {
        condition.status = 'Unknown';
        condition.reason = 'NodeStatusUnknown';
        condition.message = 'Kubelet stopped posting node status.';
        condition.lastTransitionTime = at;
      }
    });
  }
  const ready = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'Ready');
  for (const pod of pods.allPods()) {
    if (pod.spec.nodeName !== name || ready(pod)?.status !== 'True') continue;
    pods.changePod(pod.metadata.namespace, pod.metadata.name, (copy) => {
      Object.assign(ready(copy) ?? {}, { status: 'False', lastTransitionTime: at });
    });
  }
}
