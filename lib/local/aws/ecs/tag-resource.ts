import { parseInput } from '../parse-input.ts';
import { tagResourceSchema, untagResourceSchema } from './ecs-inputs.ts';
import { invalidParameter, taskId } from './ecs-names.ts';
import type { EcsWorld, Tag, Task, TaskDefinition } from './ecs-state.ts';
import { findTaskDefinition } from './find-task-definition.ts';

/** TagResource of a task or a task definition: adds tags or changes their values. */
export function tagResource(world: EcsWorld, input: unknown): unknown {
  const { resourceArn, tags } = parseInput(tagResourceSchema, input);
  const resource = findTagged(world, resourceArn);
  const given = new Set(tags.map(({ key }) => key));
  const all: readonly Tag[] = [...resource.tags.filter(({ key }) => !given.has(key)), ...tags];
  if (all.length > 50) throw invalidParameter('A resource can have at most 50 tags.');
  resource.tags = all;
  return {};
}

/** UntagResource: removes tags by key; unknown keys are fine. */
export function untagResource(world: EcsWorld, input: unknown): unknown {
  const { resourceArn, tagKeys } = parseInput(untagResourceSchema, input);
  const resource = findTagged(world, resourceArn);
  resource.tags = resource.tags.filter(({ key }) => !tagKeys.includes(key));
  return {};
}

function findTagged(world: EcsWorld, arn: string): Task | TaskDefinition {
  if (arn.includes(':task-definition/')) {
    const found = findTaskDefinition(world, arn);
    if (found !== 'not found') return found;
  }
  const task = world.tasks.get(taskId(arn));
  if (task === undefined || task.desired === 'STOPPED')
    throw invalidParameter('The specified resource was not found.');
  return task;
}
