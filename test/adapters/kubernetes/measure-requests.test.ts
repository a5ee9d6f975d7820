import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTransport } from '../../../lib/adapters/kubernetes/send-request.ts';
import type { ScriptedAnswer } from '../../support/script-server.ts';
import { type AskedScript, askScript } from './ask-script.ts';

const namesIn = ({ counted }: AskedScript): string[] => counted.map(([name]) => name);
const OK = { status: 200, body: { major: '1', minor: '36', gitVersion: 'v1.36.0' } };

afterEach(() => {
  vi.useRealTimers();
});

describe('a request to the API server', () => {
  it('is counted with its milliseconds, for the cluster', async () => {
    const script = await askScript([OK]);
    await script.ports.cluster.version();
    expect(script.counted).toEqual([['ApiLatency', expect.any(Number)]]);
    expect(script.counted[0]?.[1]).toBeGreaterThan(0);
  });

  it.each([404, 409])('that is answered by %i is no error of the API server', async (status) => {
    const script = await askScript([{ status }]);
    await script.ports.pods.get('a', 'web', 'node-1').catch(() => undefined);
    expect(namesIn(script)).toEqual(['ApiLatency']);
  });

  it.each([429, 500, 503])(
    'that is answered by %i is an error, and so is each repetition',
    async (status) => {
      const script = await askScript([{ status }, { status }, OK]);
      await script.ports.cluster.version();
      expect(namesIn(script)).toEqual(['ApiLatency', 'ApiErrors', 'ApiLatency', 'ApiErrors', 'ApiLatency']);
    },
  );

  it('that gets no whole answer is an error without a latency', async () => {
    const script = await askScript(['hang up', OK]);
    await script.ports.cluster.version();
    expect(namesIn(script)).toEqual(['ApiErrors', 'ApiLatency']);
  });

  it('is not charged with its wait for a connection', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const held: ServerResponse[] = [];
    const server = createServer((_, response) => void held.push(response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const access = {
      endpoint: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      headers: {},
    };
    const transport = createTransport();
    const asked = Array.from({ length: 9 }, () =>
      transport.send(access, { method: 'GET', path: '/version' }),
    );
    while (held.length < 8) await turn();
    vi.advanceTimersByTime(5_000);
    while (held.length > 0) held.pop()?.end('{}');
    await Promise.all(asked.slice(0, 8));
    while (held.length === 0) await turn();
    held.pop()?.end('{}');
    expect((await Promise.all(asked)).map(({ ms }) => ms)).toEqual([...Array<number>(8).fill(5_000), 0]);
    server.closeAllConnections();
    server.close();
  });
});

describe('a watch', () => {
  const open = (script: AskedScript, signal = new AbortController().signal): Promise<unknown> =>
    script.ports.pods.watch('n', '1', signal)[Symbol.asyncIterator]().next();
  const WATCHED: ScriptedAnswer = {
    pieces: ['{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}\n'],
    then: 'end',
  };

  it('has no latency', async () => {
    const script = await askScript([WATCHED]);
    await open(script);
    expect(script.counted).toEqual([]);
  });

  it.each<[string, ScriptedAnswer]>([
    ['answered by 503', { status: 503 }],
    ['not answered', 'hang up'],
  ])('that is %s is an error', async (_, answer) => {
    const script = await askScript([answer]);
    await open(script).catch(() => undefined);
    expect(namesIn(script)).toEqual(['ApiErrors']);
  });

  it('whose resourceVersion is too old, or that we give up ourselves, is none', async () => {
    const script = await askScript([{ status: 410 }]);
    await open(script);
    await open(script, AbortSignal.abort()).catch(() => undefined);
    expect(script.counted).toEqual([]);
  });
});
