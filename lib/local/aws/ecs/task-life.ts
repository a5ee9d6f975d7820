import type { Instant } from '../../../core/kubernetes.ts';
import { draw, setStatus, tellContainersLater } from './change-task.ts';
import { endContainer, startContainer } from './container-life.ts';
import { findStartFault } from './find-start-fault.ts';
import type { Container, EcsWorld, Task } from './ecs-state.ts';
import type { Delay } from './ecs-timings.ts';
import { hasWaited } from './play-helper.ts';
import { beginStop, continueStop, stopTaskNow } from './stop-life.ts';

/** Starts the life of a new task: PROVISIONING, then step by step to RUNNING. */
export function beginTask(world: EcsWorld, task: Task, at: Instant): void {
  setStatus(world, task, 'PROVISIONING', at);
  planStep(world, task, { delay: world.timings.provisioning, from: at }, (then) => {
    task.connectivityAt = then;
    setStatus(world, task, 'PENDING', then);
    planStep(world, task, { delay: world.timings.pending, from: then }, (later) =>
      activate(world, task, later),
    );
  });
}

function activate(world: EcsWorld, task: Task, at: Instant): void {
  task.pullStartedAt = at;
  setStatus(world, task, 'ACTIVATING', at);
  planStep(world, task, { delay: world.timings.activating, from: at }, (then) => {
    const fault = findStartFault(world, task, then);
    if (fault !== undefined) {
      task.failedToStart = true;
      stopTaskNow(world, task, {
        stopCode: 'TaskFailedToStart',
        reason: fault,
        at: then,
        after: afterContainer,
      });
      return;
    }
    task.pullStoppedAt = then;
    startReady(world, task, then);
  });
}

function planStep(
  world: EcsWorld,
  task: Task,
  when: { readonly delay: Delay; readonly from: Instant },
  step: (at: Instant) => void,
): void {
  task.nextStep = world.due.plan(when.from + draw(world, when.delay), (at) => {
    delete task.nextStep;
    step(at);
  });
}

/**
 * Starts every container whose dependencies hold. The task is RUNNING when all were started; a dependency that can no longer
 * hold (SUCCESS of a container that failed) leaves it in ACTIVATING for ever, as Fargate does.
 */
function startReady(world: EcsWorld, task: Task, at: Instant): void {
  if (task.desired === 'STOPPED') return;
  let changed = false;
  for (let next = findReady(task); next !== undefined; next = findReady(task)) {
    changed = true;
    startContainer(world, task, next, { at, after: afterContainer });
  }
  const all = task.containers.every((container) => container.now.lastStatus !== 'PENDING');
  if (all && task.startedAt === undefined) {
    task.startedAt = at;
    setStatus(world, task, 'RUNNING', at);
  } else if (changed) tellContainersLater(world, task, at);
}

function findReady(task: Task): Container | undefined {
  return task.containers.find(
    (container) =>
      container.now.lastStatus === 'PENDING' &&
      (container.definition?.dependsOn ?? []).every(({ containerName, condition }) =>
        holds(
          condition,
          task.containers.find(({ name }) => name === containerName),
        ),
      ),
  );
}

function holds(condition: string, target: Container | undefined): boolean {
  const { lastStatus, exitCode } = target?.now ?? { lastStatus: 'PENDING' };
  if (condition === 'START') return lastStatus !== 'PENDING';
  if (condition === 'HEALTHY') return target?.health === 'HEALTHY';
  return lastStatus === 'STOPPED' && (condition === 'COMPLETE' || exitCode === 0);
}

/** What a container's end or health means for its task. */
export function afterContainer(world: EcsWorld, task: Task, container: Container, at: Instant): void {
  endWaiters(world, task, at);
  if (task.stoppingAt !== undefined) continueStop(world, task, at);
  else if (container.now.lastStatus === 'RUNNING' || !isEssential(container)) startReady(world, task, at);
  else if (task.desired === 'STOPPED') beginStop(world, task, { at, after: afterContainer });
  else {
    const reason = 'Essential container in task exited';
    stopTaskNow(world, task, { stopCode: 'EssentialContainerExited', reason, at, after: afterContainer });
  }
}

/** A waiter looks every two seconds. */
const WAITER_MS = 1000;

function endWaiters(world: EcsWorld, task: Task, at: Instant): void {
  for (const waiter of task.containers) {
    if (!hasWaited(task, waiter)) continue;
    world.due.plan(at + WAITER_MS, (later) => {
      if (task.stoppingAt === undefined)
        endContainer(world, task, waiter, { exitCode: 0, at: later, after: afterContainer });
    });
  }
}

function isEssential(container: Container): boolean {
  return container.definition !== undefined && container.definition.essential !== false;
}
