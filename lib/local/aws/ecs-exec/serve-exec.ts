import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { systemClock } from '../../../adapters/clock/system-clock.ts';
import { encodeFrame, FLAGS, MESSAGE, PAYLOAD } from '../../../adapters/ecs-exec/frame.ts';
import { runInMachine } from '../../container-shell/run-in-machine.ts';
import type { EcsModel } from '../ecs/ecs-model.ts';
import type { ExecSession } from '../ecs/ecs-state.ts';
import { machineOf } from './container-machine.ts';
import { ExecAgent, type ExecProgram } from './exec-agent.ts';

/** What goes wrong on the way of messages, by their number on a connection; change them at any time. */
export interface ExecFaults {
  /** Which messages get lost. */
  loses?: (number: number) => boolean;
  /** Which arrive twice. */
  repeats?: (number: number) => boolean;
  /** Which arrive only behind the next. */
  delays?: (number: number) => boolean;
  /** Sessions ask for a key of KMS. */
  wantsEncryption?: boolean;
}

/** The data channels of an emulator, for tests. */
export interface ExecControl {
  readonly faults: ExecFaults;
  /** Starts programs in place of the simulated container. */
  program?: (words: readonly string[], session: ExecSession) => ExecProgram | string;
  /** How many are open. */
  count(): number;
  /** Breaks all connections without a word. */
  disconnect(): void;
  /** Tells clients and agents to wait with their messages, or to go on. */
  pause(isPaused: boolean): void;
}

interface Channel {
  readonly socket: WebSocket;
  readonly agent: ExecAgent;
}

/** Serves the data channels of ECS Exec on a server that has the API of ECS. */
export function serveExec(server: Server, ecs: Pick<EcsModel, 'openExecSession'>): ExecControl {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const channels = new Set<Channel>();
  const control: ExecControl = {
    faults: {},
    count: () => channels.size,
    disconnect: () => {
      for (const { socket } of channels) socket.terminate();
    },
    pause: (isPaused) => {
      for (const { socket, agent } of channels) {
        agent.pause(isPaused);
        socket.send(publicationMessage(isPaused));
      }
    },
  };
  server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    const id = /^\/v1\/data-channel\/([^/?]+)/.exec(request.url ?? '')?.[1];
    if (id === undefined) return void connection.end('HTTP/1.1 404 Not Found\r\n\r\n');
    sockets.handleUpgrade(request, connection, head, (socket) => {
      socket.on('error', () => socket.terminate());
      socket.once('message', (first) =>
        openChannel({ control, channels, ecs }, { id, socket, first: textOf(first) }),
      );
    });
  });
  server.once('close', () => sockets.close());
  return control;
}

function openChannel(
  {
    control,
    channels,
    ecs,
  }: {
    readonly control: ExecControl;
    readonly channels: Set<Channel>;
    readonly ecs: Pick<EcsModel, 'openExecSession'>;
  },
  { id, socket, first }: { readonly id: string; readonly socket: WebSocket; readonly first: string },
): void {
  const session = ecs.openExecSession(id, tokenIn(first));
  if (session === undefined) {
    socket.close(1008, 'the token is not valid');
    return;
  }
  const { container, task, command } = session;
  const agent = new ExecAgent({
    ...{ command, clock: systemClock },
    start: (words) => control.program?.(words, session) ?? startSimulated(session, words),
    send: carry(control.faults, (bytes) => {
      if (socket.readyState === socket.OPEN) socket.send(bytes);
    }),
    close: () => socket.close(),
    ...(control.faults.wantsEncryption === true && { wantsEncryption: true }),
  });
  const channel: Channel = { socket, agent };
  const hangUp = (): void => socket.close();
  const execs = (container.execs ??= new Set());
  execs.add(hangUp);
  channels.add(channel);
  const receive = carry(control.faults, (bytes) => agent.receive(bytes));
  socket.on('message', (data, isBinary) => {
    if (isBinary && Buffer.isBuffer(data)) receive(data);
  });
  socket.once('close', () => {
    agent.end();
    channels.delete(channel);
    execs.delete(hangUp);
  });
  if (task.desired === 'STOPPED') hangUp();
}

function startSimulated({ task, container }: ExecSession, words: readonly string[]): ExecProgram | string {
  const program = runInMachine(machineOf(task, container, systemClock), words);
  if (program === undefined) return `exec: "${words[0] ?? ''}": executable file not found in $PATH`;
  const { terminal } = program;
  return {
    type: (bytes) => terminal.type(bytes),
    resize: (columns, rows) => (terminal.size = { columns, rows }),
    readOutput: (most) => terminal.readOutput(most),
    kill: () => program.kill(),
  };
}

/** Passes messages on, with the faults that are wanted. */
function carry(faults: ExecFaults, deliver: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  let number = 0;
  let late: Uint8Array | undefined;
  return (bytes) => {
    const nth = number;
    number += 1;
    if (faults.loses?.(nth) === true) return;
    if (late === undefined && faults.delays?.(nth) === true) {
      late = bytes;
      return;
    }
    deliver(bytes);
    if (faults.repeats?.(nth) === true) deliver(bytes);
    if (late !== undefined) deliver(late);
    late = undefined;
  };
}

function publicationMessage(isPaused: boolean): Uint8Array {
  return encodeFrame({
    messageType: isPaused ? MESSAGE.pause : MESSAGE.start,
    ...{ sequence: 0, flags: FLAGS.only, messageId: systemClock.newId(), createdAt: systemClock.now() },
    ...{ payloadType: PAYLOAD.none, payload: new Uint8Array(0) },
  });
}

function textOf(data: WebSocket.RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}

function tokenIn(text: string): string {
  try {
    const { TokenValue } = JSON.parse(text) as { readonly TokenValue?: unknown };
    return typeof TokenValue === 'string' ? TokenValue : '';
  } catch {
    return '';
  }
}
