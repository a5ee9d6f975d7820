import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { podsOf } from '../../contract/pod-pages.ts';
import { askScript, failureFrom } from './ask-script.ts';

const POD = {
  metadata: { namespace: 'a', name: 'web', uid: 'u', resourceVersion: '5' },
  spec: {},
} as unknown as Pod;
const FINE = { status: 200, body: POD };
const said = (status: number, message: string) => ({ status, body: { kind: 'Status', message } });
const NEVER: readonly [] = [];

describe('reads', () => {
  it.each([
    ['the connection breaks', 'hang up'],
    ['the server fails', said(500, 'etcd')],
    ['the server is not ready', said(503, 'starting')],
    ['there were too many requests', said(429, 'slow down')],
  ] as const)('are sent again when %s', async (_why, bad) => {
    const { ports, seen, delays, warnings } = await askScript([bad, bad, FINE]);
    expect(await ports.pods.get('a', 'web', 'node-1')).toEqual(POD);
    expect(seen).toHaveLength(3);
    expect(delays).toEqual([200, 800]);
    expect(warnings).toHaveLength(2);
  });

  it('are sent three times at most', async () => {
    const { ports, seen } = await askScript([said(500, 'etcd is away')]);
    expect(await failureFrom(ports.pods.get('a', 'web', 'node-1'))).toEqual({
      kind: 'transient',
      code: '500',
      message: 'GET /api/v1/namespaces/a/pods/web: failed (500: etcd is away)',
    });
    expect(seen).toHaveLength(3);
  });

  it('wait as long as the server asks', async () => {
    const { ports, delays } = await askScript([{ ...said(429, 'x'), headers: { 'retry-after': '2' } }, FINE]);
    await ports.pods.get('a', 'web', 'node-1');
    expect(delays).toEqual([2_000]);
  });

  it('leave a long wait to the loop', async () => {
    const { ports, seen } = await askScript([{ ...said(429, 'x'), headers: { 'retry-after': '60' } }]);
    expect(await failureFrom(ports.pods.get('a', 'web', 'node-1'))).toMatchObject({
      kind: 'throttled',
      code: '429',
    });
    expect(seen).toHaveLength(1);
  });

  it('bring text in any script unharmed, wherever the network cuts it', async () => {
    const annotations = { note: `ü${'世🌍'.repeat(100_000)}` };
    const { ports } = await askScript([
      { status: 200, body: { ...POD, metadata: { ...POD.metadata, annotations } } },
    ]);
    expect((await ports.pods.get('a', 'web', 'node-1'))?.metadata.annotations?.['note']).toBe(
      annotations.note,
    );
  });

  it('fail as transient when no one listens', async () => {
    const { ports, seen } = await askScript(NEVER);
    expect(seen).toEqual([]);
    const { createKubernetes } = await import('../../../lib/adapters/kubernetes/create-kubernetes.ts');
    const access = { endpoint: { url: 'http://127.0.0.1:1' }, headers: {} };
    const identity = { current: () => Promise.resolve(access), renewed: () => Promise.resolve(access) };
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const nowhere = createKubernetes({
      identity,
      clock,
      telemetry: { warn: () => undefined, count: () => undefined },
    });
    expect(ports).toBeDefined();
    expect(
      await failureFrom(nowhere.pods.remove({ namespace: 'a', name: 'web', uid: 'u' }, 'node-1')),
    ).toMatchObject({
      kind: 'transient',
      code: 'ECONNREFUSED',
    });
  });

  it('fail when the answer does not come from an API server', async () => {
    const page = { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } };
    const { ports } = await askScript([page]);
    expect(await failureFrom(ports.pods.get('a', 'web', 'node-1'))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('not JSON but text/html') as string,
    });
  });

  it('fail as internal when the request itself is refused', async () => {
    const { ports } = await askScript([said(400, 'bad selector')]);
    expect(await failureFrom(podsOf(ports.pods, 'n'))).toMatchObject({
      kind: 'internal',
      message: 'GET /api/v1/pods: refused (400: bad selector)',
    });
  });
});

describe('writes', () => {
  it('with a precondition are sent again, whose second answer then says what became of it', async () => {
    const { ports, seen } = await askScript(['hang up', said(404, 'not found')]);
    expect(await ports.pods.remove({ namespace: 'a', name: 'web', uid: 'u' }, 'node-1')).toBe('gone');
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['the connection breaks', 'hang up'],
    ['the server fails', said(500, 'etcd')],
    ['a proxy gives up', { status: 504, body: 'gateway timeout', headers: { 'content-type': 'text/plain' } }],
  ] as const)('without one are ambiguous and not sent again when %s', async (_why, bad) => {
    const { ports, seen } = await askScript([bad]);
    expect(await failureFrom(ports.nodes.patchStatus('n', { phase: 'x' }))).toMatchObject({
      kind: 'ambiguous',
    });
    expect(seen).toHaveLength(1);
  });

  it('that were turned away unread are sent again', async () => {
    const { ports, seen } = await askScript([said(429, 'x'), said(503, 'x'), { status: 200, body: {} }]);
    expect(await ports.nodes.patchStatus('n', { phase: 'x' })).toMatchObject({ kind: 'patched' });
    expect(seen).toHaveLength(3);
  });
});

describe('identity', () => {
  it('is renewed once when the server does not know it', async () => {
    const { ports, seen, renewals } = await askScript([said(401, 'Unauthorized'), FINE]);
    await ports.pods.get('a', 'web', 'node-1');
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-0', 'Bearer token-1']);
    expect(renewals()).toBe(1);
  });

  it('fails as auth when the server does not know the new one either', async () => {
    const { ports, seen } = await askScript([said(401, 'Unauthorized')]);
    const failure = await failureFrom(podsOf(ports.pods, 'n'));
    expect(failure).toMatchObject({ kind: 'auth', code: '401' });
    expect(failure.message).toContain('GET /api/v1/pods: the API server does not know the identity');
    expect(seen).toHaveLength(2);
  });

  it('fails as auth, with verb and resource, when it may not do something', async () => {
    const { ports, seen } = await askScript([said(403, 'pods is forbidden: User "x" cannot patch')]);
    const failure = await failureFrom(ports.pods.patchStatus(POD, { phase: 'Running' }));
    expect(failure).toMatchObject({ kind: 'auth', code: '403' });
    expect(failure.message).toContain('PATCH /api/v1/namespaces/a/pods/web/status');
    expect(failure.message).toContain('pods is forbidden: User "x" cannot patch');
    expect(seen).toHaveLength(1);
  });

  it('calls itself lambdalet and asks for JSON', async () => {
    const { ports, seen } = await askScript([FINE]);
    await ports.pods.get('a', 'web', 'node-1');
    expect(seen[0]?.headers).toMatchObject({ 'user-agent': 'lambdalet', accept: 'application/json' });
  });
});
