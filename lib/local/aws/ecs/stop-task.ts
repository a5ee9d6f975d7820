import type { Instant } from '../../../core/kubernetes.ts';
import { parseInput } from '../parse-input.ts';
import { describeTask } from './describe-task.ts';
import { stopTaskSchema } from './ecs-inputs.ts';
import { clusterName, invalidParameter, taskId } from './ecs-names.ts';
import type { EcsWorld } from './ecs-state.ts';
import { stopTaskNow } from './stop-life.ts';
import { afterContainer } from './task-life.ts';

/** StopTask: asks once; a task that stops or has stopped is given back as it is. The reason comes back verbatim. */
export function stopTask(world: EcsWorld, request: unknown, now: Instant): unknown {
  const input = parseInput(stopTaskSchema, request);
  const cluster = clusterName(world, input.cluster);
  const task = world.tasks.get(taskId(input.task));
  if (task?.clusterArn.endsWith(`/${cluster}`) !== true)
    throw invalidParameter('The referenced task was not found.');
  const reason = input.reason ?? 'Task stopped by user';
  stopTaskNow(world, task, { stopCode: 'UserInitiated', reason, at: now, after: afterContainer });
  return { task: describeTask(world, task, 'api') };
}
