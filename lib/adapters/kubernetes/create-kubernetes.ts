import type { Events } from '../../ports/events.ts';
import type { ClusterInfo, Leases, Nodes } from '../../ports/nodes.ts';
import type { Objects } from '../../ports/objects.ts';
import type { Pods } from '../../ports/pods.ts';
import { type ApiOptions, createApi } from './call-api.ts';
import { createClusterInfo } from './cluster-info.ts';
import { createEvents } from './kubernetes-events.ts';
import { createLeases } from './kubernetes-leases.ts';
import { createNodes } from './kubernetes-nodes.ts';
import { createObjects } from './kubernetes-objects.ts';
import { createPods } from './kubernetes-pods.ts';

/** All ports of one cluster. */
export interface Kubernetes {
  readonly pods: Pods;
  readonly nodes: Nodes;
  readonly leases: Leases;
  readonly cluster: ClusterInfo;
  readonly events: Events;
  readonly objects: Objects;
}

/**
 * The ports of the cluster that `identity` leads to, over one set of connections. Nothing is sent before the first call: a bad
 * kubeconfig or an API server that is away shows there, as a `FailureError`.
 */
export function createKubernetes(options: ApiOptions): Kubernetes {
  const api = createApi(options);
  return {
    pods: createPods(api),
    nodes: createNodes(api),
    leases: createLeases(api),
    cluster: createClusterInfo(api),
    events: createEvents(api, options.telemetry),
    objects: createObjects(api, options),
  };
}
