import fc from 'fast-check';
import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSpdyConnection } from '../../../lib/kubelet-api/streaming/spdy/spdy-connection.ts';
import type { SpdyStream } from '../../../lib/kubelet-api/streaming/spdy/spdy-stream.ts';
import { createManualClock } from '../../memory/manual-clock.ts';
import { createSpdyClient } from '../../support/spdy-client.ts';
import { arbitraryClientFrame } from './arbitrary-frames.ts';

const CHUNK = Buffer.alloc(16_384, 'x');
const HOUR = 3_600_000;

function connect({ mostStreams = 8, accepts = true } = {}) {
  const [near, far] = duplexPair();
  const clock = createManualClock();
  const opened: SpdyStream[] = [];
  const accept = (stream: SpdyStream): boolean => {
    opened.push(stream);
    return accepts;
  };
  const connection = createSpdyConnection(near, new Uint8Array(0), { clock, accept, mostStreams });
  const served = connection.serve();
  return { near, far, clock, opened, connection, served, client: createSpdyClient(far) };
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await turn();
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a SPDY connection', () => {
  it('carries each direction of a stream to its own end', async () => {
    const { opened, client } = connect();
    const stream = client.open({ streamtype: 'data' });
    stream.write(Buffer.from('up'));
    stream.end();
    await client.frame('synReply');
    expect((await readAll(opened[0]!.input)).toString()).toBe('up');
    expect(opened[0]!.isWhole).toBe(true);
    await opened[0]!.write(Buffer.from('down'));
    opened[0]!.end();
    expect(await stream.ended).toBe('ended');
    expect(stream.received().toString()).toBe('down');
  });

  it('reads no more than it holds when nobody takes what came', async () => {
    const { opened, client, far } = connect();
    const stream = client.open({});
    for (let sent = 0; sent < 200; sent += 1) stream.write(CHUNK);
    await settle();
    // What did not fit is still on the side of the client.
    expect(far.writableLength).toBeGreaterThan(200 * CHUNK.length - 600_000);
    stream.end();
    expect((await readAll(opened[0]!.input)).length).toBe(200 * CHUNK.length);
  });

  it('counts many small parts as what they cost', async () => {
    const { client, near } = connect();
    const stream = client.open({});
    await client.frame('synReply');
    for (let sent = 0; sent < 5_000; sent += 1) {
      stream.write(Buffer.from('.'));
      await turn();
    }
    expect(near.readableLength).toBeGreaterThan(0);
  });

  it('throws away what nobody wants, without end', async () => {
    const { opened, client, far } = connect();
    const stream = client.open({});
    await client.frame('synReply');
    opened[0]!.discard();
    for (let sent = 0; sent < 200; sent += 1) stream.write(CHUNK);
    await settle();
    expect(far.writableLength).toBe(0);
  });

  it('holds a writer up while the client does not read', async () => {
    const { opened, client, near } = connect();
    client.open({});
    await client.frame('synReply');
    client.pause();
    let written = 0;
    const write = async (): Promise<void> => {
      for (; written < 500; written += 1) await opened[0]!.write(CHUNK);
    };
    const writing = write();
    await settle();
    expect(written).toBeLessThan(20);
    expect(near.writableLength).toBeLessThan(200_000);
    client.resume();
    await writing;
    expect(written).toBe(500);
  });

  it('lets a stream go on while the input of another is not taken', async () => {
    const { opened, client } = connect();
    const stuck = client.open({});
    const other = client.open({});
    await settle();
    for (let sent = 0; sent < 5; sent += 1) stuck.write(CHUNK);
    other.write(Buffer.from('through'));
    other.end();
    expect((await readAll(opened[1]!.input)).toString()).toBe('through');
    await opened[1]!.write(Buffer.from('back'));
    await settle();
    expect(other.received().toString()).toBe('back');
  });

  it('keeps to the windows of a client that keeps them, and widens its own', async () => {
    const { opened, client } = connect();
    client.send({ kind: 'settings', settings: [{ id: 7, value: 1_000 }] });
    const stream = client.open({});
    await client.frame('synReply');
    const writing = opened[0]!.write(Buffer.alloc(2_500, 'y'));
    await settle();
    expect(stream.received().length).toBe(1_000);
    client.send({ kind: 'windowUpdate', streamId: stream.id, delta: 1_500 });
    await writing;
    await settle();
    expect(stream.received().length).toBe(2_500);
    for (let sent = 0; sent < 4; sent += 1) stream.write(CHUNK);
    stream.end();
    await readAll(opened[0]!.input);
    await settle();
    const widened = client.frames.filter(({ kind }) => kind === 'windowUpdate');
    expect(widened).toContainEqual({ kind: 'windowUpdate', streamId: 0, delta: 32_768 });
    expect(widened).toContainEqual({ kind: 'windowUpdate', streamId: stream.id, delta: 32_768 });
  });

  it('takes a window that is widened before anything was written for what it is', async () => {
    const { opened, client } = connect();
    const stream = client.open({});
    await client.frame('synReply');
    client.send({ kind: 'windowUpdate', streamId: stream.id, delta: 34_464 });
    client.send({ kind: 'windowUpdate', streamId: 0, delta: 1_000_000 });
    await settle();
    void opened[0]!.write(Buffer.alloc(200_000));
    await settle();
    expect(stream.received().length).toBe(100_000);
  });

  it('waits for no window of a client that never spoke of one', async () => {
    const { opened, client } = connect();
    const stream = client.open({});
    await client.frame('synReply');
    await opened[0]!.write(Buffer.alloc(1_000_000));
    await settle();
    expect(stream.received().length).toBe(1_000_000);
    expect(client.frames.some(({ kind }) => kind === 'windowUpdate')).toBe(false);
  });

  it('ends a write that waits for a window when the stream is reset', async () => {
    const { opened, client } = connect();
    client.send({ kind: 'settings', settings: [{ id: 7, value: 10 }] });
    const stream = client.open({});
    await client.frame('synReply');
    const writing = opened[0]!.write(Buffer.alloc(100));
    await settle();
    stream.reset();
    await writing;
    expect(opened[0]!.closed.aborted).toBe(true);
  });

  it('answers pings, and takes its own for answered', async () => {
    const { client, connection } = connect();
    client.send({ kind: 'ping', id: 2 });
    client.send({ kind: 'ping', id: 5 });
    expect(await client.frame('ping')).toEqual({ kind: 'ping', id: 5 });
    expect(connection.over.aborted).toBe(false);
  });

  it('stops reading a client that pings and does not read the answers', async () => {
    const { client, far, near } = connect();
    client.pause();
    const pings = Buffer.concat(
      Array.from({ length: 8_192 }, () => Buffer.from('800300060000000400000001', 'hex')),
    );
    for (let sent = 0; sent < 60; sent += 1) client.sendBytes(pings);
    await settle();
    expect(near.writableLength).toBeLessThan(1_300_000);
    expect(far.writableLength).toBeGreaterThan(2_000_000);
  });

  it('refuses more streams than it is to have, and those that its owner does not want', async () => {
    const few = connect({ mostStreams: 1 });
    few.client.open({});
    expect(await few.client.open({}).ended).toBe('reset');
    const none = connect({ accepts: false });
    expect(await none.client.open({}).ended).toBe('reset');
    expect(await none.client.frame('rstStream')).toMatchObject({ status: 3 });
  });

  it('forgets streams that are over, so that their number alone is bounded', async () => {
    const { opened, client } = connect({ mostStreams: 1 });
    for (let turns = 0; turns < 3; turns += 1) {
      const stream = client.open({});
      await settle();
      stream.end();
      opened[turns]!.end();
      await settle();
      expect(await stream.ended).toBe('ended');
    }
  });

  it.each([
    ['bytes that are no SPDY', Buffer.from('GET / HTTP/1.1\r\n\r\n'), undefined],
    ['a stream with an even id', undefined, 2],
    [
      'a reply to nothing',
      Buffer.from('8003000200000012000000010000000078bbe3c6a7c200000000', 'hex'),
      undefined,
    ],
  ])('says that the client is at fault and hangs up: %s', async (_, bytes, streamId) => {
    const { client, connection, clock, served, opened } = connect();
    client.open({});
    await client.frame('synReply');
    if (bytes !== undefined) client.sendBytes(Buffer.concat([Buffer.from('80020006', 'hex'), bytes]));
    else client.send({ kind: 'synStream', streamId, headers: {}, fin: false });
    expect(await client.frame('goAway')).toMatchObject({ status: 1 });
    expect(connection.over.aborted).toBe(true);
    expect(await readAll(opened[0]!.input)).toHaveLength(0);
    await clock.runUntil(served);
  });

  it('takes any frames, of any number, and ends with its client', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryClientFrame, { maxLength: 30 }), async (frames) => {
        const { client, far, served, clock, opened, connection } = connect();
        for (const one of frames) client.send(one);
        await turn();
        for (const stream of opened) void stream.write(CHUNK);
        await turn();
        far.end();
        await clock.runUntil(served);
        expect(connection.over.aborted).toBe(true);
        expect(opened.every(({ closed }) => closed.aborted)).toBe(true);
      }),
    );
  });

  it('ends its streams and says so when it is closed, and cuts a client that does not hang up', async () => {
    const { client, connection, clock, served, near } = connect();
    const stream = client.open({});
    await client.frame('synReply');
    connection.close();
    expect(await stream.ended).toBe('ended');
    expect(await client.frame('goAway')).toMatchObject({ status: 0 });
    expect(near.destroyed).toBe(false);
    await clock.advance(5_000);
    await served;
    expect(near.destroyed).toBe(true);
  });

  it('ends its streams when the client goes away or is gone', async () => {
    for (const leave of ['goAway', 'destroy'] as const) {
      const { client, far, opened, connection, served, clock } = connect();
      client.open({});
      await client.frame('synReply');
      if (leave === 'goAway') client.send({ kind: 'goAway', lastStreamId: 0, status: 0 });
      else far.end();
      expect(await readAll(opened[0]!.input)).toHaveLength(0);
      expect(opened[0]!.isWhole).toBe(false);
      expect(opened[0]!.closed.aborted).toBe(true);
      expect(connection.over.aborted).toBe(true);
      await clock.runUntil(served);
    }
  });

  it('hangs up when nothing but pings passed for four hours', async () => {
    const { client, clock, connection, served } = connect();
    client.open({}).write(Buffer.from('.'));
    await client.frame('synReply');
    await clock.advance(3 * HOUR);
    client.open({}).write(Buffer.from('.'));
    await settle();
    await clock.advance(3 * HOUR);
    client.send({ kind: 'ping', id: 1 });
    await settle();
    expect(connection.over.aborted).toBe(false);
    await clock.advance(HOUR);
    expect(connection.over.reason).toMatch(/too long/);
    await clock.runUntil(served);
  });

  it('pings a client that it does not listen to, to find out whether it is there', async () => {
    const { client, clock } = connect();
    const stream = client.open({});
    for (let sent = 0; sent < 40; sent += 1) stream.write(CHUNK);
    await settle();
    await clock.advance(5_000);
    expect(await client.frame('ping')).toEqual({ kind: 'ping', id: 2 });
  });
});
