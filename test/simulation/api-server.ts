import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { Leases } from '../../lib/ports/nodes.ts';
import type { Pods } from '../../lib/ports/pods.ts';
import { createMemoryKubernetes, type MemoryKubernetes } from '../memory/memory-kubernetes.ts';
import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';

/** The API server that the product talks to: the true one, with the ways in which it may mislead. */
export interface ApiServer {
  /** The cluster that users see. */
  readonly truth: MemoryKubernetes;
  /** What the product gets: the true cluster, or another one while the credentials point there. */
  current(): MemoryKubernetes;
  /** {@link current}, whose list may leave out pods because its watch cache is behind. */
  pods(): Pods;
  leases(): Leases;
  /** From now on lists leave out this share of the pods; 0 ends it. */
  hidePods(share: number): void;
  swap(toOther: boolean): void;
  /** Since when the product talks to another cluster; `undefined`: it does not. */
  swappedSince(): Instant | undefined;
}

/** Pods a page of a list: few, so that lists have several. */
const PODS_PER_PAGE = 3;

/** A cluster without pods. `keepsLeases`: leases are renewed by nobody we simulate, and are always fresh. */
export function createApiServer(timeline: Timeline, chance: Chance, keepsLeases: boolean): ApiServer {
  const now = () => timeline.now();
  const truth = createMemoryKubernetes({ now, podsPerPage: PODS_PER_PAGE });
  const other = createMemoryKubernetes({ now });
  other.controls.setIdentity('uid:00000000-0000-4000-8000-00000000dead');
  let hidden = 0;
  let swappedAt: Instant | undefined;
  const current = (): MemoryKubernetes => (swappedAt === undefined ? truth : other);
  const isShown = (pods: readonly Pod[]): readonly Pod[] => pods.filter(() => !chance.happens(hidden));
  const lying: Pods = {
    ...truth.pods,
    list: async function* (node) {
      for await (const page of truth.pods.list(node)) yield { ...page, pods: isShown(page.pods) };
    },
  };
  const fresh: Leases = {
    get: async (node) => {
      const lease = await truth.leases.get(node);
      return lease && { ...lease, spec: { ...lease.spec, renewTime: new Date(now()).toISOString() } };
    },
    create: (lease) => truth.leases.create(lease),
    renew: (lease, at, uid) => truth.leases.renew(lease, at, uid),
    remove: (node) => truth.leases.remove(node),
  };
  return {
    truth,
    current,
    pods: () => (hidden > 0 && swappedAt === undefined ? lying : current().pods),
    leases: () => (keepsLeases && swappedAt === undefined ? fresh : current().leases),
    hidePods: (share) => void (hidden = share),
    swap: (toOther) => void (swappedAt = toOther ? now() : undefined),
    swappedSince: () => swappedAt,
  };
}
