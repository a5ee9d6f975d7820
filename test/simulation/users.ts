import type { Pod } from '../../lib/core/kubernetes.ts';
import type { MemoryControls } from '../memory/memory-kubernetes.ts';
import { hashText, type Chance } from './chance.ts';
import type { Deed, PodWish } from './deeds.ts';
import { NAMESPACE, tellWish, toPod } from './pod-of-wish.ts';
import type { Timeline } from './timeline.ts';

/** Users and controllers of the cluster. */
export interface Users {
  create(name: string, wish: PodWish): void;
  remove(deed: Deed & { readonly kind: 'deletePod' }): void;
  edit(name: string, what: 'label' | 'image' | 'finalizer'): void;
  podNamed(name: string): Pod | undefined;
  /** What a controller does when a pod is gone. */
  onGone(pod: Pod): void;
  /** Controllers make no more pods. */
  rest(): void;
}

/** What users are made of. */
export interface UsersOptions {
  readonly controls: MemoryControls;
  readonly timeline: Timeline;
  readonly chance: Chance;
  /** Where their pods are bound to. */
  readonly nodes: readonly string[];
  readonly tell: (words: () => string) => void;
}

/** Users of a cluster. */
export function createUsers({ controls, timeline, chance, nodes, tell }: UsersOptions): Users {
  const nodeOf = (name: string): string => nodes[hashText(name) % nodes.length] ?? '';
  const wishes = new Map<string, { readonly wish: PodWish; left: number }>();
  let isResting = false;
  const podNamed = (name: string): Pod | undefined => controls.podOf(NAMESPACE, name);
  const create = (name: string, wish: PodWish): void => {
    if (podNamed(name) !== undefined) return;
    controls.addPod(toPod({ name, node: nodeOf(name) }, wish));
    if (wish.unsupported === true) tell(() => `pod ${name} is created (it cannot run on this node)`);
    else tell(() => `pod ${name} is created (${tellWish(wish)})`);
    const stateful = wishes.get(name)?.left ?? wish.statefulTimes ?? 0;
    wishes.set(name, { wish, left: stateful });
  };
  return {
    create,
    podNamed,
    rest: () => void (isResting = true),
    remove: ({ name, graceSeconds, recreate }) => {
      const pod = podNamed(name);
      if (pod === undefined) return;
      tell(() => `pod ${name} is deleted${graceSeconds === 0 ? ' by force (grace 0)' : ''}`);
      controls.deletePod(NAMESPACE, name, graceSeconds);
      const wish = wishes.get(name)?.wish;
      if (recreate === true && wish !== undefined && podNamed(name) === undefined) create(name, wish);
    },
    edit: (name, what) => {
      if (podNamed(name) === undefined) return;
      tell(() => `the ${what} of pod ${name} is edited`);
      controls.changePod(NAMESPACE, name, (pod) => editPod(pod, what, timeline.now()));
    },
    onGone: ({ metadata: { name } }) => {
      const known = wishes.get(name);
      if (known === undefined || known.left <= 0 || isResting) return;
      known.left -= 1;
      timeline.plan(timeline.now() + chance.pick([0, 0, 20, 300, 2000]), () => {
        if (!isResting) create(name, known.wish);
      });
    },
  };
}

function editPod(pod: Pod, what: 'label' | 'image' | 'finalizer', now: number): void {
  if (what === 'label') pod.metadata.labels = { ...pod.metadata.labels, edited: String(now) };
  if (what === 'finalizer') pod.metadata.finalizers = [];
  if (what !== 'image') return;
  pod.metadata.generation = (pod.metadata.generation ?? 1) + 1;
  for (const container of pod.spec.containers) container.image = `${container.image ?? ''}x`;
}
