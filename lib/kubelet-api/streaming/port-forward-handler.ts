import { createWebSocketStream } from 'ws';
import type { Duplex } from 'node:stream';
import type { PodDialer } from '../../ports/pod-dialer.ts';
import type { Records } from '../../ports/records.ts';
import { textAnswer, type ApiRequest } from '../exchange.ts';
import type { Handlers } from '../handlers.ts';
import { acceptWebSocket } from './accept-web-socket.ts';
import { chooseUpgrade } from './choose-upgrade.ts';
import type { StreamClock } from './connection-life.ts';
import { findAddress, findPod, type PodLookUp } from './find-container.ts';
import { forwardConnection } from './forward-connection.ts';
import { forwardOverChannels } from './forward-over-channels.ts';
import { forwardOverSpdy, readPort, type ForwardWays } from './forward-over-spdy.ts';
import { switchProtocols } from './transport.ts';

/** What port-forward works with. */
export interface PortForwardDeps extends PodLookUp {
  readonly records: Pick<Records, 'get'>;
  readonly dialer: PodDialer;
  readonly clock: StreamClock;
}

/** SPDY inside a WebSocket: what API servers and kubectl tunnel it with. */
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const SPOKEN = {
  spdy: ['portforward.k8s.io'],
  webSocket: [TUNNEL, 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'],
} as const;

type Chosen = Exclude<ReturnType<typeof chooseUpgrade<string, string>>, { kind: 'none' }>;
type Serve = (transport: Duplex, head: Uint8Array) => Promise<void>;

/** Forwards connections to ports of a pod, by the rules and in the words of the kubelet (`getPortForward`). */
export function createPortForwardHandler(deps: PortForwardDeps): Handlers['portForward'] {
  const { records, dialer, clock } = deps;
  return async (request, of) => {
    const chosen = chooseUpgrade<string, string>(request, SPOKEN);
    const ports = readPorts(request, chosen);
    if (typeof ports === 'string') return textAnswer(400, ports);
    const found = await findPod(deps, request, of);
    if ('answer' in found) return found.answer;
    const { metadata } = found.pod;
    if (of.uid !== undefined && metadata.uid !== of.uid) return textAnswer(404, 'pod not found');
    const place = await findAddress(records, request.node, found.pod);
    if ('answer' in place) return place.answer;
    if (chosen.kind === 'none') return chosen.answer;
    const forward: ForwardWays['forward'] = (port, client) =>
      forwardConnection((signal) => dialer.dial(place.address, port, signal), {
        ...client,
        fail: (why) =>
          client.fail(`error forwarding port ${port} to pod ${metadata.name}, uid ${metadata.uid}: ${why}`),
        // A fault of ours must not end the process for everybody.
      }).catch(() => client.reset());
    return { kind: 'upgrade', serve: neverReject(serveOver(request, chosen, ports, { clock, forward })) };
  };
}

/** The ports that a WebSocket without a tunnel names beforehand, or what is wrong with them (`NewV4Options`). */
function readPorts({ query }: ApiRequest, chosen: { kind: string; protocol?: string | undefined }) {
  if (chosen.kind !== 'websocket' || chosen.protocol === TUNNEL) return [];
  const texts = query.getAll('port').flatMap((text) => text.split(','));
  if (texts.length === 0) return 'query parameter "port" is required';
  const ports: number[] = [];
  for (const text of texts) {
    const port = readPort(text);
    if (port === undefined) return `unable to parse "${text}" as a port: from 1 to 65535`;
    ports.push(port);
  }
  return ports;
}

function serveOver(
  request: ApiRequest,
  { kind, protocol }: Chosen,
  ports: readonly number[],
  ways: ForwardWays,
): Serve {
  return async (transport, head) => {
    if (kind === 'spdy') {
      switchProtocols(transport, {
        Connection: 'Upgrade',
        Upgrade: 'SPDY/3.1',
        'X-Stream-Protocol-Version': protocol,
      });
      return forwardOverSpdy(transport, head, ways);
    }
    const asked = { request, transport, head, protocol };
    if (protocol !== TUNNEL) return forwardOverChannels(asked, ports, ways);
    const socket = acceptWebSocket(asked);
    if (socket === undefined) return;
    await forwardOverSpdy(createWebSocketStream(socket), new Uint8Array(0), ways);
  };
}

/** A fault of ours must not leave a client waiting. */
function neverReject(serve: Serve): Serve {
  return async (transport, head) => {
    try {
      await serve(transport, head);
    } catch {
      transport.destroy();
    }
  };
}
