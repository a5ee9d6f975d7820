import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../../lib/adapters/clock/system-clock.ts';
import { createExecHandler } from '../../../lib/kubelet-api/streaming/exec-handler.ts';
import { createManualClock } from '../../memory/manual-clock.ts';
import { createMemoryExec, type MemoryCommand } from '../../memory/memory-exec.ts';
import { serveKubeletApi } from '../../support/serve-kubelet-api.ts';
import { answerOf, APP, ask, lookUpOf, podWith, settle } from './handlers-under-test.ts';

const QUERY = 'command=cat&input=1&output=1&error=1';
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Connected {
  readonly socket: WebSocket;
  readonly command: MemoryCommand;
  /** Every message of the server. */
  readonly messages: Buffer[];
  /** What came on a channel, put together. */
  readonly received: (channel: number) => string;
  readonly closed: Promise<number>;
}

async function connect(protocol: string | undefined, query = QUERY, clock = systemClock): Promise<Connected> {
  const exec = createMemoryExec();
  const handle = createExecHandler({ ...lookUpOf(podWith()), exec, clock });
  const served = await serveKubeletApi('node-1', (request) => handle(request, APP));
  closers.push(served.close);
  const url = `wss://127.0.0.1:${served.port}/exec/default/web/app?${query}`;
  const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], { rejectUnauthorized: false });
  const messages: Buffer[] = [];
  socket.on('message', (data: Buffer) => messages.push(data));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await once(socket, 'open');
  expect(socket.protocol).toBe(protocol ?? '');
  const received = (channel: number): string =>
    Buffer.concat(
      messages.filter(([first]) => first === channel).map((message) => message.subarray(1)),
    ).toString();
  return { socket, command: await exec.command(), messages, received, closed };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle();
}

const binary = (channel: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);

describe('exec over a WebSocket', () => {
  it('carries input, the signal of its end, outputs and the status by version 5', async () => {
    const { socket, command, messages, received, closed } = await connect('v5.channel.k8s.io');
    socket.send(binary(0, 'typed'));
    socket.send(binary(9, 'on no channel'));
    socket.send(Buffer.alloc(0));
    socket.send(Buffer.from([255, 0]));
    await until(command.inputEnded);
    expect(command.input().toString()).toBe('typed');
    await command.print('stdout', 'o'.repeat(100_000));
    await command.print('stderr', 'err');
    command.finish({ kind: 'exited', code: 3 });
    expect(await closed).toBe(1000);
    // The first message only tells that the connection stands.
    expect(messages[0]).toEqual(Buffer.from([1]));
    expect(received(1)).toBe('o'.repeat(100_000));
    expect(received(2)).toBe('err');
    expect(JSON.parse(received(3))).toMatchObject({ reason: 'NonZeroExitCode' });
  });

  it('knows no end of the input by version 4, where 255 is no signal', async () => {
    const { socket, command, received, closed } = await connect('v4.channel.k8s.io');
    socket.send(Buffer.from([255, 0]));
    socket.send(binary(0, 'typed'));
    await until(() => command.input().length > 0);
    expect(command.inputEnded()).toBe(false);
    command.finish({ kind: 'exited', code: 0 });
    await closed;
    expect(received(3)).toBe('{"status":"Success"}');
  });

  it.each([undefined, 'channel.k8s.io'])(
    'tells only failures, as text, by the first version (%s)',
    async (protocol) => {
      const { command, received, closed } = await connect(protocol);
      command.finish({ kind: 'lost', message: 'gone' });
      await closed;
      expect(received(3)).toBe('error executing command in container: gone');
    },
  );

  it('writes text in base64 where the client wants it', async () => {
    const { socket, command, messages, closed } = await connect('v4.base64.channel.k8s.io');
    socket.send(`0${Buffer.from('typed').toString('base64')}`);
    await until(() => command.input().toString() === 'typed');
    await command.print('stdout', 'out');
    command.finish({ kind: 'exited', code: 0 });
    await closed;
    expect(messages.map(String)).toContain(`1${Buffer.from('out').toString('base64')}`);
  });

  it('tells the size of a terminal', async () => {
    const { socket, command } = await connect('v5.channel.k8s.io', 'command=sh&input=1&output=1&tty=1');
    socket.send(binary(4, '{"Width":132,"Height":43}'));
    await until(() => command.sizes.length > 0);
    expect(command.sizes).toEqual([{ columns: 132, rows: 43 }]);
  });

  it('hangs the command up when the client is gone', async () => {
    const { socket, command } = await connect('v5.channel.k8s.io');
    socket.terminate();
    await until(command.hungUp);
    expect(command.inputEnded()).toBe(false);
  });

  it('ends a connection whose client speaks no WebSocket', async () => {
    const { socket, command, closed } = await connect('v5.channel.k8s.io');
    // A frame that is not masked, which a client's must be.
    (socket as unknown as { _socket: { write: (bytes: Buffer) => void } })._socket.write(
      Buffer.from('8201ff', 'hex'),
    );
    expect(await closed).toBe(1002);
    await until(command.hungUp);
  });

  it('hangs up when nothing passed for four hours', async () => {
    const clock = createManualClock();
    const { command, closed } = await connect('v5.channel.k8s.io', QUERY, clock);
    await clock.advance(4 * 3_600_000);
    expect(await closed).toBe(1000);
    await until(command.hungUp);
  });

  it.each([
    [{ 'sec-websocket-protocol': 'v9.channel.k8s.io' }, 'GET', 403, /supports \[v5.channel.k8s.io/],
    [{ 'sec-websocket-key': 'short' }, 'GET', 400, /handshake/],
    [{ 'sec-websocket-version': '8' }, 'GET', 400, /handshake/],
    [{}, 'POST', 400, /handshake/],
  ])('refuses a handshake that is none: %j by %s', async (headers, method, status, words) => {
    const handle = createExecHandler({
      ...lookUpOf(podWith()),
      exec: createMemoryExec(),
      clock: systemClock,
    });
    const asked = {
      connection: 'Upgrade',
      upgrade: 'WebSocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    };
    const [code, text] = answerOf(await handle(ask(QUERY, asked, method), APP));
    expect(code).toBe(status);
    expect(text).toMatch(words);
  });
});
