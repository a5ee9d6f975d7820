import type { Assessment } from '../core/assessment.ts';
import type { Instant, Pod } from '../core/kubernetes.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { PodRecord } from '../core/record.ts';
import type { FoundTask } from '../core/task.ts';
import type { Fact } from '../doctor/fact.ts';
import type { NodeState } from '../doctor/probes/probe-cluster.ts';
import type { NodeMark, SlotItem } from '../ports/slot.ts';
import type { LastLines } from './last-lines.ts';

/** The pod that is asked for. */
export interface AskedPod {
  readonly namespace: string;
  readonly name: string;
}

/** What of the deployment file an answer needs. */
export interface WhyDeployment {
  /** The file as it was named, for the commands of the advice. */
  readonly file: string;
  readonly cluster: string;
  readonly nodes: readonly NodeSettings[];
  readonly ecsCluster: string;
  readonly logGroup: string;
  readonly networkProbes: boolean;
}

/** One event of the pod, newest count and time. */
export interface PodEvent {
  readonly at: Instant | undefined;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** The pod that it is about, and who tells it. */
  readonly uid: string;
  readonly component: string;
}

/**
 * Everything that was read about one pod, each for itself: what could not be read is unknown with its reason, and what there is none of
 * is known as `undefined`.
 */
export interface Evidence {
  readonly asked: AskedPod;
  readonly deployment: WhyDeployment;
  readonly pod: Fact<Pod | undefined>;
  /** Of a pod that is gone: the last one of its name. */
  readonly record: Fact<PodRecord | undefined>;
  /** The task of the record, as the provider tells of it now. */
  readonly task: Fact<FoundTask | undefined>;
  /** The node of the pod, or of its record. */
  readonly node: Fact<NodeState | undefined>;
  readonly mark: Fact<NodeMark | undefined>;
  /** Who syncs the pods of the cluster, and when the last pass was complete. */
  readonly slot: Fact<SlotItem | undefined>;
  /** The oldest first. */
  readonly events: Fact<readonly PodEvent[]>;
  /** The end of the log of the container that says most; `undefined`: none has run. */
  readonly log: Fact<LastLines | undefined>;
  /** The provider's opinion, where the loop asks for it. */
  readonly assessment?: Assessment;
}

/** What is known, or nothing: for statements that are left out where it is not. */
export function knownOf<T>(fact: Fact<T>): T | undefined {
  return fact.kind === 'known' ? fact.value : undefined;
}
