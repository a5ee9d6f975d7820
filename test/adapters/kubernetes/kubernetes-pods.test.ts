import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import type { PodPage } from '../../../lib/ports/pods.ts';
import { pagesOf } from '../../contract/pod-pages.ts';
import { askScript, failureFrom } from './ask-script.ts';

const POD = {
  metadata: { namespace: 'a', name: 'web', uid: 'u', resourceVersion: '5' },
  spec: {},
} as unknown as Pod;
const page = (names: readonly string[], next?: string, resourceVersion = '100') => ({
  status: 200,
  body: {
    metadata: { resourceVersion, ...(next && { continue: next }) },
    items: names.map((name) => ({ metadata: { name }, spec: {} })),
  },
});
const TOO_OLD = {
  status: 410,
  body: { kind: 'Status', code: 410, message: 'The provided continue parameter is too old' },
};
const said = (status: number, message: string) => ({ status, body: { kind: 'Status', message } });

describe('list of pods', () => {
  const namesOf = (page: PodPage) => page.pods.map(({ metadata }) => metadata.name);

  it('reads every page, and never an old copy', async () => {
    const { ports, seen } = await askScript([page(['a', 'b'], 'next'), page(['c'])]);
    const pages = await pagesOf(ports.pods.list('fargate'));
    expect(pages.map(namesOf)).toEqual([['a', 'b'], ['c']]);
    expect(pages.map(({ resourceVersion }) => resourceVersion)).toEqual(['100', '100']);
    expect(seen.map(({ query }) => query)).toEqual([
      { fieldSelector: 'spec.nodeName=fargate', limit: '100' },
      { fieldSelector: 'spec.nodeName=fargate', limit: '100', continue: 'next' },
    ]);
  });

  it('asks for a page only when it is wanted', async () => {
    const { ports, seen } = await askScript([page(['a'], 'next'), page(['b'])]);
    for await (const first of ports.pods.list('fargate')) {
      expect(namesOf(first)).toEqual(['a']);
      break;
    }
    expect(seen).toHaveLength(1);
  });

  it('takes a page without items for an empty one', async () => {
    const { ports } = await askScript([
      { status: 200, body: { metadata: { resourceVersion: '7' }, items: null } },
    ]);
    expect(await pagesOf(ports.pods.list('fargate'))).toEqual([{ pods: [], resourceVersion: '7' }]);
  });

  it.each([
    ['has become too old', TOO_OLD, '410'],
    ['has no resourceVersion', { status: 200, body: { metadata: {}, items: [] } }, 'NoResourceVersion'],
    ['has no metadata', { status: 200, body: {} }, 'NoResourceVersion'],
    ['is of another moment', page(['b'], undefined, '101'), 'MixedList'],
    ['cannot be had', said(500, 'x'), '500'],
  ] as const)(
    'fails as transient rather than being incomplete when a page %s',
    async (_why, second, code) => {
      const { ports } = await askScript(({ query }) => (query['continue'] ? second : page(['a'], 'next')));
      const seen: string[] = [];
      const list = async () => {
        for await (const read of ports.pods.list('fargate')) seen.push(...namesOf(read));
      };
      expect(await failureFrom(list())).toMatchObject({ kind: 'transient', code });
      expect(seen).toEqual(['a']);
    },
  );
});

describe('status patch', () => {
  it('sends UID and resourceVersion, and replaces IPs and conditions whole', async () => {
    const { ports, seen } = await askScript([{ status: 200, body: POD }]);
    await ports.pods.patchStatus(POD, {
      phase: 'Running',
      podIPs: [{ ip: '10.0.0.1' }],
      hostIPs: [],
      conditions: [{ type: 'Ready', status: 'True' }],
    });
    expect(seen[0]).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/namespaces/a/pods/web/status',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    expect(seen[0]?.body).toEqual({
      metadata: { uid: 'u', resourceVersion: '5' },
      status: {
        phase: 'Running',
        podIPs: [{ ip: '10.0.0.1' }, { $patch: 'replace' }],
        hostIPs: [{ $patch: 'replace' }],
        conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }],
      },
    });
  });

  it.each([
    [409, { status: 200, body: POD }, { kind: 'conflict' }],
    [409, { status: 404 }, { kind: 'gone' }],
    [422, { status: 200, body: POD }, { kind: 'invalid', message: 'no' }],
    [422, { status: 200, body: { metadata: { uid: 'other' }, spec: {} } }, { kind: 'gone' }],
    [400, { status: 200, body: POD }, { kind: 'invalid', message: 'no' }],
  ])('looks at the pod after a %i, to tell what it means', async (status, found, outcome) => {
    const { ports, seen } = await askScript([said(status, 'no'), found]);
    expect(await ports.pods.patchStatus(POD, { phase: 'Running' })).toEqual(outcome);
    expect(seen[1]).toMatchObject({ method: 'GET', path: '/api/v1/namespaces/a/pods/web' });
  });
});

describe('watch', () => {
  const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
  const kinds = async (events: AsyncIterable<{ kind: string }>): Promise<string[]> => {
    const seen: string[] = [];
    for await (const { kind } of events) seen.push(kind);
    return seen;
  };
  const patience = () => AbortSignal.timeout(5_000);

  it('asks for bookmarks from where the list ended, and ends with the server', async () => {
    const { ports, seen } = await askScript([{ pieces: [line('ADDED', POD)], then: 'end' }]);
    expect(await kinds(ports.pods.watch('fargate', '100', patience()))).toEqual(['changed']);
    expect(seen[0]?.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      fieldSelector: 'spec.nodeName=fargate',
      resourceVersion: '100',
      timeoutSeconds: '420',
    });
  });

  it('says expired when the server refuses with 410 at once', async () => {
    const { ports } = await askScript([TOO_OLD]);
    expect(await kinds(ports.pods.watch('fargate', '1', patience()))).toEqual(['expired']);
  });

  it('fails as transient when the connection breaks, after what came before', async () => {
    const { ports } = await askScript([{ pieces: [line('ADDED', POD), '{"type":"MOD'], then: 'break' }]);
    const seen: string[] = [];
    const watch = async () => {
      for await (const { kind } of ports.pods.watch('fargate', '1', patience())) seen.push(kind);
    };
    expect(await failureFrom(watch())).toMatchObject({ kind: 'transient' });
    expect(seen).toEqual(['changed']);
  });

  it('renews the identity once when the server does not know it', async () => {
    const { ports, seen, renewals } = await askScript([said(401, 'x'), { pieces: [], then: 'end' }]);
    expect(await kinds(ports.pods.watch('fargate', '1', patience()))).toEqual([]);
    expect(renewals()).toBe(1);
    expect(seen[1]?.headers.authorization).toBe('Bearer token-1');
  });

  it('fails as auth when it may not watch', async () => {
    const { ports } = await askScript([said(403, 'cannot watch pods')]);
    expect(await failureFrom(kinds(ports.pods.watch('fargate', '1', patience())))).toMatchObject({
      kind: 'auth',
    });
  });

  it('fails as transient when the connection cannot be made', async () => {
    const { ports } = await askScript(['hang up']);
    expect(await failureFrom(kinds(ports.pods.watch('n', '1', patience())))).toMatchObject({
      kind: 'transient',
    });
  });

  it('closes its connection when the reader leaves', async () => {
    const { ports, seen } = await askScript([{ pieces: [line('ADDED', POD)], then: 'end' }]);
    for await (const event of ports.pods.watch('fargate', '1', patience())) {
      expect(event.kind).toBe('changed');
      break;
    }
    expect(seen).toHaveLength(1);
  });
});
