import type { LogStream } from '../../../ports/logs.ts';
import type { TaskName } from '../../../ports/provider.ts';

/** Log streams are `pod/<container>/<task id>`: the prefix is the same for all, because it is part of the definition. */
export const LOG_STREAM_PREFIX = 'pod';

/** The stream that the driver awslogs writes for a container: "prefix-name/container-name/ecs-task-id" (ECS, awslogs-stream-prefix). */
export function logStreamOf(group: string, task: TaskName, container: string): LogStream {
  return { group, stream: `${LOG_STREAM_PREFIX}/${container}/${taskIdOf(task)}` };
}

/** The id of a task, by which ECS names it in logs and metrics. */
export function taskIdOf(task: TaskName): string {
  return 'taskArn' in task ? task.taskArn.replace(/^.*\//, '') : toTaskId(task.runtimeId);
}

/** ECS on Fargate makes a container's runtime id of its task's id and a number. */
export function toTaskId(runtimeId: string): string {
  return runtimeId.replace(/-\d+$/, '');
}
