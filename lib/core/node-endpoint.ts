import type { Node, NodeStatus } from './kubernetes.ts';
import { sameJson } from './same-json.ts';

/** How the kubelet API of a node is reached: what its gateway writes of the status, and what stands there while there is none. */
export type NodeEndpoint = Required<Pick<NodeStatus, 'addresses' | 'daemonEndpoints' | 'declaredFeatures'>>;

/** The fields of a status that make up its endpoint. */
export type EndpointFields = Partial<NodeEndpoint>;

/**
 * The type of the one address of a node that has no gateway. No API server dials it, whatever its order of types, so that `kubectl logs`
 * and `kubectl exec` end at once and print it among the "known addresses"; and no scraper takes it for a host, because all choose by the
 * types that they know.
 */
const NO_GATEWAY = 'NoGateway';

/** What the address says, to people. */
const HINTS = {
  absent: 'use "lambdalet logs <namespace>/<pod>", or switch the gateway on (docs/gateway.md)',
  away: 'the gateway is not up (docs/gateway.md); until it is, use "lambdalet logs <namespace>/<pod>"',
} as const;

/**
 * What API servers from 1.36 on forward: WebSockets go straight to nodes that declare it
 * (https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/ExtendWebSocketsToKubelet).
 */
const FEATURES: readonly string[] = ['ExtendWebSocketsToKubelet'];

/** The kubelet's own port (`DefaultKubeletPort`): what API servers take where none is set, and that of the first node of a gateway. */
export const KUBELET_PORT = 10_250;

/** The endpoint of a node that a gateway serves at this address. */
export function gatewayEndpoint({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): NodeEndpoint {
  return {
    addresses: [{ type: 'InternalIP', address }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    declaredFeatures: [...FEATURES],
  };
}

/** The endpoint of a node that no gateway serves now. */
export function hintEndpoint(hasGateway: boolean): NodeEndpoint {
  return {
    addresses: [{ type: NO_GATEWAY, address: hasGateway ? HINTS.away : HINTS.absent }],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    declaredFeatures: [],
  };
}

/** Where the API server finds the kubelet of the node, or `undefined`: its addresses are for people, or there are none. */
export function dialledAddress(status: EndpointFields | undefined): string | undefined {
  return status?.addresses?.find(({ type }) => type !== NO_GATEWAY)?.address;
}

/** The fields of `wanted` that the status has otherwise. An API server that does not know `declaredFeatures` leaves them out. */
export function endpointDifference(have: EndpointFields | undefined, wanted: NodeEndpoint): EndpointFields {
  const port = wanted.daemonEndpoints.kubeletEndpoint?.Port ?? 0;
  return {
    ...(!sameJson(inOrder(have?.addresses), inOrder(wanted.addresses)) && { addresses: wanted.addresses }),
    ...((have?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0) !== port && {
      daemonEndpoints: wanted.daemonEndpoints,
    }),
    ...(!sameJson(have?.declaredFeatures ?? [], wanted.declaredFeatures) && {
      declaredFeatures: wanted.declaredFeatures,
    }),
  };
}

function inOrder(addresses: NodeEndpoint['addresses'] = []): readonly string[] {
  return addresses.map(({ type, address }) => `${type} ${address}`);
}

/**
 * What the heartbeat writes of the endpoint. Where there is a gateway, an address that is dialled is its own business; else the node says
 * what to do instead, and whatever a gateway has left behind goes. Only what differs is written: a gateway may publish its address at
 * the same moment.
 */
export function dueHint(before: Node | undefined, hasGateway: boolean): EndpointFields {
  const have = before?.status;
  if (hasGateway && dialledAddress(have) !== undefined) return {};
  return endpointDifference(have, hintEndpoint(hasGateway));
}
