import { describe, expect, it } from 'vitest';
import { findRoute } from '../../lib/kubelet-api/find-route.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { aLaunch, aStoppedTask, aTask } from '../support/vocabulary.ts';
import { NODE, openApi, type ApiBench } from './open-api.ts';

describe('a path', () => {
  const main = { namespace: 'shop', pod: 'web', container: 'main' };

  it.each([
    ['GET', '/containerLogs/shop/web/main', { kind: 'logs', of: main }],
    ['GET', '/containerLogs/shop/web/main/', { kind: 'logs', of: main }],
    ['POST', '/containerLogs/shop/web/main', { kind: 'wrongMethod' }],
    ['GET', '/containerLogs/shop/web', { kind: 'noSuchPath' }],
    ['GET', '/containerLogs/shop/web/main/more', { kind: 'noSuchPath' }],
    ['GET', '/containerLogs/shop//main', { kind: 'noSuchPath' }],
    ['GET', '/containerLogs', { kind: 'noSuchPath' }],
    ['GET', '/exec/shop/web/main', { kind: 'exec', of: main }],
    ['POST', '/exec/shop/web/u-1/main', { kind: 'exec', of: { ...main, uid: 'u-1' } }],
    ['DELETE', '/exec/shop/web/main', { kind: 'wrongMethod' }],
    ['GET', '/exec/shop/web', { kind: 'noSuchPath' }],
    ['POST', '/attach/shop/web/main', { kind: 'attach', of: main }],
    ['GET', '/portForward/shop/web', { kind: 'portForward', of: { namespace: 'shop', pod: 'web' } }],
    [
      'POST',
      '/portForward/shop/web/u-1',
      { kind: 'portForward', of: { namespace: 'shop', pod: 'web', uid: 'u-1' } },
    ],
    ['GET', '/portForward/shop/web/u-1/x', { kind: 'noSuchPath' }],
    ['GET', '/pods', { kind: 'pods' }],
    ['GET', '/pods/', { kind: 'pods' }],
    ['POST', '/pods', { kind: 'wrongMethod' }],
    ['GET', '/pods//', { kind: 'noSuchPath' }],
    ['GET', '//pods', { kind: 'noSuchPath' }],
    ['GET', '/runningpods', { kind: 'runningPods' }],
    ['GET', '/runningpods/', { kind: 'runningPods' }],
    ['GET', '/healthz', { kind: 'healthz' }],
    ['GET', '/stats/summary/', { kind: 'statsSummary' }],
    ['GET', '/stats', { kind: 'noSuchPath' }],
    ['GET', '/metrics/resource', { kind: 'metricsResource' }],
    ['GET', '/metrics', { kind: 'noSuchPath' }],
    ['GET', '/', { kind: 'noSuchPath' }],
    ['GET', '/toString', { kind: 'noSuchPath' }],
    ['GET', '/run/shop/web/main', { kind: 'noSuchPath' }],
  ] as const)('%s %s', (method, path, expected) => {
    expect(findRoute({ method, path })).toEqual(expected);
  });

  it('that nothing serves is answered with 404, a wrong method with 405, what is not there yet with 501', async () => {
    const { ask } = openApi();
    expect(await ask('/nothing')).toMatchObject({ status: 404 });
    expect(await ask('/pods', { method: 'POST' })).toMatchObject({ status: 405 });
    for (const path of [
      '/exec/a/b/c',
      '/attach/a/b/c',
      '/portForward/a/b',
      '/stats/summary',
      '/metrics/resource',
    ])
      expect(await ask(path)).toMatchObject({
        status: 501,
        body: expect.stringMatching(/is not served for this node\n$/) as string,
      });
  });
});

interface List {
  readonly kind: string;
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly nodeName: string };
  }[];
}

async function listed({ ask }: ApiBench, path: string): Promise<readonly string[]> {
  const { status, body } = await ask(path);
  expect(status).toBe(200);
  const { kind, items } = JSON.parse(body) as List;
  expect(kind).toBe('PodList');
  for (const { spec } of items) expect(spec.nodeName).toBe(NODE);
  return items.map(({ metadata }) => metadata.name);
}

describe('/pods', () => {
  it('lists what is bound to the node, over any number of pages', async () => {
    const bench = openApi();
    expect(await listed(bench, '/pods')).toEqual([]);
    for (const name of ['a', 'b', 'c', 'd', 'e']) bench.kubernetes.controls.addPod({ name });
    bench.kubernetes.controls.addPod({ name: 'elsewhere', node: 'node-2' });
    expect(await listed(bench, '/pods')).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is 500 while the API server does not answer', async () => {
    const { ask, kubernetes } = openApi();
    kubernetes.controls.failNext('pods.list', { kind: 'transient', message: 'no answer' });
    expect(await ask('/pods')).toMatchObject({ status: 500, body: 'no answer\n' });
  });
});

describe('/runningpods/', () => {
  const withTask = (bench: ApiBench, name: string, record?: Partial<PodRecord>): void => {
    const { metadata } = bench.kubernetes.controls.addPod({ name });
    if (record === undefined) return;
    const of = { node: NODE, uid: metadata.uid, namespace: metadata.namespace, name };
    bench.records.put({ ...aLaunch(), ...record, ...of });
  };

  it('lists pods whose task is not over and that nobody has deleted, as they are at that moment', async () => {
    const bench = openApi();
    withTask(bench, 'running', { task: aTask() });
    withTask(bench, 'leaving', { task: aTask() });
    withTask(bench, 'killed', { task: aTask() });
    withTask(bench, 'over', { task: aStoppedTask(1) });
    withTask(bench, 'waiting');
    withTask(bench, 'claimed', { ...aLaunch(null), state: 'claimed' });
    expect(await listed(bench, '/runningpods/')).toEqual(['running', 'leaving', 'killed']);
    bench.kubernetes.controls.deletePod('default', 'leaving', 30);
    bench.kubernetes.controls.deletePod('default', 'killed', 0);
    expect(await listed(bench, '/runningpods')).toEqual(['running']);
  });
});
