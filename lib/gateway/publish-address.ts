import { failureOf } from '../core/failure.ts';
import type { Node } from '../core/kubernetes.ts';
import { isOwnNode } from '../core/node.ts';
import {
  dialledAddress,
  endpointDifference,
  gatewayEndpoint,
  hintEndpoint,
  KUBELET_PORT,
  type EndpointFields,
} from '../core/node-endpoint.ts';
import type { Clock } from '../ports/clock.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** Each Node is looked at this often: one that was made anew, or written by another, is published again. */
const LOOK_MS = 30_000;
/** Another gateway is as good as gone when it was silent in so many looks in a row. */
const SILENT_LOOKS = 3;

/** What publishing needs. */
export interface PublishDeps {
  readonly nodes: Pick<Nodes, 'get' | 'patchStatus'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
  /** Whether something accepts connections there. Never rejects. */
  readonly answers: (address: string, port: number) => Promise<boolean>;
}

/** Where the gateway serves the kubelet API of one node. */
export interface Endpoint {
  readonly node: string;
  readonly address: string;
  readonly port: number;
}

/** What a gateway knows of a Node that it publishes itself on. */
interface Publishing {
  /** Whether it has published itself there before: a new gateway takes over from whichever was there, an old one yields. */
  readonly isNew: boolean;
  /** Looks in a row at which the other gateway did not answer. */
  readonly silentLooks: number;
  /** `false`: this API server drops `declaredFeatures`. */
  readonly knowsFeatures: boolean;
}

/** What a look at a Node ends in. `ask`: whether the other gateway, whose address stands there, still answers. */
type Decision =
  | { readonly kind: 'leave' }
  | { readonly kind: 'ask'; readonly address: string; readonly port: number }
  | { readonly kind: 'write'; readonly fields: EndpointFields };

const FRESH: Publishing = { isNew: true, silentLooks: 0, knowsFeatures: true };

/** What is due on a Node: only what differs, and nothing on one that is not ours, that is not there, or that a newer gateway has. */
function decideEndpoint(node: Node | undefined, own: Endpoint, state: Publishing): Decision {
  if (node === undefined || !isOwnNode(node)) return { kind: 'leave' };
  const address = dialledAddress(node.status);
  const isOther = address !== undefined && address !== own.address;
  if (isOther && !state.isNew && state.silentLooks < SILENT_LOOKS)
    return { kind: 'ask', address, port: portOf(node) };
  const { declaredFeatures, ...known } = endpointDifference(node.status, gatewayEndpoint(own));
  const fields = {
    ...known,
    ...(declaredFeatures !== undefined && state.knowsFeatures && { declaredFeatures }),
  };
  return Object.keys(fields).length === 0 ? { kind: 'leave' } : { kind: 'write', fields };
}

/**
 * Publishes the gateway on the Nodes that it serves, and goes on to see that it stays there, until `signal` aborts; then withdraws
 * wherever its own address still stands, so that `kubectl logs` ends at once and not in a time-out. Never rejects.
 */
export async function publishAddresses(
  deps: PublishDeps,
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(endpoints.map((endpoint) => keepPublished(deps, endpoint, signal)));
}

async function keepPublished(deps: PublishDeps, own: Endpoint, signal: AbortSignal): Promise<void> {
  const { clock, telemetry } = deps;
  for (let state = FRESH; !signal.aborted;) {
    try {
      state = await look(deps, own, state);
    } catch (thrown) {
      telemetry.warn('The address could not be published', { node: own.node, failure: failureOf(thrown) });
    }
    await clock.sleep(clock.now() + LOOK_MS, signal);
  }
  try {
    await withdraw(deps, own);
  } catch (thrown) {
    telemetry.warn('The address could not be withdrawn', { node: own.node, failure: failureOf(thrown) });
  }
}

async function look(deps: PublishDeps, own: Endpoint, state: Publishing): Promise<Publishing> {
  const node = await deps.nodes.get(own.node);
  const decision = decideEndpoint(node, own, state);
  switch (decision.kind) {
    case 'leave':
      return isAt(node, own) ? { ...state, isNew: false, silentLooks: 0 } : state;
    case 'ask': {
      const isThere = await deps.answers(decision.address, decision.port);
      return { ...state, silentLooks: isThere ? 0 : state.silentLooks + 1 };
    }
    case 'write':
      return write(deps, own, decision.fields, state);
  }
}

async function write(
  { nodes, telemetry }: PublishDeps,
  own: Endpoint,
  fields: EndpointFields,
  state: Publishing,
): Promise<Publishing> {
  const outcome = await nodes.patchStatus(own.node, fields);
  if (outcome.kind === 'gone') return state;
  telemetry.info('The address of the gateway is published', { ...own });
  const isKept = (outcome.node.status?.declaredFeatures ?? []).length > 0;
  return { isNew: false, silentLooks: 0, knowsFeatures: state.knowsFeatures && isKept };
}

async function withdraw({ nodes, telemetry }: PublishDeps, own: Endpoint): Promise<void> {
  const node = await nodes.get(own.node);
  if (node === undefined || !isOwnNode(node) || !isAt(node, own)) return;
  await nodes.patchStatus(own.node, endpointDifference(node.status, hintEndpoint(true)));
  telemetry.info('The address of the gateway is withdrawn', { ...own });
}

function isAt(node: Node | undefined, { address, port }: Endpoint): boolean {
  return node !== undefined && dialledAddress(node.status) === address && portOf(node) === port;
}

function portOf(node: Node): number {
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  return port === 0 ? KUBELET_PORT : port;
}
