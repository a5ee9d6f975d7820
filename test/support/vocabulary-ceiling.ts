// The words of tests about ceilings: pods of a size, worlds with bounds, and what waits for room.
import type { NamespaceCeilings } from '../../lib/core/ceiling.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { NewPod } from '../memory/memory-pods.ts';
import { livingOf } from './vocabulary-launch.ts';
import { createWorld, type LoopWorld } from './vocabulary-loop.ts';
import { aNodeSettings } from './vocabulary.ts';

/** A world whose node may use so much at a time. */
export function bounded(
  ceiling: NodeSettings['ceiling'] | undefined,
  namespaceCeilings: NamespaceCeilings = {},
): LoopWorld {
  const node = aNodeSettings(ceiling === undefined ? {} : { ceiling });
  return createWorld({ settings: { nodes: [node], namespaceCeilings } });
}

/** A pod to bind whose task takes so many vCPU. */
export function ofSize(name: string, vcpu: number, more: Partial<NewPod> = {}): NewPod {
  const main = {
    name: 'main',
    image: 'registry.invalid/main:1',
    resources: { requests: { cpu: String(vcpu) } },
  };
  return { name, ...more, spec: { containers: [main], ...more.spec } };
}

/** Names of the pods whose tasks live, in the order of their launches. */
export function launched(world: LoopWorld): readonly string[] {
  return livingOf(world).map(({ owner }) => owner?.name ?? '');
}

/** Names of the pods that say that they wait for room. */
export function waiting(world: LoopWorld): readonly string[] {
  return world.kubernetes.controls
    .allPods()
    .filter((pod) => waitingFor(pod) !== undefined)
    .map(({ metadata }) => metadata.name);
}

/** What a pod says of the room that it waits for. */
export function waitingFor(pod: Pod | undefined): string | undefined {
  const waits = pod?.status?.containerStatuses?.[0]?.state?.waiting;
  return waits?.reason === 'CeilingReached' ? waits.message : undefined;
}

/** The task of that pod starts and ends with 0. */
export async function finish(world: LoopWorld, name: string): Promise<void> {
  const found = livingOf(world).find(({ owner }) => owner?.name === name);
  if (found === undefined) throw new Error(`no task of ${name} lives`);
  await world.tell(world.provider.start(found.task.arn));
  await world.tell(world.provider.exit(found.task.arn, 0));
}
