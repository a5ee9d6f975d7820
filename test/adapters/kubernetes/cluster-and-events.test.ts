import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../../lib/ports/events.ts';
import { askScript, failureFrom } from './ask-script.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const said = (status: number) => ({ status, body: { kind: 'Status', message: 'no' } });
const OF_POD: ClusterEvent = {
  type: 'Warning',
  reason: 'Failed',
  message: 'no such image',
  about: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u-1', fieldPath: 'spec.containers{main}' },
};
const OF_NODE: ClusterEvent = { ...OF_POD, about: { kind: 'Node', name: 'fargate', uid: 'u-2' } };

describe('cluster identity', () => {
  it('fails with the way out when neither the namespace nor a CA tells the cluster', async () => {
    const { ports } = await askScript([said(403)]);
    expect(await failureFrom(ports.cluster.identity())).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('get the namespace kube-system; grant it that right') as string,
    });
  });
});

describe('events', () => {
  it('are written as the component lambdalet on the node, in the namespace of the pod', async () => {
    const { ports, seen } = await askScript([{ status: 201 }]);
    await ports.events.publish(OF_POD, 'fargate', NOON);
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/namespaces/shop/events' });
    expect(seen[0]?.body).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) as string, namespace: 'shop' },
      involvedObject: { apiVersion: 'v1', ...OF_POD.about },
      type: 'Warning',
      reason: 'Failed',
      message: 'no such image',
      source: { component: 'lambdalet', host: 'fargate' },
      reportingComponent: 'lambdalet',
      reportingInstance: 'fargate',
      firstTimestamp: '2026-11-22T12:00:00Z',
      lastTimestamp: '2026-11-22T12:00:00Z',
      count: 1,
    });
  });

  it('about nodes live in the namespace default', async () => {
    const { ports, seen } = await askScript([{ status: 201 }]);
    await ports.events.publish(OF_NODE, 'fargate', NOON);
    expect(seen[0]?.path).toBe('/api/v1/namespaces/default/events');
  });

  it('have a name that depends on UID, reason, message and node, and fits', async () => {
    const { ports, seen } = await askScript([{ status: 201 }]);
    const long = { ...OF_POD, about: { ...OF_POD.about, name: 'x'.repeat(253) } } as ClusterEvent;
    const variants: readonly [ClusterEvent, string][] = [
      [OF_POD, 'a'],
      [OF_POD, 'b'],
      [{ ...OF_POD, reason: 'Other' }, 'a'],
      [{ ...OF_POD, message: 'other' }, 'a'],
      [long, 'a'],
    ];
    for (const [event, node] of variants) await ports.events.publish(event, node, NOON);
    const names = seen.map(({ body }) => (body as { metadata: { name: string } }).metadata.name);
    expect(new Set(names).size).toBe(5);
    expect(names.at(-1)).toHaveLength(253);
  });

  it('that are there already are counted up', async () => {
    const { ports, seen } = await askScript([
      said(409),
      { status: 200, body: { count: 4 } },
      { status: 200 },
    ]);
    await ports.events.publish(OF_POD, 'fargate', NOON);
    expect(seen[2]).toMatchObject({
      method: 'PATCH',
      body: { count: 5, lastTimestamp: '2026-11-22T12:00:00Z' },
    });
  });

  it('that were forgotten meanwhile are written anew', async () => {
    const { ports, seen } = await askScript([said(409), said(404), { status: 201 }]);
    await ports.events.publish(OF_POD, 'fargate', NOON);
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
  });

  it('that cannot be written are logged and fail no one', async () => {
    const { ports, warnings } = await askScript([said(403)]);
    await ports.events.publish(OF_POD, 'fargate', NOON);
    expect(warnings).toEqual(['Kubernetes event was not written']);
  });
});
