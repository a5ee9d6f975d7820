import type { EcsWorld, TaskDefinition } from './ecs-state.ts';

/** What a name means: a revision, or that there is none. */
export type FoundTaskDefinition = TaskDefinition | 'not found';

/** Finds `family` (its newest ACTIVE revision), `family:revision` or an ARN, whatever that revision's status. */
export function findTaskDefinition(world: EcsWorld, name: string): FoundTaskDefinition {
  const [family = '', revision] = (name.split('/').at(-1) ?? name).split(':');
  const revisions = world.families.get(family) ?? [];
  if (revision === undefined) return revisions.findLast(({ status }) => status === 'ACTIVE') ?? 'not found';
  return revisions[Number(revision) - 1] ?? 'not found';
}
