import type { Instant } from '../../../core/kubernetes.ts';
import { tellContainersLater } from './change-task.ts';
import { beginHealth } from './check-health.ts';
import { addressOf } from './describe-task.ts';
import type { Container, EcsWorld, Task } from './ecs-state.ts';
import { playHelper, programOf } from './play-helper.ts';
import { simulateContainer } from './simulate-container.ts';
import type { ContainerStep } from './simulate-container.ts';

const DEFAULT_RESTART_PERIOD_S = 300;

/** What the task does when one of its containers has ended or become healthy. */
export type AfterContainer = (world: EcsWorld, task: Task, container: Container, at: Instant) => void;

/** Starts a container and plans its life; `after` is called when it has ended or become healthy. */
export function startContainer(
  world: EcsWorld,
  task: Task,
  container: Container,
  { at, after }: { readonly at: Instant; readonly after: AfterContainer },
): void {
  container.now = { lastStatus: 'RUNNING' };
  begin(world, task, container, { at, after });
  beginHealth(world, task, container, { at, after });
}

function begin(
  world: EcsWorld,
  task: Task,
  container: Container,
  { at, after }: { readonly at: Instant; readonly after: AfterContainer },
): void {
  container.startedAt = at;
  container.run =
    playHelper(task, container) ?? simulateContainer(programOf(task, container, addressOf(task)));
  followUp(world, task, container, { startedAt: at, at, after });
}

interface Following {
  readonly startedAt: Instant;
  readonly at: Instant;
  readonly after: AfterContainer;
}

/** Plans the next thing that the container does; steps of one moment are done at once. */
function followUp(world: EcsWorld, task: Task, container: Container, following: Following): void {
  for (let step = container.run?.next(); step !== undefined; step = container.run?.next()) {
    const planned = step;
    const at = following.startedAt + step.afterMs;
    if (at > following.at || step.kind === 'exit') {
      container.nextStep = world.due.plan(at, (later) => {
        const then = { ...following, at: later };
        if (doStep(world, task, container, { step: planned, ...then }))
          followUp(world, task, container, then);
      });
      return;
    }
    doStep(world, task, container, { step, ...following });
  }
}

/** Does one step; `false` when it was the last that is known. */
function doStep(
  world: EcsWorld,
  task: Task,
  container: Container,
  { step, ...following }: Following & { readonly step: ContainerStep },
): boolean {
  switch (step.kind) {
    case 'line':
      writeLine(world, task, container, { text: step.text, at: following.startedAt + step.afterMs });
      return true;
    case 'tick':
      return true;
    case 'exit':
      if (restarts(container, step.exitCode, following.at)) begin(world, task, container, following);
      else endContainer(world, task, container, { ...following, exitCode: step.exitCode });
      return false;
  }
}

/** ECS restarts a container in place only when it has run for its restart period; nothing outside shows it. */
function restarts(container: Container, exitCode: number, at: Instant): boolean {
  const policy = container.definition?.restartPolicy;
  if (policy?.enabled !== true || container.startedAt === undefined) return false;
  if (policy.ignoredExitCodes?.includes(exitCode) === true) return false;
  return at - container.startedAt >= (policy.restartAttemptPeriod ?? DEFAULT_RESTART_PERIOD_S) * 1000;
}

/** A container has ended: by itself, or by a signal. */
export function endContainer(
  world: EcsWorld,
  task: Task,
  container: Container,
  end: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly at: Instant;
    readonly after: AfterContainer;
  },
): void {
  if (container.now.lastStatus !== 'RUNNING') return;
  container.nextStep?.cancel();
  container.nextHealth?.cancel();
  delete container.nextStep;
  delete container.nextHealth;
  delete container.run;
  for (const hangUp of container.execs ?? []) hangUp();
  const { exitCode, reason, at } = end;
  container.now = { lastStatus: 'STOPPED', exitCode, ...(reason !== undefined && { reason }) };
  tellContainersLater(world, task, at);
  end.after(world, task, container, at);
}

function writeLine(
  world: EcsWorld,
  task: Task,
  container: Container,
  line: { readonly text: string; readonly at: Instant },
): void {
  const logs = container.definition?.logConfiguration;
  const group = logs?.options?.['awslogs-group'];
  if (logs?.logDriver !== 'awslogs' || group === undefined) return;
  const stream = `${logs.options?.['awslogs-stream-prefix'] ?? ''}/${container.name}/${task.id}`;
  world.logs?.write({ group, stream, ...line });
}
