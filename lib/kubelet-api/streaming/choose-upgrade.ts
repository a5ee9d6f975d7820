import { textAnswer, type ApiAnswer, type ApiRequest } from '../exchange.ts';

/** The protocol that a client and this server both speak. */
export type ChosenUpgrade<Spdy extends string, WebSocket extends string> =
  | { readonly kind: 'spdy'; readonly protocol: Spdy }
  | { readonly kind: 'websocket'; readonly protocol: WebSocket | undefined }
  | { readonly kind: 'none'; readonly answer: ApiAnswer };

/** What this server speaks: of each kind. */
export interface Spoken<Spdy extends string, WebSocket extends string> {
  readonly spdy: readonly Spdy[];
  /** Before anything else where the client offers them, in this order. */
  readonly webSocket: readonly WebSocket[];
}

/**
 * The first protocol of the client that this server speaks, by the rules and in the words of the kubelet (k8s.io/streaming `Handshake`,
 * `UpgradeResponse`, `wsstream.handshake`). A WebSocket may come without any.
 */
export function chooseUpgrade<Spdy extends string, WebSocket extends string>(
  request: ApiRequest,
  spoken: Spoken<Spdy, WebSocket>,
): ChosenUpgrade<Spdy, WebSocket> {
  const { headers } = request;
  const upgrade = headers['upgrade']?.toLowerCase() ?? '';
  const isUpgrade = headers['connection']?.toLowerCase().includes('upgrade') === true;
  if (isUpgrade && upgrade === 'websocket') return chooseWebSocket(request, spoken.webSocket);
  if (!isUpgrade || !upgrade.includes('spdy/3.1'))
    return none(
      400,
      'unable to upgrade: missing upgrade headers in request: SPDY/3.1 or websocket is needed',
    );
  return chooseSpdy(headers['x-stream-protocol-version'], spoken.spdy);
}

function chooseSpdy<Spdy extends string>(
  offer: string | undefined,
  spoken: readonly Spdy[],
): ChosenUpgrade<Spdy, never> {
  if (offer === undefined)
    return none(400, 'unable to upgrade: header X-Stream-Protocol-Version does not exist in request');
  const offered = listOf(offer);
  if (offered.length === 0)
    return none(400, 'unable to upgrade: header X-Stream-Protocol-Version contains no valid protocols');
  const protocol = firstSpoken(offered, spoken);
  if (protocol !== undefined) return { kind: 'spdy', protocol };
  return none(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${spoken.join(' ')}]`,
  );
}

function chooseWebSocket<WebSocket extends string>(
  { method, headers }: ApiRequest,
  spoken: readonly WebSocket[],
): ChosenUpgrade<never, WebSocket> {
  const key = headers['sec-websocket-key'] ?? '';
  const isWhole = method === 'GET' && /^[+/0-9A-Za-z]{22}==$/.test(key);
  if (!isWhole || headers['sec-websocket-version'] !== '13')
    return none(400, 'unable to upgrade websocket connection: not a handshake of version 13');
  const offered = listOf(headers['sec-websocket-protocol'] ?? '');
  if (offered.length === 0) return { kind: 'websocket', protocol: undefined };
  const protocol = spoken.find((one) => offered.includes(one));
  if (protocol !== undefined) return { kind: 'websocket', protocol };
  return none(
    403,
    `unable to upgrade websocket connection: requested protocol(s) are not supported: [${offered.join(' ')}]; supports [${spoken.join(' ')}]`,
  );
}

function firstSpoken<Name extends string>(
  offered: readonly string[],
  spoken: readonly Name[],
): Name | undefined {
  for (const name of offered) {
    const known = spoken.find((one) => one === name);
    if (known !== undefined) return known;
  }
  return undefined;
}

function listOf(header: string): readonly string[] {
  return header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function none(status: number, message: string): { readonly kind: 'none'; readonly answer: ApiAnswer } {
  return { kind: 'none', answer: textAnswer(status, message) };
}
