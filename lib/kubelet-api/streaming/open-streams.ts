import type { Duplex } from 'node:stream';
import type { ApiOutcome, ApiRequest } from '../exchange.ts';
import { chooseUpgrade } from './choose-upgrade.ts';
import type { CommandStreams } from './command-streams.ts';
import type { StreamClock } from './connection-life.ts';
import { COMMAND_PROTOCOLS, openSpdyStreams, type OpenStreams } from './open-spdy-streams.ts';
import { COMMAND_CHANNELS, openWebSocketStreams } from './open-web-socket-streams.ts';
import type { StreamOptions } from './stream-options.ts';

/** Serves a client the streams of a command. */
export interface ServedStreams {
  readonly options: StreamOptions;
  readonly clock: StreamClock;
  /** What goes on between them; whatever it does, the connection ends with it. */
  readonly run: (streams: CommandStreams) => Promise<void>;
}

/** Hands the connection of a request over to the protocol that its client and this server both speak, if there is one. */
export function openStreams(request: ApiRequest, { options, clock, run }: ServedStreams): ApiOutcome {
  const chosen = chooseUpgrade(request, { spdy: COMMAND_PROTOCOLS, webSocket: COMMAND_CHANNELS });
  if (chosen.kind === 'none') return chosen.answer;
  const open = (transport: Duplex, head: Uint8Array): Promise<OpenStreams> => {
    const from = { transport, head, options, clock };
    if (chosen.kind === 'spdy') return openSpdyStreams({ ...from, protocol: chosen.protocol });
    return Promise.resolve(openWebSocketStreams({ ...from, protocol: chosen.protocol }, request));
  };
  return {
    kind: 'upgrade',
    serve: async (transport, head) => {
      try {
        const { streams, over } = await open(transport, head);
        if (streams !== undefined) await run(streams);
        await over;
      } catch {
        // A fault of ours, which must not leave a client waiting.
        transport.destroy();
      }
    },
  };
}
