import type { ApiRequest } from '../exchange.ts';
import { openChannelSocket } from './channel-socket.ts';
import { renderStatus } from './command-status.ts';
import { nothing, readSizes, type CommandStreams } from './command-streams.ts';
import type { CommandConnection, OpenStreams } from './open-spdy-streams.ts';
import type { StreamOptions } from './stream-options.ts';

/** The versions of the protocol of commands over WebSockets; without any it is the first. */
export const COMMAND_CHANNELS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
] as const;
export type CommandChannels = (typeof COMMAND_CHANNELS)[number];

/** The channels of a command (k8s.io/apimachinery `remotecommand`). */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** Hands the connection over to a WebSocket whose channels are the streams of a command. */
export function openWebSocketStreams(
  from: CommandConnection<CommandChannels | undefined>,
  request: ApiRequest,
): OpenStreams {
  const { options, protocol } = from;
  const read = options.stdin ? [CHANNEL.stdin, CHANNEL.resize] : [CHANNEL.resize];
  const socket = openChannelSocket({ ...from, request, read });
  if (socket === undefined) return { streams: undefined, over: Promise.resolve() };
  const inputOf = (channel: number): AsyncIterable<Uint8Array> =>
    socket.inputs.get(channel)?.bytes ?? nothing();
  // What tells the client that the connection stands (`createWebSocketStreams`).
  void socket.send(CHANNEL[firstWritable(options)], new Uint8Array(0));
  const streams: CommandStreams = {
    stdin: inputOf(CHANNEL.stdin),
    resizes: readSizes(inputOf(CHANNEL.resize)),
    write: async (to, bytes) => {
      if (options[to] && bytes.length > 0) await socket.send(CHANNEL[to], bytes);
    },
    finish: async (status) => {
      const text = renderStatus(status, protocol?.startsWith('v') === true);
      if (text !== '') await socket.send(CHANNEL.error, Buffer.from(text));
      socket.hangUp();
    },
    gone: socket.gone,
  };
  return { streams, over: socket.over };
}

function firstWritable({ stdout, stderr }: StreamOptions): keyof typeof CHANNEL {
  if (stdout) return 'stdout';
  return stderr ? 'stderr' : 'error';
}
