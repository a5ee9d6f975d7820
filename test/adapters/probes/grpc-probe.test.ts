import { constants, type ServerHttp2Stream } from 'node:http2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProbes } from '../../../lib/adapters/probes/create-probes.ts';
import { decodeStatus, encodeCheck } from '../../../lib/adapters/probes/grpc-health.ts';
import type { ProbeOutcome } from '../../../lib/ports/probes.ts';
import { answerMessage, answerStatus, endWith, startGrpc, startHttp, type Probed } from './start-probed.ts';

const opened: Probed[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});
const probes = createProbes({ isAllowed: () => true });

async function ask(
  answer: (stream: ServerHttp2Stream) => void,
  timeoutMs = 2000,
): Promise<{ readonly outcome: ProbeOutcome; readonly server: Probed }> {
  const server = await startGrpc(answer);
  opened.push(server);
  const handler = { kind: 'grpc', port: server.port, service: 'shop' } as const;
  return { outcome: await probes.probe({ podIP: server.podIP, handler }, timeoutMs), server };
}
const failure = (message: string): ProbeOutcome => ({ kind: 'failure', message });

describe('a gRPC probe', () => {
  it('succeeds only with SERVING, and leaves no connection', async () => {
    const { outcome, server } = await ask((stream) => answerStatus(stream, 1));
    expect(outcome).toEqual({ kind: 'success' });
    await vi.waitFor(() => expect(server.connections()).toBe(0));
  });

  it.each([
    { status: 0, name: 'UNKNOWN' },
    { status: 2, name: 'NOT_SERVING' },
    { status: 3, name: 'SERVICE_UNKNOWN' },
    { status: 9, name: '9' },
  ])('fails with the status $name', async ({ status, name }) => {
    const { outcome } = await ask((stream) => answerStatus(stream, status));
    expect(outcome).toEqual(failure(`service unhealthy (responded with "${name}")`));
  });

  it.each([
    {
      headers: { 'grpc-status': '12', 'grpc-message': 'unknown%20method' },
      words:
        'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown method',
    },
    { headers: { 'grpc-status': '4' }, words: 'timeout: health rpc did not complete within 2s' },
    {
      headers: { 'grpc-status': '7', 'grpc-message': 'not %you' },
      words: 'error: health rpc probe failed: rpc error: code = PermissionDenied desc = not %you',
    },
    {
      headers: { 'grpc-status': '99' },
      words: 'error: health rpc probe failed: rpc error: code = Unknown desc = ',
    },
    {
      headers: { ':status': '404' },
      words:
        'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unexpected HTTP status code received from server: 404',
    },
    ...Object.entries({
      400: 'Internal',
      401: 'Unauthenticated',
      403: 'PermissionDenied',
      418: 'Unknown',
      503: 'Unavailable',
    }).map(([status, code]) => ({
      headers: { ':status': status },
      words: `error: health rpc probe failed: rpc error: code = ${code} desc = unexpected HTTP status code received from server: ${status}`,
    })),
    {
      headers: {},
      words:
        'error: health rpc probe failed: rpc error: code = Internal desc = server closed the stream without sending trailers',
    },
  ])('fails with $headers', async ({ headers, words }) => {
    const { outcome } = await ask((stream) => endWith(stream, headers));
    expect(outcome).toEqual(failure(words));
  });

  it('fails with a message that is none, or too large', async () => {
    const none = await ask((stream) => answerMessage(stream, Uint8Array.of(1, 2)));
    expect(none.outcome).toEqual(
      failure(
        'error: health rpc probe failed: rpc error: code = Internal desc = grpc: failed to unmarshal the received message',
      ),
    );
    const large = await ask((stream) => answerMessage(stream, new Uint8Array(20_000)));
    expect(large.outcome).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('ResourceExhausted') as string,
    });
  });

  it.each([
    {
      what: 'the stream',
      end: (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    },
    { what: 'the connection', end: (stream: ServerHttp2Stream) => stream.session?.destroy() },
  ])('fails when the server ends $what', async ({ end }) => {
    const { outcome } = await ask(end);
    expect(outcome).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('code = Unavailable') as string,
    });
  });

  it('fails with a server that speaks another protocol', async () => {
    const server = await startHttp((_, response) => void response.end());
    opened.push(server);
    const handler = { kind: 'grpc', port: server.port, service: '' } as const;
    expect(await probes.probe({ podIP: server.podIP, handler }, 2000)).toMatchObject({ kind: 'failure' });
  });

  it('writes its patience as Go does', async () => {
    const { outcome } = await ask((stream) => endWith(stream, { 'grpc-status': '4' }), 90_000);
    expect(outcome).toEqual(failure('timeout: health rpc did not complete within 1m30s'));
  });
});

describe('the messages of the health service', () => {
  it('name the service, also one with a long name', () => {
    expect([...encodeCheck('')]).toEqual([0, 0, 0, 0, 0]);
    expect([...encodeCheck('ab')]).toEqual([0, 0, 0, 0, 4, 0x0a, 2, 97, 98]);
    expect([...encodeCheck('x'.repeat(200)).subarray(0, 8)]).toEqual([0, 0, 0, 0, 203, 0x0a, 200, 1]);
  });

  const frame = (...message: number[]): Buffer => Buffer.from([0, 0, 0, 0, message.length, ...message]);
  it.each([
    { what: 'no field at all', bytes: frame(), is: 'UNKNOWN' },
    {
      what: 'fields that it does not know',
      bytes: frame(0x12, 1, 9, 0x1d, 0, 0, 0, 0, 0x08, 1),
      is: 'SERVING',
    },
    {
      what: 'a long field of eight bytes',
      bytes: frame(0x19, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 2),
      is: 'NOT_SERVING',
    },
    { what: 'a number of two bytes', bytes: frame(0x08, 0x80, 0x01), is: '128' },
    { what: 'a compressed message', bytes: Buffer.from([1, 0, 0, 0, 0]), is: undefined },
    { what: 'half a message', bytes: Buffer.from([0, 0, 0, 0, 9, 8]), is: undefined },
    { what: 'a field without its value', bytes: frame(0x08), is: undefined },
    { what: 'a text without its end', bytes: frame(0x12, 9, 1), is: undefined },
    { what: 'a wire type that nobody knows', bytes: frame(0x0b, 1), is: undefined },
    { what: 'a number without an end', bytes: frame(0xff, 0xff, 0xff, 0xff, 0xff), is: undefined },
  ])('are read with $what', ({ bytes, is }) => {
    expect(decodeStatus(bytes)).toBe(is);
  });
});
