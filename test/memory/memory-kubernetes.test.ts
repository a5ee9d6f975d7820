import { describe, expect, it } from 'vitest';
import { failureOf } from '../../lib/core/failure.ts';
import { createMemoryKubernetes } from './memory-kubernetes.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const create = () => createMemoryKubernetes({ now: () => NOON });
const NO_NODE = { kind: 'transient', message: 'away' } as const;

/** Reads a watch until it ends, and tells how. */
async function endOf(watch: AsyncIterable<{ kind: string }>): Promise<string> {
  let last = 'ended';
  try {
    for await (const { kind } of watch) last = kind;
    return last;
  } catch (error) {
    return failureOf(error).kind;
  }
}

describe('memory cluster in the hands of a test', () => {
  it('fails a call as planned, without carrying it out, and only that one', async () => {
    const { pods, controls } = create();
    const pod = controls.addPod({ name: 'web' });
    controls.failNext('pods.patchStatus', NO_NODE);
    expect(await pods.patchStatus(pod, { phase: 'Running' }).catch(failureOf)).toEqual(NO_NODE);
    expect(controls.podOf('default', 'web')?.status?.phase).toBe('Pending');
    expect(await pods.patchStatus(pod, { phase: 'Running' })).toMatchObject({ kind: 'patched' });
  });

  it('loses the answer of a call that was carried out', async () => {
    const { pods, controls } = create();
    const pod = controls.addPod({ name: 'web' });
    controls.failNext('pods.patchStatus', 'timeoutAfterSuccess');
    expect(await pods.patchStatus(pod, { phase: 'Running' }).catch(failureOf)).toMatchObject({
      kind: 'ambiguous',
    });
    expect(controls.podOf('default', 'web')?.status?.phase).toBe('Running');
    expect(await pods.patchStatus(pod, { phase: 'Running' })).toEqual({ kind: 'conflict' });
  });

  it('records the calls of every port', async () => {
    const { pods, leases, controls } = create();
    await pods.get('default', 'web', 'node-1');
    await leases.get('node-1');
    expect(controls.calls.map(({ method }) => method)).toEqual(['pods.get', 'leases.get']);
    expect(controls.callsOf('pods.get')[0]?.args).toEqual(['default', 'web', 'node-1']);
    controls.forgetCalls();
    expect(controls.calls).toEqual([]);
  });

  it.each([
    ['closeWatches', 'ended'],
    ['breakWatches', 'transient'],
    ['compact', 'expired'],
    ['bookmark', 'bookmark'],
  ] as const)('ends or wakes open watches by %s', async (control, end) => {
    const { pods, controls } = create();
    const stop = new AbortController();
    const ended = endOf(pods.watch('node-1', '1000', stop.signal));
    await Promise.resolve();
    expect(controls.openWatches()).toBe(1);
    controls[control]();
    if (control === 'bookmark') setImmediate(() => stop.abort());
    expect(await ended).toBe(end);
    expect(controls.openWatches()).toBe(0);
  });

  it('pages a list as it is told, each page of the moment of the first', async () => {
    const { pods, controls } = createMemoryKubernetes({ now: () => NOON, podsPerPage: 2 });
    for (const name of ['a', 'b', 'c']) controls.addPod({ name });
    const pages: string[][] = [];
    for await (const page of pods.list('node-1')) {
      pages.push(page.pods.map(({ metadata }) => metadata.name));
      if (pages.length === 1) controls.addPod({ name: 'd' });
    }
    expect(pages).toEqual([['a', 'b'], ['c']]);
    expect(controls.callsOf('pods.list')).toEqual([{ method: 'pods.list', args: ['node-1'] }]);
  });

  it('fails a list whose history is forgotten between two pages', async () => {
    const { pods, controls } = createMemoryKubernetes({ now: () => NOON, podsPerPage: 1 });
    for (const name of ['a', 'b']) controls.addPod({ name });
    const seen: string[] = [];
    const list = async () => {
      for await (const page of pods.list('node-1')) {
        seen.push(...page.pods.map(({ metadata }) => metadata.name));
        controls.compact();
      }
    };
    expect(await list().catch(failureOf)).toMatchObject({ kind: 'transient', code: '410' });
    expect(seen).toEqual(['a']);
  });

  it('fails a list as planned when it is read', async () => {
    const { pods, controls } = create();
    controls.failNext('pods.list', NO_NODE);
    expect(await pods.list('node-1')[Symbol.asyncIterator]().next().catch(failureOf)).toEqual(NO_NODE);
  });

  it('fails a watch as planned when it is read', async () => {
    const { pods, controls } = create();
    controls.failNext('pods.watch', NO_NODE);
    expect(await endOf(pods.watch('node-1', '1', new AbortController().signal))).toBe('transient');
  });

  it('flaps a node: its conditions become Unknown and its pods not Ready', () => {
    const { controls } = create();
    const condition = (status: string) => [
      { type: 'Ready', status, lastHeartbeatTime: '', lastTransitionTime: '' },
    ];
    controls.addNode({ metadata: { name: 'node-1' }, status: { conditions: condition('True') } });
    controls.addPod({ name: 'web', status: { conditions: condition('True') } });
    controls.flapNode('node-1');
    expect(controls.nodeOf('node-1')?.status?.conditions).toMatchObject([{ status: 'Unknown' }]);
    expect(controls.podOf('default', 'web')?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False' }),
    );
  });

  it('hands out objects that cannot be changed in place', () => {
    const pod = create().controls.addPod({ name: 'web' });
    expect(() => {
      pod.metadata.uid = 'other';
    }).toThrow(TypeError);
  });

  it('counts an event that comes again', async () => {
    const { events, controls } = create();
    const about = { kind: 'Node', name: 'node-1', uid: 'u' } as const;
    const event = { type: 'Normal', reason: 'NodeReady', message: 'ready', about } as const;
    await events.publish(event, 'node-1', NOON);
    await events.publish(event, 'node-1', NOON + 1);
    expect(controls.events()).toEqual([{ ...event, node: 'node-1', count: 2, lastAt: NOON + 1 }]);
  });
});

describe('objects of a memory cluster', () => {
  it('are what every cluster has without anyone doing anything', async () => {
    const { objects } = create();
    expect(await objects.serviceAccount('shop', 'default')).toMatchObject({ kind: 'found' });
    expect(await objects.configMap('shop', 'kube-root-ca.crt', 'node-1')).toMatchObject({ kind: 'found' });
    expect(await objects.services('shop', 'node-1')).toMatchObject([
      { name: 'kubernetes', clusterIP: '10.96.0.1' },
    ]);
  });

  it('can be put, replaced, removed, forbidden and allowed again, and each read is counted', async () => {
    const { objects, controls } = create();
    const put = (data: object) => controls.putObject({ kind: 'ConfigMap', metadata: { name: 'a' }, data });
    const read = () => objects.configMap('default', 'a', 'node-1');
    put({ key: 'old' });
    put({ key: 'new' });
    expect(await read()).toMatchObject({ value: { data: { key: { text: 'new' } } } });
    controls.forbid('ConfigMap');
    expect(await read()).toMatchObject({ kind: 'unreadable' });
    controls.allow('ConfigMap');
    controls.removeObject('ConfigMap', 'a');
    controls.removeObject('ServiceAccount', 'default', 'shop');
    expect(await read()).toEqual({ kind: 'absent' });
    expect(await objects.serviceAccount('shop', 'default')).toEqual({ kind: 'absent' });
    expect(controls.callsOf('objects.configMap')).toHaveLength(3);
  });

  it('fail as planned', async () => {
    const { objects, controls } = create();
    controls.failNext('objects.secret', { kind: 'transient', message: 'away' });
    await expect(objects.secret('default', 'a', 'node-1')).rejects.toThrow('away');
    expect(await objects.secret('default', 'a', 'node-1')).toEqual({ kind: 'absent' });
  });
});
