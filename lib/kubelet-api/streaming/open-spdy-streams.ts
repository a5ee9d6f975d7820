import type { Duplex } from 'node:stream';
import { renderStatus } from './command-status.ts';
import { nothing, readSizes, type CommandStreams } from './command-streams.ts';
import { CREATION_MS, within, type StreamClock } from './connection-life.ts';
import { createSpdyConnection, type SpdyConnection } from './spdy/spdy-connection.ts';
import type { SpdyStream } from './spdy/spdy-stream.ts';
import type { StreamOptions } from './stream-options.ts';
import { switchProtocols } from './transport.ts';

/** The versions of the protocol of commands over SPDY: the fifth is the fourth, with something for WebSockets. */
export const COMMAND_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;
export type CommandProtocol = (typeof COMMAND_PROTOCOLS)[number];

const TELLS_STATUS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const RESIZES: readonly string[] = [...TELLS_STATUS, 'v3.channel.k8s.io'];

type StreamType = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';

/** A connection whose client wants the streams of a command. */
export interface CommandConnection<Protocol> {
  readonly transport: Duplex;
  readonly head: Uint8Array;
  readonly protocol: Protocol;
  readonly options: StreamOptions;
  readonly clock: StreamClock;
}

/** Streams that are open, and what resolves when their connection is over. */
export interface OpenStreams {
  /** `undefined`: the client did not open what it asked for. */
  readonly streams: CommandStreams | undefined;
  readonly over: Promise<void>;
}

/** Hands the connection over to SPDY/3.1 and waits for the client to open its streams (k8s.io/cri-streaming `waitForStreams`). */
export async function openSpdyStreams(from: CommandConnection<CommandProtocol>): Promise<OpenStreams> {
  const { transport, head, protocol, options, clock } = from;
  switchProtocols(transport, {
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': protocol,
  });
  const wanted = wantedStreams(options, protocol);
  const opened = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<'complete'>();
  const accept = (stream: SpdyStream): boolean => {
    const type = stream.headers['streamtype'] ?? '';
    if (!wanted.includes(type) || opened.has(type)) return false;
    opened.set(type, stream);
    if (type !== 'stdin' && type !== 'resize') stream.discard();
    if (opened.size === wanted.length) complete.resolve('complete');
    return true;
  };
  const connection = createSpdyConnection(transport, head, { clock, accept, mostStreams: 16 });
  const over = connection.serve();
  const came = await within(clock, connection.over, CREATION_MS, complete.promise);
  if (came === 'complete')
    return { streams: toStreams(connection, opened, TELLS_STATUS.includes(protocol)), over };
  connection.close();
  return { streams: undefined, over };
}

function wantedStreams(options: StreamOptions, protocol: CommandProtocol): readonly string[] {
  const types: readonly (readonly [StreamType, boolean])[] = [
    ['error', true],
    ['stdin', options.stdin],
    ['stdout', options.stdout],
    ['stderr', options.stderr],
    ['resize', options.tty && RESIZES.includes(protocol)],
  ];
  return types.filter(([, isWanted]) => isWanted).map(([type]) => type);
}

function toStreams(
  connection: SpdyConnection,
  opened: ReadonlyMap<string, SpdyStream>,
  tellsStatus: boolean,
): CommandStreams {
  return {
    stdin: opened.get('stdin')?.input ?? nothing(),
    resizes: readSizes(opened.get('resize')?.input ?? nothing()),
    write: async (to, bytes) => opened.get(to)?.write(bytes),
    finish: async (status) => {
      for (const type of ['stdout', 'stderr']) opened.get(type)?.end();
      await opened.get('error')?.write(Buffer.from(renderStatus(status, tellsStatus)));
      connection.close();
    },
    gone: connection.over,
  };
}
