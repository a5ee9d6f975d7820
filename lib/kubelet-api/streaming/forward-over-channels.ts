import { openChannelSocket, type AskedChannels, type ChannelSocket } from './channel-socket.ts';
import { nothing } from './command-streams.ts';
import type { ForwardedSide } from './forward-connection.ts';
import type { ForwardWays } from './forward-over-spdy.ts';

/** Two channels for each port: its data, and its errors. */
const dataOf = (index: number): number => 2 * index;

/**
 * Forwards one connection to each port over the channels of a WebSocket (k8s.io/cri-streaming `handleWebSocketStreams`), the way of
 * clients without SPDY. None of them can say that one direction ended: all end when the last does.
 */
export async function forwardOverChannels(
  asked: Omit<AskedChannels, 'read' | 'clock'>,
  ports: readonly number[],
  { clock, forward }: ForwardWays,
): Promise<void> {
  const socket = openChannelSocket({ ...asked, clock, read: ports.map((_, index) => dataOf(index)) });
  if (socket === undefined) return;
  const forwardOne = async (port: number, index: number): Promise<void> => {
    const named = Buffer.from([port & 0xff, port >> 8]);
    await socket.send(dataOf(index), named);
    await socket.send(dataOf(index) + 1, named);
    const { side, ended } = toSide(socket, index);
    void forward(port, side);
    await ended;
  };
  await Promise.all(ports.map(forwardOne));
  socket.hangUp();
  await socket.over;
}

function toSide(
  socket: ChannelSocket,
  index: number,
): { readonly side: ForwardedSide; readonly ended: Promise<void> } {
  const input = socket.inputs.get(dataOf(index));
  const over = new AbortController();
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      input?.cut();
      resolve();
    };
    AbortSignal.any([over.signal, socket.gone]).addEventListener('abort', end, { once: true });
    if (socket.gone.aborted) end();
  });
  const end = (): void => over.abort();
  const side: ForwardedSide = {
    input: input?.bytes ?? nothing(),
    isWhole: () => false,
    write: (bytes) => socket.send(dataOf(index), bytes),
    end,
    reset: end,
    fail: async (message) => {
      await socket.send(dataOf(index) + 1, Buffer.from(message));
      end();
    },
    lost: socket.gone,
  };
  return { side, ended };
}
