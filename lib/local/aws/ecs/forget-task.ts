import type { EcsWorld, Task } from './ecs-state.ts';

/** Removes every trace of a task: DescribeTasks answers MISSING, and its client token is free again. */
export function forgetTask(world: EcsWorld, task: Task): void {
  world.tasks.delete(task.id);
  const { startedBy, clientToken } = task;
  if (startedBy !== undefined) {
    const others = world.tasksByStarter.get(startedBy);
    others?.delete(task);
    if (others?.size === 0) world.tasksByStarter.delete(startedBy);
  }
  if (clientToken !== undefined) world.tokens.delete(tokenKey(task.clusterArn, clientToken));
}

/** Client tokens are scoped by cluster. */
export function tokenKey(clusterArn: string, clientToken: string): string {
  return `${clusterArn} ${clientToken}`;
}
