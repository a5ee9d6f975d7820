import type { AccessReviews } from '../../ports/access.ts';
import type { CertificateRequests } from '../../ports/certificate-requests.ts';
import type { Events } from '../../ports/events.ts';
import type { ClusterInfo, Leases, Nodes } from '../../ports/nodes.ts';
import type { Objects } from '../../ports/objects.ts';
import type { Pods } from '../../ports/pods.ts';
import { type ApisOptions, createApis } from './act-as-node.ts';
import { createClientAuthorities, type ClientAuthorities } from './client-authorities.ts';
import { createClusterInfo } from './cluster-info.ts';
import { createAccessReviews } from './kubernetes-access.ts';
import { createCertificateRequests } from './kubernetes-certificates.ts';
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
  readonly reviews: AccessReviews;
  readonly certificates: CertificateRequests;
  readonly authorities: ClientAuthorities;
}

/**
 * The ports of the cluster that `identity` leads to, over one set of connections. Nothing is sent before the first call: a bad
 * kubeconfig or an API server that is away shows there, as a `FailureError`. Where nodes are impersonated, what a kubelet does for
 * its node is done as that node; the rest, which the Node authorizer gives no node, always as the identity itself.
 */
export function createKubernetes(options: ApisOptions): Kubernetes {
  const apis = createApis(options);
  return {
    pods: createPods(apis),
    nodes: createNodes(apis),
    leases: createLeases(apis),
    cluster: createClusterInfo(apis.own),
    events: createEvents(apis, options.telemetry),
    objects: createObjects(apis, options),
    reviews: createAccessReviews(apis),
    certificates: createCertificateRequests(apis),
    authorities: createClientAuthorities(apis.own),
  };
}
