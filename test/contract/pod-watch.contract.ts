import { describe, expect, it } from 'vitest';
import { keyOfPod } from '../../lib/core/kubernetes.ts';
import type { PodWatchEvent } from '../../lib/ports/pods.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';
import { pagesOf } from './pod-pages.ts';

/** `changed pod-1` */
function told(event: PodWatchEvent): string {
  return 'pod' in event ? `${event.kind} ${event.pod.metadata.name}` : event.kind;
}

/** Watching pods. */
export function podWatchContract(under: () => KubernetesUnderTest): void {
  /** The first `count` events that are no bookmarks, or fewer if they do not come in time. */
  const follow = async (node: string, from: string, count: number): Promise<PodWatchEvent[]> => {
    const end = new AbortController();
    const events: PodWatchEvent[] = [];
    const signal = AbortSignal.any([end.signal, AbortSignal.timeout(5_000)]);
    for await (const event of under().ports.pods.watch(node, from, signal)) {
      if (event.kind !== 'bookmark') events.push(event);
      if (events.length === count) end.abort();
    }
    return events;
  };
  const resourceVersionOf = async (node: string) =>
    (await pagesOf(under().ports.pods.list(node)))[0]!.resourceVersion;

  describe('pod watch', () => {
    it('tells what happened since the list, in order, of this node only', async () => {
      const { ports, hands } = under();
      const [node, name, stranger] = [newName('node'), newName('pod'), newName('pod')];
      await hands.createPod({ name: newName('pod'), node });
      const from = await resourceVersionOf(node);
      await hands.createPod({ name: stranger, node: newName('node') });
      const pod = await hands.createPod({ name, node });
      await ports.pods.patchStatus(pod, { phase: 'Running' });
      await ports.pods.remove(keyOfPod(pod), pod.spec.nodeName!);
      const events = await follow(node, from, 4);
      const changed = `changed ${name}`;
      expect(events.map(told)).toEqual([changed, changed, changed, `deleted ${name}`]);
      expect(events[1]).toHaveProperty('pod.status.phase', 'Running');
      // A pod that goes at once is marked as going first, in a revision of its own.
      expect(events[2]).toHaveProperty('pod.metadata.deletionGracePeriodSeconds', 0);
      expect(events[3]).toHaveProperty('pod.metadata.uid', pod.metadata.uid);
    });

    it('tells what happens while it is open', async () => {
      const { hands } = under();
      const [node, name] = [newName('node'), newName('pod')];
      const events = follow(node, await resourceVersionOf(node), 2);
      await hands.createPod({ name, node });
      await hands.deletePod('default', name);
      const [, deleting] = await events;
      expect(deleting).toMatchObject({
        kind: 'changed',
        pod: { metadata: { deletionGracePeriodSeconds: 30 } },
      });
    });

    it('goes on from a resourceVersion that an event brought', async () => {
      const { hands } = under();
      const node = newName('node');
      const [first, second] = [newName('pod'), newName('pod')];
      const from = await resourceVersionOf(node);
      const { metadata } = await hands.createPod({ name: first, node });
      await hands.createPod({ name: second, node });
      expect((await follow(node, from, 2)).map(told)).toEqual([`changed ${first}`, `changed ${second}`]);
      expect((await follow(node, metadata.resourceVersion, 1)).map(told)).toEqual([`changed ${second}`]);
    });

    it('brings names and annotations in any script unharmed', async () => {
      const node = newName('node');
      const from = await resourceVersionOf(node);
      const note = 'Grüße, 世界 🌍'.repeat(200);
      await under().hands.createPod({ name: newName('pod'), node, annotations: { note } });
      const [event] = await follow(node, from, 1);
      expect(event).toHaveProperty('pod.metadata.annotations.note', note);
    });

    it('ends normally when it is aborted, at once if it was before', async () => {
      const node = newName('node');
      const from = await resourceVersionOf(node);
      const collect = async (signal: AbortSignal) => {
        const events: string[] = [];
        for await (const event of under().ports.pods.watch(node, from, signal)) events.push(event.kind);
        return events.filter((kind) => kind !== 'bookmark');
      };
      expect(await collect(AbortSignal.abort())).toEqual([]);
      expect(await collect(AbortSignal.timeout(50))).toEqual([]);
    });

    it('says expired, as its last word, when the resourceVersion is too old', async () => {
      const { hands } = under();
      const node = newName('node');
      const from = await resourceVersionOf(node);
      await hands.createPod({ name: newName('pod'), node });
      await hands.forgetHistory();
      const events: string[] = [];
      for await (const { kind } of under().ports.pods.watch(node, from, AbortSignal.timeout(5_000))) {
        events.push(kind);
      }
      expect(events).toEqual(['expired']);
    });
  });
}
