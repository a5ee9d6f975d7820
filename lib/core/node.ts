import {
  fromTime,
  type Node,
  type NodeCondition,
  type NodeManifest,
  type NodeStatus,
  type Taint,
} from './kubernetes.ts';
import { nodeConditions } from './node-conditions.ts';
import { dueHint } from './node-endpoint.ts';
import { HEARTBEAT, type NodeFacts } from './node-facts.ts';
import { nodeResources, type Quantities } from './node-resources.ts';
import type { NodeSettings } from './node-settings.ts';
import { parseQuantity } from './parse-quantity.ts';

/** What this version calls itself in `kubeletVersion`. */
const VERSION_SUFFIX = 'lambdalet';

/** The taint that keeps pods off unless they ask for this node. Never NoExecute: it would evict pods bound by name. */
export const OWN_TAINT: Taint = {
  key: 'virtual-kubelet.io/provider',
  value: 'lambdalet',
  effect: 'NoSchedule',
};

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

/** What we write of a node's status. */
export type OwnNodeStatus = NodeStatus & {
  readonly conditions: NodeCondition[];
  readonly capacity: Quantities;
  readonly allocatable: Quantities;
};

/**
 * The Node to create. Taints and labels are set here; the status says Ready at once. It has no `providerID`: with none the cloud
 * controller of AWS fails to look the node up and leaves it alone, and Cluster Autoscaler skips it; with one of a form that either
 * takes for an instance it would be looked up in EC2, not be found, and the Node be deleted. It can be set once, and never changed.
 */
export function buildNode(facts: NodeFacts): NodeManifest {
  const { settings } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: settings.name, labels: nodeLabels(settings) },
    spec: { taints: nodeTaints(settings) },
    status: deriveNodeStatus(undefined, facts),
  };
}

/** Taints of the node. */
export function nodeTaints({ taints }: Pick<NodeSettings, 'taints'>): Taint[] {
  return [OWN_TAINT, ...taints];
}

/**
 * Labels of the node. DaemonSets tolerate every taint: only labels keep them off. Those of EKS and its add-ons (aws-node, kube-proxy, CSI)
 * leave nodes of the compute type `fargate` out, those made for virtual kubelets `type=virtual-kubelet`. The AWS Load Balancer
 * Controller finds the pods of a node of that compute type by their addresses. The exclude label keeps load balancers from sending
 * traffic to a node without an address. A zone is named only where every subnet lies in it, because volumes and spread rely on it.
 */
export function nodeLabels(settings: NodeSettings): Record<string, string> {
  return { ...ownLabels(settings), ...settings.labels };
}

function ownLabels(
  settings: Pick<NodeSettings, 'name' | 'architecture' | 'capacityType' | 'region' | 'zone'>,
): Record<string, string> {
  return {
    type: 'virtual-kubelet',
    'eks.amazonaws.com/compute-type': 'fargate',
    'lambdalet.dev/capacity-type': settings.capacityType,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': settings.architecture,
    'kubernetes.io/hostname': settings.name,
    'node.kubernetes.io/instance-type': 'fargate',
    'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
    'topology.kubernetes.io/region': settings.region,
    ...(settings.zone !== undefined && { 'topology.kubernetes.io/zone': settings.zone }),
  };
}

/**
 * The labels whose values are facts, or that other parts match: settings may not change them. The compute type is no such one: clusters
 * whose add-ons mistake it for Fargate of EKS take it back (docs/node.md).
 */
export const FIXED_LABELS: readonly string[] = Object.keys(
  ownLabels({ name: '', architecture: 'amd64', capacityType: 'on-demand', region: '', zone: '' }),
).filter((key) => key !== 'eks.amazonaws.com/compute-type');

/**
 * The node's whole status; conditions that are not ours are left out, so that a patch leaves them alone. So is what a gateway has
 * written; without one there is an address for people and no port: `kubectl logs` then ends at once with words that say what to do.
 */
export function deriveNodeStatus(before: Node | undefined, facts: NodeFacts): OwnNodeStatus {
  const { settings } = facts;
  return {
    ...nodeResources(before, facts),
    conditions: nodeConditions(before, facts),
    nodeInfo: {
      architecture: settings.architecture,
      operatingSystem: 'linux',
      kubeletVersion: kubeletVersion(facts.serverVersion),
      kubeProxyVersion: '',
      containerRuntimeVersion: `ecs://${platformOf(settings)}`,
      osImage: 'AWS Fargate',
      // Every task has a kernel of its own, and nobody tells which: kubectl shows an empty one as unknown.
      kernelVersion: '',
      machineID: settings.name,
      systemUUID: settings.name,
      bootID: settings.name,
    },
    ...dueHint(before, facts.hasGateway),
  };
}

/** The platform version of tasks; the scheme before it is that of container ids. Of Linux, the latest has been 1.4.0 since 2020. */
function platformOf({ platformVersion = 'LATEST' }: NodeSettings): string {
  return platformVersion === 'LATEST' ? '1.4.0' : platformVersion;
}

/** `v1.36.3` becomes `v1.36.3-lambdalet`: as new as the API server, never newer. */
export function kubeletVersion(serverVersion: string): string {
  const match = /^v?(\d+\.\d+\.\d+)/.exec(serverVersion);
  return `v${match?.[1] ?? '1.30.0'}-${VERSION_SUFFIX}`;
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
  const { addresses, daemonEndpoints, declaredFeatures } = wanted;
  return (
    conditionsHold &&
    addresses === undefined &&
    daemonEndpoints === undefined &&
    declaredFeatures === undefined &&
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
