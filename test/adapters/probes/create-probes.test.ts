import { afterEach, describe, expect, it } from 'vitest';
import { createProbes } from '../../../lib/adapters/probes/create-probes.ts';
import { dialError, isNetworkAddress } from '../../../lib/adapters/probes/reach-host.ts';
import { withTimeLimit } from '../../../lib/adapters/probes/time-limit.ts';
import type { ProbeTarget } from '../../../lib/ports/probes.ts';
import { startHttp, startProbed, type Probed } from './start-probed.ts';

const opened: Probed[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});
const keep = async (started: Promise<Probed>): Promise<Probed> => {
  const server = await started;
  opened.push(server);
  return server;
};

describe('where probes go', () => {
  it.each(['10.0.0.1', '172.16.3.4', '100.64.0.1', '8.8.8.8', 'fd12::1', '2600:1f18::1'])(
    'may be %s',
    (address) => expect(isNetworkAddress(address)).toBe(true),
  );

  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '169.254.170.2',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    'fe80::1',
    'ff02::1',
    'fd00:ec2::254',
    'localhost',
  ])('may not be %s', (address) => expect(isNetworkAddress(address)).toBe(false));

  it.each([
    { host: '127.0.0.1', is: '127.0.0.1' },
    { host: 'localhost', is: expect.stringMatching(/127\.0\.0\.1|::1/) as string },
  ])('is never the function itself ($host), whatever the pod says', async ({ host }) => {
    let asked = 0;
    const server = await keep(
      startHttp((_, response) => {
        asked += 1;
        response.end();
      }),
    );
    const { port } = server;
    const probes = createProbes();
    const handlers: ProbeTarget['handler'][] = [
      { kind: 'tcp', host, port },
      { kind: 'http', scheme: 'http', host, port, path: '/', headers: [] },
    ];
    for (const handler of handlers)
      expect(await probes.probe({ podIP: '10.0.0.1', handler }, 1000)).toEqual({
        kind: 'error',
        message: expect.stringContaining('is not an address of the network and is not probed') as string,
      });
    const handler = { kind: 'grpc', port, service: '' } as const;
    expect(await probes.probe({ podIP: '127.0.0.1', handler }, 1000)).toMatchObject({ kind: 'error' });
    expect([asked, server.connections()]).toEqual([0, 0]);
  });

  it('is told when a name is not known', async () => {
    const handler = { kind: 'tcp', host: 'nobody.invalid', port: 80 } as const;
    expect(await createProbes().probe({ podIP: '10.0.0.1', handler }, 5000)).toEqual({
      kind: 'failure',
      message: 'dial tcp: lookup nobody.invalid: no such host',
    });
  });

  it.each([
    { cause: { code: 'EHOSTUNREACH' }, words: 'dial tcp 10.0.0.1:80: connect: no route to host' },
    { cause: { code: 'ENOTHING' }, words: 'dial tcp 10.0.0.1:80: connect: enothing' },
    { cause: 'broken', words: 'dial tcp 10.0.0.1:80: connect: unknown' },
  ])('is told with why nothing is reached: $words', ({ cause, words }) => {
    expect(dialError({ address: '10.0.0.1', port: 80 }, cause).message).toBe(words);
  });

  it('is written with brackets when it is an IPv6 address', () => {
    const { message } = dialError({ address: 'fd12::1', port: 80 }, { code: 'ECONNREFUSED' });
    expect(message).toBe('dial tcp [fd12::1]:80: connect: connection refused');
  });
});

describe('probes at once', () => {
  it('are bounded, and the time of one that waits for its turn does not run', async () => {
    let most = 0;
    let now = 0;
    const server = await keep(
      startHttp((_, response) => {
        most = Math.max(most, (now += 1));
        setTimeout(() => {
          now -= 1;
          response.end();
        }, 60);
      }),
    );
    const probes = createProbes({ width: 2, isAllowed: () => true });
    const handler = { kind: 'http', scheme: 'http', port: server.port, path: '/', headers: [] } as const;
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => probes.probe({ podIP: server.podIP, handler }, 200)),
    );
    expect(outcomes).toEqual(Array.from({ length: 10 }, () => ({ kind: 'success' })));
    expect(most).toBe(2);
  });

  it('end at once when the caller gives up, and close their connections', async () => {
    const server = await keep(startProbed({ kind: 'silent' }));
    const probes = createProbes({ isAllowed: () => true });
    const stop = new AbortController();
    const handler = { kind: 'http', scheme: 'http', port: server.port, path: '/', headers: [] } as const;
    const outcome = probes.probe({ podIP: server.podIP, handler }, 60_000, stop.signal);
    while (server.connections() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await outcome).toEqual({ kind: 'error', message: 'the probe was given up' });
    while (server.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

describe('a time limit', () => {
  it('passes on what fails in time', async () => {
    const failing = withTimeLimit(1000, undefined, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
  });
});
