import {
  fromTime,
  toTime,
  type Instant,
  type Node,
  type NodeCondition,
  type NodeManifest,
  type NodeStatus,
  type Taint,
} from './kubernetes.ts';
import type { NodeSettings } from './node-settings.ts';
import { parseQuantity } from './parse-quantity.ts';

/** Heartbeats in milliseconds. The grace of the node lifecycle controller is 40 s (50 s from Kubernetes 1.32). */
export const HEARTBEAT = {
  /** A lease renewed less than this ago is left alone: someone else has just done it. */
  skipMs: 8_000,
  /** The holder of the watch renews only leases older than this: the heartbeat function is behind. */
  holderSkipMs: 16_000,
  /** The whole status is written at least this often. */
  statusMs: 60_000,
  /** `leaseDurationSeconds`: never consulted by the controller, written as the kubelet does. */
  leaseSeconds: 40,
  /** The last complete pass is older than this: pods are not synced. */
  stalledMs: 180_000,
} as const;

/** What this version calls itself in `kubeletVersion`. */
const VERSION_SUFFIX = 'lambdalet';

/** The taint that keeps pods off unless they ask for this node. Never NoExecute: it would evict pods bound by name. */
const OWN_TAINT: Taint = { key: 'virtual-kubelet.io/provider', value: 'lambdalet', effect: 'NoSchedule' };

/**
 * Whether a Node of our name is ours: it has our taint, or our version. A real node that happens to have the name of a virtual
 * one must be left alone: its lease, its status and its pods belong to its kubelet.
 */
export function isOwnNode(node: Node): boolean {
  const version = node.status?.nodeInfo?.kubeletVersion ?? '';
  return (
    version.endsWith(`-${VERSION_SUFFIX}`) ||
    (node.spec?.taints ?? []).some(({ key, value }) => key === OWN_TAINT.key && value === OWN_TAINT.value)
  );
}

/** What the node is derived from, besides its settings. */
export interface NodeFacts {
  readonly settings: NodeSettings;
  /** `gitVersion` of the API server. */
  readonly serverVersion: string;
  /** When pod-sync last completed a pass; `undefined`: not known (DynamoDB down, or never): no verdict. */
  readonly lastPassAt: Instant | undefined;
  readonly notReadyWhenStalled: boolean;
  /** Why the breaker holds, if it does. */
  readonly degraded?: string | undefined;
  readonly now: Instant;
}

type Quantities = Record<string, string>;

/** What we write of a node's status. */
export type OwnNodeStatus = NodeStatus & {
  readonly conditions: NodeCondition[];
  readonly capacity: Quantities;
  readonly allocatable: Quantities;
};

/** The Node to create. Taints and labels are set here; the status says Ready at once. */
export function buildNode(facts: NodeFacts): NodeManifest {
  const { settings } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: settings.name, labels: nodeLabels(settings) },
    spec: { taints: [OWN_TAINT, ...settings.taints] },
    status: deriveNodeStatus(undefined, facts),
  };
}

/**
 * Labels of the node. Those of `type` and compute-type keep DaemonSets off that exclude them; the exclude labels keep
 * load balancers from sending traffic to a node without an address.
 */
export function nodeLabels(settings: NodeSettings): Record<string, string> {
  return {
    type: 'virtual-kubelet',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': settings.architecture,
    'kubernetes.io/hostname': settings.name,
    'node.kubernetes.io/instance-type': 'fargate',
    'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
    'topology.kubernetes.io/region': settings.region,
    ...(settings.zone !== undefined && { 'topology.kubernetes.io/zone': settings.zone }),
    ...settings.labels,
  };
}

/** The node's whole status; conditions that are not ours are left out, so that a patch leaves them alone. */
export function deriveNodeStatus(before: Node | undefined, facts: NodeFacts): OwnNodeStatus {
  const { settings } = facts;
  const stalled = isStalled(facts);
  const capacity = { ...settings.capacity };
  return {
    capacity,
    allocatable: { ...capacity, ...(stalled && { pods: '0' }) },
    conditions: nodeConditions(before, facts, stalled),
    nodeInfo: {
      architecture: settings.architecture,
      operatingSystem: 'linux',
      kubeletVersion: kubeletVersion(facts.serverVersion),
      kubeProxyVersion: '',
      containerRuntimeVersion: 'ecs-fargate://1.4.0',
      osImage: 'AWS Fargate',
      kernelVersion: 'fargate',
      machineID: settings.name,
      systemUUID: settings.name,
      bootID: settings.name,
    },
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  };
}

function isStalled({ lastPassAt, now }: NodeFacts): boolean {
  return lastPassAt !== undefined && now - lastPassAt > HEARTBEAT.stalledMs;
}

/** `v1.36.3` becomes `v1.36.3-lambdalet`: as new as the API server, never newer. */
export function kubeletVersion(serverVersion: string): string {
  const match = /^v?(\d+\.\d+\.\d+)/.exec(serverVersion);
  return `v${match?.[1] ?? '1.30.0'}-${VERSION_SUFFIX}`;
}

function nodeConditions(before: Node | undefined, facts: NodeFacts, stalled: boolean): NodeCondition[] {
  const { now } = facts;
  const notReady = stalled && facts.notReadyWhenStalled;
  const stallMessage = `pod-sync has not completed a pass for ${HEARTBEAT.stalledMs / 60_000} minutes; nothing new is bound here. See the runbook "PodSyncStalled".`;
  const wanted: readonly Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>[] = [
    notReady
      ? { type: 'Ready', status: 'False', reason: 'PodSyncStalled', message: stallMessage }
      : { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'lambdalet keeps this node alive' },
    {
      type: 'MemoryPressure',
      status: 'False',
      reason: 'KubeletHasSufficientMemory',
      message: 'every pod has its own Fargate task',
    },
    {
      type: 'DiskPressure',
      status: 'False',
      reason: 'KubeletHasNoDiskPressure',
      message: 'every pod has its own Fargate task',
    },
    {
      type: 'PIDPressure',
      status: 'False',
      reason: 'KubeletHasSufficientPID',
      message: 'every pod has its own Fargate task',
    },
    {
      type: 'NetworkUnavailable',
      status: 'False',
      reason: 'RouteCreated',
      message: 'pods have interfaces in the VPC',
    },
    stalled
      ? { type: 'PodSyncStalled', status: 'True', reason: 'NoRecentPass', message: stallMessage }
      : { type: 'PodSyncStalled', status: 'False', reason: 'PassesComplete', message: 'pods are synced' },
    facts.degraded === undefined
      ? {
          type: 'Degraded',
          status: 'False',
          reason: 'NothingInDoubt',
          message: 'tasks and pods are all accounted for',
        }
      : {
          type: 'Degraded',
          status: 'True',
          reason: 'TooMuchAbsent',
          message: `${facts.degraded}: nothing is stopped because of it until two complete looks ten minutes apart agree. See the runbook "Degraded".`,
        },
  ];
  return wanted.map((condition) => {
    const old = before?.status?.conditions?.find(({ type }) => type === condition.type);
    const since = old?.status === condition.status ? old.lastTransitionTime : undefined;
    return { ...condition, lastHeartbeatTime: toTime(now), lastTransitionTime: since ?? toTime(now) };
  });
}

/**
 * The status to write to an existing Node, or `undefined` when nothing is due: written at once when Ready is not what it
 * should be or something else differs, else every minute (the lease alone never restores a node that went Unknown).
 */
export function dueNodeStatus(node: Node, facts: NodeFacts): OwnNodeStatus | undefined {
  const wanted = deriveNodeStatus(node, facts);
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const age = facts.now - (fromTime(ready?.lastHeartbeatTime) ?? 0);
  return age >= HEARTBEAT.statusMs || !sameStatus(node, wanted) ? wanted : undefined;
}

function sameStatus(node: Node, wanted: OwnNodeStatus): boolean {
  const have = node.status;
  const conditionsHold = wanted.conditions.every(({ type, status, reason }) =>
    have?.conditions?.some(
      (condition) => condition.type === type && condition.status === status && condition.reason === reason,
    ),
  );
  return (
    conditionsHold &&
    holdsQuantities(have?.capacity, wanted.capacity) &&
    holdsQuantities(have?.allocatable, wanted.allocatable) &&
    have?.nodeInfo?.kubeletVersion === wanted.nodeInfo?.kubeletVersion
  );
}

/** The API server writes quantities its own way (`2000` becomes `2k`), and others may add resources: only our values count. */
function holdsQuantities(have: Quantities = {}, wanted: Quantities): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => parseQuantity(have[name] ?? '') === parseQuantity(value),
  );
}

/** Labels of ours that the Node lacks or has otherwise; `undefined` when there is none. */
export function dueNodeLabels(node: Node, settings: NodeSettings): Record<string, string> | undefined {
  const missing = Object.entries(nodeLabels(settings)).filter(
    ([key, value]) => node.metadata.labels?.[key] !== value,
  );
  return missing.length === 0 ? undefined : Object.fromEntries(missing);
}
