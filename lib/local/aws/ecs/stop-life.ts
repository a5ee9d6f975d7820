import type { Instant } from '../../../core/kubernetes.ts';
import { draw, setStatus } from './change-task.ts';
import { endContainer } from './container-life.ts';
import type { AfterContainer } from './container-life.ts';
import type { Container, EcsWorld, Task } from './ecs-state.ts';
import { forgetTask } from './forget-task.ts';

const DEFAULT_STOP_TIMEOUT_S = 30;
const KILLED = 137;

/** ECS shows a stopped task for at least an hour; the emulator forgets it then, so that nobody relies on more. */
const REMEMBERED_MS = 3_600_000;

/** Why a task stops. */
export interface Stop {
  readonly stopCode: string;
  readonly reason: string;
  readonly at: Instant;
  readonly after: AfterContainer;
}

/** Marks the task as to be stopped: its code and reason stay those of the first to ask. Its tags are gone. */
export function wantStopped(task: Task, stop: Pick<Stop, 'stopCode' | 'reason'>): void {
  task.nextStep?.cancel();
  delete task.nextStep;
  task.desired = 'STOPPED';
  task.stopCode = stop.stopCode;
  task.stoppedReason = stop.reason;
  task.tags = [];
}

/** Stops a task: signal, wait for its containers, detach, STOPPED. A task that stops already goes on as it does. */
export function stopTaskNow(world: EcsWorld, task: Task, stop: Stop): void {
  if (task.desired === 'STOPPED') return;
  wantStopped(task, stop);
  beginStop(world, task, stop);
}

/** The stop itself, of a task that is already wanted stopped. */
export function beginStop(world: EcsWorld, task: Task, { at, after }: Pick<Stop, 'at' | 'after'>): void {
  if (task.stoppingAt !== undefined) return;
  task.stoppingAt = at;
  if (task.containers.every((container) => container.now.lastStatus === 'PENDING')) {
    deprovision(world, task, at);
    return;
  }
  setStatus(world, task, 'DEACTIVATING', at);
  world.due.plan(at + draw(world, world.timings.deactivating), (then) => {
    setStatus(world, task, 'STOPPING', then);
    for (const container of task.containers) signal(world, task, container, { at: then, after });
    continueStop(world, task, then);
  });
}

/** SIGTERM, and SIGKILL after the stop timeout for a container that ignores it. */
function signal(
  world: EcsWorld,
  task: Task,
  container: Container,
  { at, after }: Pick<Stop, 'at' | 'after'>,
): void {
  if (container.now.lastStatus !== 'RUNNING') return;
  container.nextStep?.cancel();
  const answer = container.run?.onTerm() ?? 'ignores';
  const exitCode = answer === 'ignores' ? KILLED : answer;
  const patience = (container.definition?.stopTimeout ?? DEFAULT_STOP_TIMEOUT_S) * 1000;
  const wait = answer === 'ignores' ? patience : draw(world, world.timings.terminating);
  world.due.plan(at + wait, (then) => endContainer(world, task, container, { exitCode, at: then, after }));
}

/** Goes on with a stop once no container runs any more. */
export function continueStop(world: EcsWorld, task: Task, at: Instant): void {
  const running = task.containers.some((container) => container.now.lastStatus === 'RUNNING');
  if (task.status !== 'STOPPING' || running) return;
  task.executionStoppedAt = at;
  deprovision(world, task, at);
}

function deprovision(world: EcsWorld, task: Task, at: Instant): void {
  for (const container of task.containers) {
    if (container.now.lastStatus === 'PENDING') container.now = { lastStatus: 'STOPPED' };
  }
  setStatus(world, task, 'DEPROVISIONING', at);
  world.due.plan(at + draw(world, world.timings.deprovisioning), (then) => {
    if (!world.tasks.has(task.id)) return;
    task.stoppedAt = then;
    world.vcpusInUse[task.spot ? 'spot' : 'onDemand'] -= task.vcpus;
    setStatus(world, task, 'STOPPED', then);
    world.due.plan(then + REMEMBERED_MS, () => forgetTask(world, task));
  });
}
