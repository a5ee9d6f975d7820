import { keyOfPod, type PodKey } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import type { View } from '../core/view.ts';
import type { PodDeps } from './deps.ts';
import { observePod, viewOf } from './observe-pod.ts';

/** A part of everything about one node. */
export interface NodePage {
  readonly views: readonly View[];
  /** The pod list's, to watch from. */
  readonly resourceVersion: string;
  /** UIDs of pods whose records cannot be read: they are in no view, because what a newer version wrote is not ours to decide on. */
  readonly unreadable: readonly string[];
  /** Pods that live although the list left them out: then the list was not complete. */
  readonly missed: number;
  /** Records that have ended and whose time is over. */
  readonly expired: readonly PodRecord[];
  /** Records that have ended and expire, and whose pods are in no list: their tasks may have stopped just now. */
  readonly ended: readonly PodRecord[];
}

type ObserveDeps = Pick<PodDeps, 'pods' | 'records' | 'provider' | 'clock' | 'settings'>;

/** Pods that are looked up by name at once. */
const LOOKED_UP_AT_ONCE = 8;

/**
 * Lists the node's pods page by page, each joined with its records, which are read after it. Then the records whose pods are in
 * no page: those pods are looked up by name, because a list alone never proves that a pod is gone. Nothing of a page is kept,
 * so that memory does not grow with the node.
 */
export async function* observeNode(deps: ObserveDeps, node: string): AsyncGenerator<NodePage> {
  const listed = new Set<string>();
  let resourceVersion = '';
  for await (const page of deps.pods.list(node)) {
    resourceVersion = page.resourceVersion;
    const uids = page.pods.map(({ metadata }) => metadata.uid);
    for (const uid of uids) listed.add(uid);
    const found = await deps.records.getMany(node, uids);
    const records = new Map(found.records.map((record) => [record.uid, record]));
    const unreadable = new Set(found.unreadable);
    const known = page.pods.filter(({ metadata }) => !unreadable.has(metadata.uid));
    const views = known.map((pod) =>
      viewOf(deps, node, keyOfPod(pod), { pod, record: records.get(pod.metadata.uid) }),
    );
    yield { views, resourceVersion, unreadable: found.unreadable, missed: 0, expired: [], ended: [] };
  }
  for await (const { records, unreadable } of deps.records.list(node)) {
    const now = deps.clock.now();
    const expired = records.filter(
      ({ state, expiresAt = Infinity }) => state === 'ended' && expiresAt <= now,
    );
    const unlisted = records.filter(({ uid }) => !listed.has(uid));
    const views = await lookUp(
      deps,
      node,
      unlisted.filter((record) => !expires(record)),
    );
    const missed = views.filter(({ pod }) => pod?.spec.nodeName === node).length;
    yield {
      views,
      resourceVersion,
      unreadable: unreadable.filter((uid) => !listed.has(uid)),
      missed,
      expired,
      ended: unlisted.filter(expires),
    };
  }
}

/** An ended record that does not expire is that of a pod that was still there. */
function expires({ state, expiresAt }: PodRecord): boolean {
  return state === 'ended' && expiresAt !== undefined;
}

async function lookUp(deps: ObserveDeps, node: string, keys: readonly PodKey[]): Promise<View[]> {
  const views: View[] = [];
  for (let start = 0; start < keys.length; start += LOOKED_UP_AT_ONCE) {
    const some = keys.slice(start, start + LOOKED_UP_AT_ONCE);
    const seen = some.map(({ uid, namespace, name }) => observePod(deps, node, { uid, namespace, name }));
    views.push(...(await Promise.all(seen)));
  }
  return views;
}
