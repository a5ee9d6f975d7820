import { beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';
import { pagesOf, podsOf } from './pod-pages.ts';

/** Lists and looks. */
export function podsContract(under: () => KubernetesUnderTest): void {
  describe('pods', () => {
    it('lists the pods bound to the node and no others', async () => {
      const { ports, hands } = under();
      const [mine, other] = [newName('node'), newName('node')];
      const pod = await hands.createPod({ name: newName('pod'), node: mine });
      await hands.createPod({ name: newName('pod'), node: other });
      const pods = await podsOf(ports.pods, mine);
      expect(pods.map(({ metadata }) => metadata.uid)).toEqual([pod.metadata.uid]);
      expect(pods[0]?.spec.nodeName).toBe(mine);
    });

    it('gives one empty page for a node without pods, which still says from where to watch', async () => {
      const pages = await pagesOf(under().ports.pods.list(newName('node')));
      expect(pages).toEqual([{ pods: [], resourceVersion: expect.stringMatching(/^[1-9]\d*$/) as string }]);
    });

    describe('more than a page holds', () => {
      const COUNT = 260;
      let node: string;
      let names: readonly string[];
      beforeAll(async () => {
        node = newName('node');
        names = Array.from({ length: COUNT }, () => newName('pod'));
        await Promise.all(names.map((name) => under().hands.createPod({ name, node })));
      });
      const sorted = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).sort();

      it('come in pages of at most 100, each pod once, all of one resourceVersion', async () => {
        const pages = await pagesOf(under().ports.pods.list(node));
        expect(sorted(pages.flatMap(({ pods }) => pods))).toEqual([...names].sort());
        expect(pages.length).toBeGreaterThan(1);
        expect(Math.max(...pages.map(({ pods }) => pods.length))).toBeLessThanOrEqual(100);
        expect(new Set(pages.map(({ resourceVersion }) => resourceVersion)).size).toBe(1);
      });

      it('show one moment: what happens between two pages comes by the watch', async () => {
        const { ports, hands } = under();
        const late = newName('pod');
        const seen: Pod[] = [];
        let from = '';
        for await (const { pods, resourceVersion } of ports.pods.list(node)) {
          if (from === '') await hands.createPod({ name: late, node });
          from = resourceVersion;
          seen.push(...pods);
        }
        expect(sorted(seen)).toEqual([...names].sort());
        const stop = new AbortController();
        const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(5_000)]);
        const told: string[] = [];
        for await (const event of ports.pods.watch(node, from, signal)) {
          if (event.kind !== 'changed') continue;
          told.push(event.pod.metadata.name);
          stop.abort();
        }
        expect(told).toEqual([late]);
        await hands.deletePod('default', late, 0);
      });

      it('may be left after the first page', async () => {
        for await (const { pods } of under().ports.pods.list(node)) {
          expect(pods.length).toBeGreaterThan(0);
          break;
        }
        expect(await podsOf(under().ports.pods, node)).toHaveLength(COUNT);
      });
    });

    it('gets a pod by name', async () => {
      const { ports, hands } = under();
      const name = newName('pod');
      const { metadata } = await hands.createPod({ name });
      expect((await ports.pods.get('default', name, 'node-1'))?.metadata.uid).toBe(metadata.uid);
    });

    it('says undefined for a pod that is surely absent', async () => {
      expect(await under().ports.pods.get('default', newName('pod'), 'node-1')).toBeUndefined();
    });

    it('come without what nobody reads, by whichever way', async () => {
      const { ports, hands } = under();
      const [node, name] = [newName('node'), newName('pod')];
      const [{ resourceVersion } = { resourceVersion: '' }] = await pagesOf(ports.pods.list(node));
      await hands.createPod({ name, node });
      const got = await ports.pods.get('default', name, node);
      const patched = await ports.pods.patchStatus(got!, { phase: 'Running' });
      const shown = [got!, ...(await podsOf(ports.pods, node))];
      if (patched.kind === 'patched') shown.push(patched.pod);
      for await (const event of ports.pods.watch(node, resourceVersion, AbortSignal.timeout(5_000))) {
        if (event.kind === 'changed') shown.push(event.pod);
        if (shown.length === 4) break;
      }
      expect(shown.map(({ metadata }) => metadata.name)).toEqual([name, name, name, name]);
      for (const { metadata } of shown) expect(metadata).not.toHaveProperty('managedFields');
    });

    it('says undefined for a pod in a namespace that is absent', async () => {
      expect(await under().ports.pods.get(newName('namespace'), 'web', 'node-1')).toBeUndefined();
    });
  });
}
