import { describe, expect, it } from 'vitest';
import { textAnswer } from '../../lib/kubelet-api/exchange.ts';
import type { Handlers } from '../../lib/kubelet-api/handlers.ts';
import { ADMIN, NOBODY, NODE, openApi, type ApiBench } from './open-api.ts';

const SECRET = 'top secret';

/** Every route, and what it needs: the verb, and the subresources any of which will do. */
const ROUTES: readonly (readonly [string, string, 'get' | 'create', readonly Subresource[]])[] = [
  ['GET', '/containerLogs/shop/web/main', 'get', ['proxy']],
  ['GET', '/containerLogs/shop/web/main?follow=true', 'get', ['proxy']],
  ['GET', '/exec/shop/web/main?command=ls&output=1', 'create', ['proxy']],
  ['POST', '/exec/shop/web/main?command=ls&output=1', 'create', ['proxy']],
  ['GET', '/exec/shop/web/uid/main', 'create', ['proxy']],
  ['GET', '/attach/shop/web/main', 'create', ['proxy']],
  ['POST', '/attach/shop/web/main', 'create', ['proxy']],
  ['GET', '/portForward/shop/web', 'create', ['proxy']],
  ['POST', '/portForward/shop/web', 'create', ['proxy']],
  ['GET', '/pods', 'get', ['pods', 'proxy']],
  ['GET', '/pods/', 'get', ['pods', 'proxy']],
  ['GET', '/runningpods/', 'get', ['pods', 'proxy']],
  ['GET', '/healthz', 'get', ['healthz', 'proxy']],
  ['GET', '/stats/summary', 'get', ['stats']],
  ['GET', '/metrics/resource', 'get', ['metrics']],
  ['GET', '/metrics/resource/', 'get', ['metrics']],
  ['POST', '/pods', 'create', ['pods', 'proxy']],
  ['DELETE', '/pods', 'delete' as 'create', ['pods', 'proxy']],
  ['GET', '/configz', 'get', ['configz', 'proxy']],
  ['GET', '/logs/messages', 'get', ['log']],
  ['GET', '/metrics', 'get', ['metrics']],
  ['POST', '/run/shop/web/main', 'create', ['proxy']],
  ['GET', '/nothing/here', 'get', ['proxy']],
  ['GET', '/podsx', 'get', ['proxy']],
];
type Subresource = 'log' | 'stats' | 'metrics' | 'proxy' | 'pods' | 'healthz' | 'configz';

/** A world in which every route would tell the secret. */
function openSecret(): ApiBench {
  const tell = (): Promise<ReturnType<typeof textAnswer>> => Promise.resolve(textAnswer(200, SECRET));
  const handlers: Handlers = {
    ...{ exec: tell, attach: tell, portForward: tell, statsSummary: tell, metricsResource: tell },
  };
  const bench = openApi(handlers);
  bench.kubernetes.controls.addPod({
    name: 'web',
    namespace: 'shop',
    annotations: { secret: SECRET },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          ...{ name: 'main', image: '', imageID: '', ready: true, restartCount: 0 },
          ...{ state: { running: {} }, containerID: 'ecs://0123-1' },
        },
      ],
    },
  });
  bench.logs.write({ group: '/pods', stream: 'pod/main/0123' }, { at: bench.clock.now(), text: SECRET });
  return bench;
}

describe('every route', () => {
  it.each(ROUTES)('%s %s: 401 without a byte for whom nobody knows', async (method, target) => {
    const { ask, kubernetes, logs } = openSecret();
    const refused = { kind: 'answer', status: 401, body: 'Unauthorized\n' };
    expect(await ask(target, { method, certificate: NOBODY })).toEqual(refused);
    expect(await ask(target, { method, token: 'wrong' })).toEqual(refused);
    const bad = { kind: 'refused', why: 'self-signed certificate' } as const;
    expect(await ask(target, { method, certificate: bad })).toEqual(refused);
    expect(await ask(target, { method, token: 'wrong', certificate: bad })).toEqual(refused);
    const nameless = { kind: 'verified', commonName: '', organisations: ['system:masters'] } as const;
    expect(await ask(target, { method, certificate: nameless })).toEqual(refused);
    expect(logs.reads).toEqual([]);
    expect(kubernetes.controls.callsOf('pods.list')).toEqual([]);
  });

  it.each(ROUTES)(
    '%s %s: 403 for whom %s on %j was not granted',
    async (method, target, verb, subresources) => {
      const { ask, kubernetes, logs } = openSecret();
      const { controls } = kubernetes;
      controls.knowToken('weak', { name: 'weak', groups: ['system:authenticated'] });
      // Everything but what it needs.
      for (const other of ['log', 'stats', 'metrics', 'proxy', 'pods', 'healthz', 'configz'] as const)
        for (const one of ['get', 'create', 'update', 'patch', 'delete'] as const)
          if (one !== verb || !subresources.includes(other)) controls.grant('weak', one, other);
      expect(await ask(target, { method, token: 'weak' })).toEqual({
        kind: 'answer',
        status: 403,
        body: `Forbidden (user=weak, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])\n`,
      });
      expect(logs.reads).toEqual([]);
      expect(controls.callsOf('pods.list')).toEqual([]);
    },
  );

  it.each(ROUTES)(
    '%s %s: is served to whom %s on any of %j was granted',
    async (method, target, verb, any) => {
      for (const subresource of any) {
        const { open, kubernetes } = openSecret();
        kubernetes.controls.knowToken('some', { name: 'some', groups: [] });
        kubernetes.controls.grant('some', verb, subresource);
        const outcome = await open(target, { method, token: 'some' });
        expect([401, 403, 500]).not.toContain(outcome.kind === 'answer' ? outcome.status : 0);
      }
    },
  );

  it.each(ROUTES)(
    '%s %s: 500 without a byte while nobody can say who calls or what he may',
    async (method, target) => {
      for (const review of ['identify', 'allows']) {
        const { ask, kubernetes, logs } = openSecret();
        kubernetes.controls.knowToken('good', { name: 'x', groups: ['system:masters'] });
        kubernetes.controls.failNext(`reviews.${review}`, { kind: 'transient', message: 'no answer' });
        expect(await ask(target, { method, token: 'good' })).toEqual({
          ...{ kind: 'answer', status: 500, body: 'no answer\n' },
        });
        expect(logs.reads).toEqual([]);
      }
    },
  );

  it('refuses methods that no verb stands for', async () => {
    const { ask } = openSecret();
    for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])
      expect(await ask('/pods', { method })).toMatchObject({ status: 405 });
  });
});

describe('who calls', () => {
  it('is by certificate its CN and its Os, and known to be someone', async () => {
    const { ask, kubernetes } = openApi();
    await ask('/healthz', { certificate: ADMIN });
    expect(kubernetes.controls.callsOf('reviews.allows')[0]?.args).toEqual([
      { name: 'kube-apiserver-kubelet-client', groups: ['system:masters', 'system:authenticated'] },
      { verb: 'get', subresource: 'healthz', node: NODE },
    ]);
    expect(kubernetes.controls.callsOf('reviews.identify')).toEqual([]);
  });

  it.each([
    ['was refused', { kind: 'refused', why: 'CERT_HAS_EXPIRED' } as const],
    ['has no name', { kind: 'verified', commonName: '', organisations: ['system:masters'] } as const],
  ])('is by token where the certificate %s, with nothing of the certificate', async (_, certificate) => {
    const { ask, kubernetes } = openApi();
    kubernetes.controls.knowToken('good', { name: 'x', groups: ['system:authenticated'] });
    await ask('/healthz', { certificate, token: 'good' });
    expect(kubernetes.controls.callsOf('reviews.allows')[0]?.args[0]).toEqual({
      name: 'x',
      groups: ['system:authenticated'],
    });
    expect(await ask('/healthz', { certificate, token: 'wrong' })).toMatchObject({ status: 401 });
  });

  it('is by certificate even where a token says otherwise', async () => {
    const { ask, kubernetes } = openApi();
    kubernetes.controls.knowToken('good', { name: 'x', groups: [] });
    await ask('/healthz', { certificate: ADMIN, token: 'good' });
    expect(kubernetes.controls.callsOf('reviews.identify')).toEqual([]);
  });

  it('is by token asked once in two minutes, of whom nobody knows after ten seconds', async () => {
    const { ask, kubernetes, clock } = openApi();
    const { controls } = kubernetes;
    controls.knowToken('good', { name: 'x', groups: ['system:masters'] });
    const asked = (): number => controls.callsOf('reviews.identify').length;
    await Promise.all(Array.from({ length: 20 }, () => ask('/healthz', { token: 'good' })));
    expect(asked()).toBe(1);
    await clock.advance(119_999);
    await ask('/healthz', { token: 'good' });
    expect(asked()).toBe(1);
    await clock.advance(1);
    await ask('/healthz', { token: 'good' });
    expect(asked()).toBe(2);
    expect(await ask('/healthz', { token: 'late' })).toMatchObject({ status: 401 });
    controls.knowToken('late', { name: 'x', groups: ['system:masters'] });
    await clock.advance(9_999);
    expect(await ask('/healthz', { token: 'late' })).toMatchObject({ status: 401 });
    await clock.advance(1);
    expect(await ask('/healthz', { token: 'late' })).toMatchObject({ status: 200, body: 'ok' });
  });

  it('is asked again after an answer that failed', async () => {
    const { ask, kubernetes } = openApi();
    kubernetes.controls.knowToken('good', { name: 'x', groups: ['system:masters'] });
    kubernetes.controls.failNext('reviews.identify', { kind: 'transient', message: 'no answer' });
    expect(await ask('/healthz', { token: 'good' })).toMatchObject({ status: 500 });
    expect(await ask('/healthz', { token: 'good' })).toMatchObject({ status: 200 });
  });

  it('may what he may for five minutes, and what not for half a minute; per node', async () => {
    const { ask, kubernetes, clock } = openApi();
    const { controls } = kubernetes;
    controls.knowToken('t', { name: 'x', groups: [] });
    const asked = (): number => controls.callsOf('reviews.allows').length;
    expect(await ask('/healthz', { token: 't' })).toMatchObject({ status: 403 });
    controls.grant('x', 'get', 'healthz');
    await clock.advance(29_999);
    expect(await ask('/healthz', { token: 't' })).toMatchObject({ status: 403 });
    expect(asked()).toBe(2);
    await clock.advance(1);
    expect(await ask('/healthz', { token: 't' })).toMatchObject({ status: 200 });
    await clock.advance(299_999);
    await ask('/healthz', { token: 't' });
    expect(asked()).toBe(3);
    await ask('/healthz', { token: 't', node: 'node-2' });
    expect(asked()).toBe(4);
    await clock.advance(1);
    await ask('/healthz', { token: 't' });
    expect(asked()).toBe(5);
  });

  it('keeps no more than a thousand answers', async () => {
    const { ask, kubernetes } = openApi();
    const { controls } = kubernetes;
    const tokens = Array.from({ length: 1_001 }, (_, number) => `token-${number}`);
    for (const token of tokens) await ask('/healthz', { token });
    await ask('/healthz', { token: 'token-1' });
    expect(controls.callsOf('reviews.identify')).toHaveLength(1_001);
    await ask('/healthz', { token: 'token-0' });
    expect(controls.callsOf('reviews.identify')).toHaveLength(1_002);
  });

  it('tells no token to the log', async () => {
    const { ask, telemetry } = openApi();
    await ask('/pods?token=query-secret', { token: 'header-secret' });
    expect(JSON.stringify(telemetry.lines)).not.toContain('secret');
  });
});
