import { ECSClient, ExecuteCommandCommand } from '@aws-sdk/client-ecs';
import { WebSocket } from 'ws';
import { FailureError } from '../../core/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Exec, ExecAsk, ExecSession } from '../../ports/exec.ts';
import type { TaskName } from '../../ports/provider.ts';
import { classifyExecError, isNotConnected } from './classify-exec-error.ts';
import { bootCommand, faultOfCommand } from './wrap-command.ts';
import { WrappedSession, type Line } from './wrapped-session.ts';

/** What the adapter is made of. */
export interface EcsExecDeps {
  /** Name or ARN of the ECS cluster of the tasks. */
  readonly cluster: string;
  readonly clock: Clock;
  /** Default: a client for the Region and the endpoints of the environment. */
  readonly client?: Pick<ECSClient, 'send'>;
}

/** Times that ECS is asked while the agent of the container is not connected, and the pause before each further one. */
const TRIES = 3;
const PAUSE_MS = 2_000;
/** Until the command runs: the agent itself waits a second before it reads. */
const START_MS = 30_000;
const CONNECT_MS = 10_000;
/** For the far side to close as well. */
const CLOSE_MS = 2_000;
/** A message has at most some KB. */
const LARGEST_MESSAGE = 1024 * 1024;

/** A session that ECS opened. The last two are secrets: they open it to whoever has them. */
interface OpenedSession {
  readonly streamUrl: string;
  readonly token: string;
}

/**
 * Commands in containers of ECS tasks, over ECS Exec. Whoever calls it needs
 * `{ Action: 'ecs:ExecuteCommand', Resource: [<cluster ARN>, 'arn:aws:ecs:<Region>:<account>:task/<cluster>/*'] }`, and a way to the
 * endpoints of ecs and ssmmessages; the session itself is opened by its token.
 */
export function createEcsExec({ cluster, clock, client = createExecClient() }: EcsExecDeps): Exec {
  return {
    open: async (ask, signal) => {
      const fault = faultOfCommand(ask.command);
      if (fault !== undefined) throw new FailureError({ kind: 'refused', message: fault });
      const id = clock.newId();
      const opened = await askForSession({ client, cluster, clock }, ask, { id, signal });
      return startSession(opened, { ask, id, clock }, signal);
    },
  };
}

/** A client that sends twice at most, each given up after 10 s. */
function createExecClient(): ECSClient {
  return new ECSClient({
    maxAttempts: 2,
    // Without throwOnRequestTimeout the SDK's handler only warns and waits on.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

async function askForSession(
  { client, cluster, clock }: Required<EcsExecDeps>,
  { task, container }: ExecAsk,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
): Promise<OpenedSession> {
  const command = new ExecuteCommandCommand({
    ...{ cluster, container, task: taskOf(task), command: bootCommand(id) },
    interactive: true,
  });
  for (let tries = 1; ; tries += 1) {
    try {
      const { session } = await client.send(command, { abortSignal: signal });
      const { streamUrl = '', tokenValue: token = '' } = session ?? {};
      if (streamUrl !== '' && token !== '') return { streamUrl, token };
      throw new FailureError({ kind: 'transient', message: 'ecs:ExecuteCommand answered without a session' });
    } catch (error) {
      if (signal.aborted) throw aborted();
      if (!isNotConnected(error) || tries === TRIES) throw classifyExecError(error);
      await clock.sleep(clock.now() + PAUSE_MS, signal);
    }
  }
}

/** ECS takes the id of a task for its ARN; a runtime id begins with it. */
function taskOf(name: TaskName): string {
  if ('taskArn' in name) return name.taskArn;
  const id = /^([0-9a-f]{32})-\d+$/.exec(name.runtimeId)?.[1];
  if (id !== undefined) return id;
  throw new FailureError({ kind: 'refused', message: `${name.runtimeId} names no container of an ECS task` });
}

async function startSession(
  { streamUrl, token }: OpenedSession,
  { ask, id, clock }: { readonly ask: ExecAsk; readonly id: string; readonly clock: Clock },
  signal: AbortSignal,
): Promise<ExecSession> {
  const socket = new WebSocket(streamUrl, {
    ...{ perMessageDeflate: false, handshakeTimeout: CONNECT_MS, maxPayload: LARGEST_MESSAGE },
  });
  const session = new WrappedSession(lineOf(socket, clock), { ask, id, token, clock });
  socket.on('open', () => session.connected());
  socket.on('message', (data, isBinary) => {
    if (isBinary) session.received(bytesOf(data));
  });
  socket.on('error', (error) =>
    session.disconnected(`the connection to the container failed: ${wordsOf(error)}`),
  );
  socket.on('close', () => session.disconnected(''));
  const onAbort = (): void => session.giveUp('transient', aborted().failure.message);
  signal.addEventListener('abort', onAbort, { once: true });
  const started = new AbortController();
  void clock.sleep(clock.now() + START_MS, started.signal).then(() => {
    if (!started.signal.aborted)
      session.giveUp('transient', `the container did not start the command within ${START_MS / 1000} s`);
  });
  try {
    await session.started;
    return session;
  } finally {
    started.abort();
    signal.removeEventListener('abort', onAbort);
  }
}

function lineOf(socket: WebSocket, clock: Clock): Line {
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN;
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  return {
    sendText: (text) => {
      if (isOpen()) socket.send(text);
    },
    sendBytes: (bytes) => {
      if (isOpen()) socket.send(bytes);
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    ping: () => {
      if (isOpen()) socket.ping();
    },
    close: () => {
      // A socket that is not read would not see the far side close it either.
      socket.resume();
      socket.close();
      void clock.sleep(clock.now() + CLOSE_MS, closed.signal).then(() => socket.terminate());
    },
  };
}

/** By default a message is a Buffer (ws, binaryType `nodebuffer`). */
function bytesOf(data: WebSocket.RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** Errors of ws name hosts and statuses, never the address whole, which has a secret in it. */
function wordsOf(error: Error): string {
  return error.message.replaceAll(/wss?:\/\/\S+/g, 'the stream');
}

function aborted(): FailureError {
  return new FailureError({ kind: 'transient', message: 'the caller hung up before the command ran' });
}
