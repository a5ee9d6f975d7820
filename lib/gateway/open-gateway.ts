import { acceptsConnections } from '../adapters/https-server/accepts-connections.ts';
import {
  startHttpsServer,
  type HttpsServer,
  type KeyPair,
} from '../adapters/https-server/start-https-server.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import { createKubeletApi, type KubeletApi } from '../kubelet-api/create-kubelet-api.ts';
import { createHandlers } from '../kubelet-api/create-handlers.ts';
import { createLogHub } from '../kubelet-api/logs/follow-log.ts';
import { tellPause } from '../kubelet-api/logs/tell-pause.ts';
import type { AccessReviews } from '../ports/access.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContainerUses } from '../ports/container-use.ts';
import type { Exec } from '../ports/exec.ts';
import type { Logs } from '../ports/logs.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { PodDialer } from '../ports/pod-dialer.ts';
import type { Pods } from '../ports/pods.ts';
import type { Provider } from '../ports/provider.ts';
import type { Records } from '../ports/records.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { ClientTrust } from './client-trust.ts';
import { publishAddresses, type Endpoint } from './publish-address.ts';

/** What a gateway serves from. */
export interface GatewayPorts {
  readonly pods: Pods;
  readonly nodes: Nodes;
  readonly reviews: AccessReviews;
  readonly records: Records;
  readonly provider: Provider;
  readonly logs: Logs;
  readonly exec: Exec;
  readonly dialer: PodDialer;
  /** Absent: nothing measures the tasks. */
  readonly uses?: ContainerUses | undefined;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Gets the serving certificate of a node, and a new one in time. */
export interface ServingCertificates {
  /**
   * Resolves when `show` was called with the first one, which is good for the address; calls it again with each that follows, until
   * `signal` aborts.
   */
  keep(node: string, address: string, show: (serving: KeyPair) => void, signal: AbortSignal): Promise<void>;
}

/** Where a gateway listens, and whom it takes. */
export interface GatewayPlace {
  /** To listen at. */
  readonly host: string;
  /** That API servers dial. */
  readonly address: string;
  /** By the position of the node in the settings; 0: a free one. */
  readonly portOf: (index: number) => number;
  /** Whom the certificates of callers must be from. */
  readonly clients: ClientTrust;
  readonly serving: ServingCertificates;
}

/** A gateway that serves, or is about to. */
export interface Gateway {
  /** Where each node is served, as soon as all are. Rejects when one of them cannot be. */
  readonly opened: Promise<readonly Endpoint[]>;
  /** Withdraws the addresses, gives answers that are under way `patienceMs`, and ends. */
  close(patienceMs?: number): Promise<void>;
}

/**
 * Serves the kubelet API of each node at a port of its own, and says so on the Node. A node that cannot be served keeps none back.
 * @param lookEvery milliseconds after which each Node is looked at again, at the latest
 */
export function openGateway(
  ports: GatewayPorts,
  nodes: readonly Pick<NodeSettings, 'name'>[],
  place: GatewayPlace,
  lookEvery = Number.POSITIVE_INFINITY,
): Gateway {
  const hub = createLogHub({ ...ports, onPause: tellPause(ports.telemetry) });
  const api = createKubeletApi({ ...ports, hub, handlers: createHandlers({ ...ports, hub }) });
  const closing = new AbortController();
  const servers: HttpsServer[] = [];
  const published: Promise<void>[] = [];
  let authorities = '';
  const trusting = place.clients.keep((next) => {
    authorities = next;
    for (const server of servers) server.trust(next);
  }, closing.signal);
  const open = async ({ name }: Pick<NodeSettings, 'name'>, index: number): Promise<Endpoint> => {
    await trusting;
    const server = await serveNode(ports, api, place, { name, index, authorities, signal: closing.signal });
    servers.push(server);
    // They may have become others meanwhile.
    server.trust(authorities);
    // Whoever closed it meanwhile did not know of this one.
    if (closing.signal.aborted) await server.close();
    const endpoint = { node: name, address: place.address, port: server.port };
    const publish = { ...ports, clock: noLonger(ports.clock, lookEvery), answers: acceptsConnections };
    if (!closing.signal.aborted) published.push(publishAddresses(publish, [endpoint], closing.signal));
    return endpoint;
  };
  const opened = Promise.all(nodes.map(open));
  // Whoever awaits it learns of it; without this a gateway that is closed meanwhile would end in an unhandled rejection.
  opened.catch(() => undefined);
  return {
    opened,
    close: async (patienceMs = 0) => {
      closing.abort();
      // At once: a slow API server must not take from the time that streams have.
      await Promise.all([...published, ...servers.map((server) => server.close(patienceMs))]);
    },
  };
}

/** A clock whose sleeps end after so many milliseconds. */
function noLonger(clock: Clock, most: number): Pick<Clock, 'now' | 'sleep'> {
  return {
    now: () => clock.now(),
    sleep: (until, signal) => clock.sleep(Math.min(until, clock.now() + most), signal),
  };
}

interface ServedNode {
  readonly name: string;
  readonly index: number;
  /** PEM of whom it trusts to begin with. */
  readonly authorities: string;
  readonly signal: AbortSignal;
}

/** Listens from the first certificate on. */
async function serveNode(
  { telemetry, clock }: Pick<GatewayPorts, 'telemetry' | 'clock'>,
  api: KubeletApi,
  { host, address, portOf, serving }: GatewayPlace,
  { name, index, authorities, signal }: ServedNode,
): Promise<HttpsServer> {
  const shown: { serving?: KeyPair; server?: HttpsServer } = {};
  const show = (next: KeyPair): void => {
    shown.serving = next;
    shown.server?.show(next);
  };
  await serving.keep(name, address, show, signal);
  if (shown.serving === undefined) throw new Error(`There is no serving certificate for node ${name}`);
  const first = shown.serving;
  const server = await startHttpsServer({
    ...{ host, port: portOf(index), serving: first, clientAuthorities: authorities, clock, telemetry },
    answer: (request, certificate) => api({ ...request, node: name }, certificate),
  });
  shown.server = server;
  if (shown.serving !== first) server.show(shown.serving);
  return server;
}
