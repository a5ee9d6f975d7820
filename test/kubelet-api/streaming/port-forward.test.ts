import { duplexPair, type Duplex } from 'node:stream';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../../lib/adapters/clock/system-clock.ts';
import { FailureError } from '../../../lib/core/failure.ts';
import { createPortForwardHandler } from '../../../lib/kubelet-api/streaming/port-forward-handler.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import type { PodDialer } from '../../../lib/ports/pod-dialer.ts';
import { createManualClock } from '../../memory/manual-clock.ts';
import { serveKubeletApi } from '../../support/serve-kubelet-api.ts';
import { createSpdyClient } from '../../support/spdy-client.ts';
import {
  answerOf,
  ask,
  lookUpOf,
  podWith,
  recordWith,
  serve,
  settle,
  spdyWith,
} from './handlers-under-test.ts';

const UID = '11111111-2222-4333-8444-555555555555';
const WEB = { namespace: 'default', pod: 'web' };
const FORWARD = spdyWith('portforward.k8s.io');

/** A dialer whose pods the test plays; port 1 refuses. */
function createPods(): PodDialer & {
  readonly dialed: string[];
  readonly pods: Duplex[];
  readonly nears: Duplex[];
} {
  const dialed: string[] = [];
  const pods: Duplex[] = [];
  const nears: Duplex[] = [];
  return {
    dialed,
    pods,
    nears,
    dial: (address, port) => {
      dialed.push(`${address}:${port}`);
      if (port === 1)
        return Promise.reject(new FailureError({ kind: 'refused', message: 'connection refused' }));
      const [near, far] = duplexPair();
      pods.push(far);
      nears.push(near);
      return Promise.resolve(near);
    },
  };
}

async function connect(pod = podWith()) {
  const dialer = createPods();
  const clock = createManualClock();
  const handle = createPortForwardHandler({ ...lookUpOf(pod), dialer, clock });
  const served = await serve(await handle(ask('', FORWARD), WEB));
  const client = createSpdyClient(served.far);
  const open = (streamtype: string, port: string, requestid?: string) =>
    client.open({ streamtype, port, ...(requestid !== undefined && { requestid }) });
  const forward = (port: string, requestid: string) => ({
    error: open('error', port, requestid),
    data: open('data', port, requestid),
  });
  return { ...served, dialer, clock, client, open, forward };
}

async function readText(source: Duplex): Promise<string> {
  let text = '';
  for await (const chunk of source.iterator({ destroyOnReturn: false })) text += String(chunk);
  return text;
}

describe('port-forward over SPDY', () => {
  it('forwards many connections, each direction to its own end', async () => {
    const { dialer, forward, head } = await connect();
    expect(head).toContain('X-Stream-Protocol-Version: portforward.k8s.io\r\n');
    const [first, second] = [forward('8080', '0'), forward('9090', '1')];
    await settle();
    expect(dialer.dialed).toEqual(['10.0.0.7:8080', '10.0.0.7:9090']);
    second.data.write(Buffer.from('two'));
    first.data.write(Buffer.from('one'));
    first.data.end();
    second.data.end();
    expect(await Promise.all(dialer.pods.map(readText))).toEqual(['one', 'two']);
    // The client has ended its direction, and is still answered.
    for (const [index, pod] of dialer.pods.entries()) pod.end(`answer ${index}`);
    for (const [index, { data, error }] of [first, second].entries()) {
      expect(await data.ended).toBe('ended');
      expect(await error.ended).toBe('ended');
      expect(data.received().toString()).toBe(`answer ${index}`);
      expect(error.received()).toHaveLength(0);
    }
  });

  it('dials the address of the record, whatever somebody wrote into the status', async () => {
    const { dialer, forward } = await connect(podWith({ podIP: '10.9.9.9', podIPs: [{ ip: '10.9.9.9' }] }));
    forward('8080', '0');
    await settle();
    expect(dialer.dialed).toEqual(['10.0.0.7:8080']);
  });

  it('ends the errors with what the pod writes, and still carries what the client does', async () => {
    const { dialer, forward } = await connect();
    const { data, error } = forward('8080', '0');
    await settle();
    dialer.pods[0]!.end('bye');
    expect(await data.ended).toBe('ended');
    expect(await error.ended).toBe('ended');
    data.write(Buffer.from('more'));
    data.end();
    expect(await readText(dialer.pods[0]!)).toBe('more');
  });

  it('tells why a connection cannot be made, in the words of the kubelet', async () => {
    const { forward, client } = await connect();
    const { data, error } = forward('1', '0');
    expect(await error.ended).toBe('ended');
    expect(await data.ended).toBe('reset');
    expect(error.received().toString()).toBe(
      `error forwarding port 1 to pod web, uid ${UID}: connection refused`,
    );
    // The others go on.
    const other = forward('8080', '1');
    await settle();
    expect(client.frames.filter(({ kind }) => kind === 'synReply')).toHaveLength(4);
    expect(other.error.received()).toHaveLength(0);
  });

  it('breaks the connection for the client alone when the pod breaks it off', async () => {
    const { dialer, forward } = await connect();
    const { data, error } = forward('8080', '0');
    await settle();
    dialer.nears[0]!.destroy(new Error('read ECONNRESET'));
    expect(await data.ended).toBe('reset');
    expect(await error.ended).toBe('ended');
    expect(error.received()).toHaveLength(0);
  });

  it('hangs up on the pod when the client resets the stream, or is gone', async () => {
    const { dialer, forward, far, done, clock } = await connect();
    const first = forward('8080', '0');
    forward('8080', '1');
    await settle();
    const closed = dialer.pods.map((pod) => once(pod.resume(), 'end'));
    first.data.reset();
    await closed[0];
    far.end();
    await closed[1];
    await clock.runUntil(done);
  });

  it('pairs the streams of clients that do not name their requests', async () => {
    const { dialer, open } = await connect();
    open('error', '8080');
    open('data', '8080');
    await settle();
    expect(dialer.dialed).toEqual(['10.0.0.7:8080']);
  });

  it('refuses streams of no port or no type, and a second one of a type', async () => {
    const { open, dialer } = await connect();
    for (const [type, port] of [
      ['data', '0'],
      ['data', '65536'],
      ['data', 'http'],
      ['stdin', '80'],
    ] as const)
      expect(await open(type, port, '0').ended).toBe('reset');
    const error = open('error', '80', '1');
    expect(await open('error', '80', '1').ended).toBe('reset');
    await settle();
    expect(error.received().toString()).toContain('error stream already assigned');
    expect(dialer.dialed).toEqual([]);
  });

  it('gives up on a stream whose other one does not come within 30 seconds', async () => {
    const { open, clock, dialer } = await connect();
    const [error, data] = [open('error', '80', '1'), open('data', '80', '2')];
    await settle();
    await clock.advance(30_000);
    expect(await error.ended).toBe('ended');
    expect(error.received().toString()).toBe('(request=1) timed out waiting for streams');
    expect(await data.ended).toBe('reset');
    expect(dialer.dialed).toEqual([]);
  });
});

describe('port-forward over the channels of a WebSocket', () => {
  it('names each port, carries its data, and tells its errors', async () => {
    const dialer = createPods();
    const handle = createPortForwardHandler({ ...lookUpOf(podWith()), dialer, clock: systemClock });
    const served = await serveKubeletApi('node-1', (request) => handle(request, WEB));
    const url = `wss://127.0.0.1:${served.port}/portForward/default/web?port=8080,1`;
    const socket = new WebSocket(url, ['v4.channel.k8s.io'], { rejectUnauthorized: false });
    const messages: Buffer[] = [];
    socket.on('message', (data: Buffer) => messages.push(data));
    const closed = once(socket, 'close');
    await once(socket, 'open');
    while (messages.length < 5) await settle();
    socket.send(Buffer.from('\0up'));
    expect(String((await once(dialer.pods[0]!, 'data'))[0])).toBe('up');
    dialer.pods[0]!.end('down');
    await closed;
    const on = (channel: number) =>
      messages.filter(([first]) => first === channel).map((one) => one.subarray(1));
    expect(on(0)).toEqual([Buffer.from([0x90, 0x1f]), Buffer.from('down')]);
    expect(on(1)).toEqual([Buffer.from([0x90, 0x1f])]);
    expect(on(2)).toEqual([Buffer.from([1, 0])]);
    expect(String(on(3)[1])).toContain('error forwarding port 1 to pod web');
    await served.close();
  });
});

describe('port-forward before anything is upgraded', () => {
  const refusalOf = async (
    pod = podWith(),
    of: object = WEB,
    query = '',
    headers = FORWARD,
    record: PodRecord | null = recordWith(),
  ) => {
    const handle = createPortForwardHandler({
      ...lookUpOf(pod, record),
      dialer: createPods(),
      clock: createManualClock(),
    });
    return answerOf(await handle(ask(query, headers, 'GET'), { ...WEB, ...of }));
  };

  it('finds the pod, and where it is', async () => {
    expect(await refusalOf(podWith(), { pod: 'other' })).toEqual([404, 'pod does not exist']);
    expect(await refusalOf(podWith(), { uid: 'another' })).toEqual([404, 'pod not found']);
    expect(await refusalOf(podWith({ phase: 'Succeeded' }))).toEqual([
      500,
      'pod not found ("web_default"); it is over, its phase is Succeeded',
    ]);
    const { podIP: _, ...unplaced } = recordWith().task!;
    for (const [record, why] of [
      [recordWith({ task: unplaced }), 'it has no address yet'],
      [recordWith({ state: 'claimed' }), 'it has no address yet'],
      [recordWith({ task: { ...recordWith().task!, state: 'stopped' } }), 'its task is over'],
      [null, 'no record of the pod says which task is its own'],
    ] as const)
      expect(await refusalOf(podWith(), WEB, '', FORWARD, record)).toEqual([
        500,
        `pod not found ("web_default"); ${why}`,
      ]);
  });

  it('needs a protocol that both speak, and ports where they come beforehand', async () => {
    expect((await refusalOf(podWith(), {}, '', spdyWith('other.k8s.io')))[0]).toBe(403);
    const webSocket = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    expect(await refusalOf(podWith(), {}, '', webSocket)).toEqual([
      400,
      'query parameter "port" is required',
    ]);
    expect(await refusalOf(podWith(), {}, 'port=80,http', webSocket)).toEqual([
      400,
      'unable to parse "http" as a port: from 1 to 65535',
    ]);
  });
});
