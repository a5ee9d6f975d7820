import type { Container, Pod } from '../../lib/core/kubernetes.ts';
import type { MemoryControls } from '../memory/memory-kubernetes.ts';
import { hashText, type Chance } from './chance.ts';
import type { Behaviour, Deed, PodWish } from './deeds.ts';
import type { Timeline } from './timeline.ts';

/** What must never be seen outside of its channel: it is in the environment of every container. */
export const CANARY = 'canary-9f3c';
const NAMESPACE = 'default';
const FINALIZER = 'example.com/keep';

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
    controls.addPod(toPod(name, nodeOf(name), wish));
    if (wish.unsupported === true) tell(() => `pod ${name} is created (it cannot run on this node)`);
    else
      tell(() => `pod ${name} is created (${wish.policy}: ${wish.containers.map(tellBehaviour).join(', ')})`);
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

function toPod(name: string, node: string, wish: PodWish): Parameters<MemoryControls['addPod']>[0] {
  return {
    name,
    namespace: NAMESPACE,
    node,
    annotations: { token: `${CANARY}-annotation` },
    ...(wish.finalizer === true && { finalizers: [FINALIZER] }),
    spec: {
      restartPolicy: wish.policy,
      terminationGracePeriodSeconds: wish.graceSeconds,
      ...(wish.deadlineSeconds !== undefined && { activeDeadlineSeconds: wish.deadlineSeconds }),
      ...(wish.unsupported === true && { hostNetwork: true }),
      containers: wish.containers.map(toContainer),
    },
  };
}

function toContainer(behaviour: Behaviour, index: number): Container {
  const image = behaviour.kind === 'cannotBePulled' ? 'registry.invalid/app:1' : 'public.ecr.aws/demo/app:1';
  return {
    name: `c${index}`,
    image,
    command: ['sh', '-c', scriptOf(behaviour)],
    env: [
      { name: 'PASSWORD', value: `${CANARY}-value` },
      { name: 'TOKEN', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['token']" } } },
    ],
  };
}

function scriptOf(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case 'runs': {
      const traps = { obeys: '', exits0: "trap 'exit 0' TERM; ", ignores: "trap '' TERM; " };
      return `${traps[behaviour.onTerm]}sleep infinity`;
    }
    case 'exits':
      return `sleep ${behaviour.afterSeconds}; exit ${behaviour.code}`;
    case 'cannotBePulled':
      return 'sleep infinity';
  }
}

function tellBehaviour(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case 'runs':
      return behaviour.onTerm === 'obeys'
        ? 'runs on'
        : `runs on and ${behaviour.onTerm === 'ignores' ? 'ignores SIGTERM' : 'exits 0 on SIGTERM'}`;
    case 'exits':
      return `exits ${behaviour.code} after ${behaviour.afterSeconds} s`;
    case 'cannotBePulled':
      return 'its image cannot be pulled';
  }
}
