// What a PATCH of a status sub-resource makes of it on a real API server, as far as the product relies on it. Learnt from
// kube-apiserver 1.36; the contract suite holds this and the real one side by side.
import type { NodeStatus, Pod, PodStatus } from '../../lib/core/kubernetes.ts';

type Json = Record<string, unknown>;

interface Condition {
  readonly type: string;
  readonly reason?: string;
  readonly message?: string;
}

/**
 * Merges lists of conditions by type: a condition that is not given stays. A given one is merged field by field, but its
 * reason and message replace the old ones even by their absence: the port promises it, and the adapter sends them as null.
 */
function mergeByType(old: readonly Condition[] | undefined, given: readonly Condition[]): Condition[] {
  const merged = new Map((old ?? []).map((condition) => [condition.type, condition]));
  for (const condition of given) {
    const { reason: _reason, message: _message, ...kept } = merged.get(condition.type) ?? condition;
    merged.set(condition.type, { ...kept, ...condition });
  }
  return [...merged.values()];
}

/** Drops what Go's `omitempty` drops: empty texts and lists at the top of a status. */
function omitEmpty(status: Json): Json {
  return Object.fromEntries(
    Object.entries(status).filter(
      ([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

/** A pod's status after a strategic-merge patch, in the form in which the API server gives it back. */
export function mergePodStatus(old: PodStatus | undefined, given: Partial<PodStatus>): PodStatus {
  const merged: PodStatus = { ...old, ...structuredClone(given) };
  if (given.conditions) merged.conditions = mergeByType(old?.conditions, given.conditions) as never;
  // podIP is the authority where podIP and podIPs differ, for the sake of kubelets that knew only the former.
  if (merged.podIP && merged.podIP !== merged.podIPs?.[0]?.ip) merged.podIPs = [{ ip: merged.podIP }];
  if (!merged.podIP && merged.podIPs?.[0]?.ip) merged.podIP = merged.podIPs[0].ip;
  return asServed(merged);
}

function asServed(status: PodStatus): PodStatus {
  const served = omitEmpty(status) as PodStatus;
  if (served.conditions) {
    // Times that are not pointers in Go are written as null, never left out.
    served.conditions = served.conditions.map((condition) =>
      omitEmpty({ lastProbeTime: null, lastTransitionTime: null, ...condition }),
    ) as never;
  }
  for (const list of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) {
    const statuses = served[list];
    if (statuses) served[list] = statuses.map(containerAsServed);
  }
  return served;
}

type ContainerStatuses = NonNullable<PodStatus['containerStatuses']>;

function containerAsServed(status: ContainerStatuses[number]): ContainerStatuses[number] {
  return {
    ...status,
    state: stateAsServed(status.state),
    lastState: stateAsServed(status.lastState),
  };
}

function stateAsServed(
  state: ContainerStatuses[number]['state'],
): NonNullable<ContainerStatuses[number]['state']> {
  const served: Json = {};
  if (state?.running) served['running'] = { startedAt: null, ...state.running };
  if (state?.waiting) served['waiting'] = omitEmpty(state.waiting);
  if (state?.terminated)
    served['terminated'] = omitEmpty({ startedAt: null, finishedAt: null, ...state.terminated });
  return served;
}

/**
 * The API server's own words when a status would bring a finished container back to life (422), else `undefined`. Under
 * `Never` nothing comes back; under `OnFailure` a container that exited with 0 does not.
 */
export function refusalOf(pod: Pod, next: PodStatus): string | undefined {
  for (const [index, old] of (pod.status?.containerStatuses ?? []).entries()) {
    if (!isFinal(old, pod.spec.restartPolicy)) continue;
    const now = next.containerStatuses?.find((status) => status.name === old.name);
    if (now?.state?.terminated) continue;
    const path = `status.containerStatuses[${index}].state`;
    return `Pod "${pod.metadata.name}" is invalid: ${path}: Forbidden: may not be transitioned to non-terminated state`;
  }
  return undefined;
}

function isFinal(status: ContainerStatuses[number], policy: string | undefined): boolean {
  const ended = status.state?.terminated;
  if (!ended) return false;
  return policy === 'Never' || (policy === 'OnFailure' && ended.exitCode === 0);
}

/** A node's status after a strategic-merge patch: conditions by type, maps by key, addresses replaced whole. */
export function mergeNodeStatus(old: NodeStatus | undefined, given: Partial<NodeStatus>): NodeStatus {
  const merged: NodeStatus = { ...old, ...structuredClone(given) };
  if (given.conditions) merged.conditions = mergeByType(old?.conditions, given.conditions) as never;
  for (const map of ['capacity', 'allocatable', 'nodeInfo', 'daemonEndpoints'] as const) {
    if (given[map]) Object.assign(merged, { [map]: { ...old?.[map], ...given[map] } });
  }
  return merged;
}
