import type { Instant } from '../../../core/kubernetes.ts';
import type { Delay } from './ecs-timings.ts';
import type { EcsWorld, Task, TaskStatus } from './ecs-state.ts';

/** A delay drawn from its range. */
export function draw(world: EcsWorld, [least, most]: Delay): number {
  return Math.round(least + world.chance() * (most - least));
}

/** Moves the task to a status and tells of it, unless this emulator was told to skip that status. */
export function setStatus(world: EcsWorld, task: Task, status: TaskStatus, at: Instant): void {
  task.status = status;
  if (!world.skippedStatuses.has(status)) tellChange(world, task, at);
}

/** One more version of the task: what the agent knows of its containers is reported with it. A lost task tells nothing. */
export function tellChange(world: EcsWorld, task: Task, at: Instant): void {
  if (!world.tasks.has(task.id)) return;
  for (const container of task.containers) container.reported = container.now;
  task.nextReport?.cancel();
  delete task.nextReport;
  task.version += 1;
  task.updatedAt = at;
  world.emit(task, at);
}

/** A container alone has changed: the agent batches such reports, so it is told later, or with the next change of the task. */
export function tellContainersLater(world: EcsWorld, task: Task, at: Instant): void {
  task.nextReport ??= world.due.plan(at + draw(world, world.timings.containerReport), (later) => {
    delete task.nextReport;
    tellChange(world, task, later);
  });
}
