import type { Instant } from '../../../core/kubernetes.ts';
import { draw, tellChange } from './change-task.ts';
import { filesOf, type TaskFile } from './container-files.ts';
import { endContainer } from './container-life.ts';
import { createTask } from './create-task.ts';
import { clusterName, ecsArn, taskId } from './ecs-names.ts';
import type { EcsWorld, Oversight, Task, TaskDefinition } from './ecs-state.ts';
import { findTaskDefinition } from './find-task-definition.ts';
import { forgetTask } from './forget-task.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { beginStop, stopTaskNow, wantStopped } from './stop-life.ts';
import { afterContainer } from './task-life.ts';

const STRANGER = 'stranger';

/** What only AWS or bad luck does to a task, on demand. Tasks are named by ARN or id; an unknown one throws a plain error. */
export interface EcsInterventions {
  /**
   * Reclaims a Spot task: the warning (desired STOPPED, still RUNNING) at once, the stop after `timings.spotWarning`. Fargate
   * sends SIGTERM with the warning; here it comes with the stop, so that the time between is there to be looked at.
   */
  interruptSpot(task: string, now: Instant): void;
  /** AWS stops a task: retirement is `TerminationNotice`, a host fault `InfrastructureHealth`. */
  stopByAws(task: string, why: { readonly stopCode: string; readonly reason: string }, now: Instant): void;
  /** Adds a container of AWS's own (GuardDuty's agent) to a task; it shows with the next report. */
  addStranger(task: string, now: Instant): void;
  /** Kills a container for want of memory: exit code 137 with ECS's reason. */
  killForMemory(task: string, container: string, now: Instant): void;
  /** Sets the health of a container for good; like ECS, it tells no event. */
  setHealth(task: string, container: string, health: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN', now: Instant): void;
  /** Makes ECS forget a task at once, without an event: DescribeTasks calls it MISSING, lists leave it out, and it is over. */
  loseTask(task: string, now: Instant): void;
  /** Makes answers wrong about a task that lives on, until they are told otherwise (`{}`: right again). */
  overlookTask(task: string, oversight: Oversight, now: Instant): void;
  /** The agents of ECS Exec in a task are away, or are back. */
  leaveExecAgents(task: string, isAway: boolean): void;
  /** Starts a task that is nobody's of ours, past all rates, as someone else with access to the cluster would; gives its ARN. */
  startStranger(cluster: string, now: Instant): string;
  /** How many tasks are known, stopped ones included. */
  taskCount(): number;
  /** What a container was started with: definition, overrides, env files and secrets. Empty before. */
  environmentOf(task: string, container: string): ReadonlyMap<string, string>;
  /** The files that a container sees now, by absolute path. */
  filesOf(task: string, container: string): ReadonlyMap<string, TaskFile>;
}

/** The interventions on a world. */
export function createInterventions(world: EcsWorld): EcsInterventions {
  const at = (name: string, now: Instant): Task => {
    world.due.run(now);
    return findTask(world, name);
  };
  return {
    interruptSpot: (name, now) => interruptSpot(world, at(name, now), now),
    stopByAws: (name, why, now) =>
      stopTaskNow(world, at(name, now), { ...why, at: now, after: afterContainer }),
    addStranger: (name, now) => addStranger(world, at(name, now), now),
    killForMemory: (name, container, now) => killForMemory(world, at(name, now), container, now),
    setHealth: (name, container, health, now) => {
      const found = findContainer(at(name, now), container);
      found.health = health;
      found.healthByHand = true;
    },
    loseTask: (name, now) => loseTask(world, at(name, now)),
    overlookTask: (name, oversight, now) => {
      at(name, now).oversight = oversight;
    },
    leaveExecAgents: (name, isAway) => {
      findTask(world, name).execAgentsAway = isAway;
    },
    startStranger: (cluster, now) => {
      world.due.run(now);
      return startStranger(world, cluster, now).arn;
    },
    taskCount: () => world.tasks.size,
    environmentOf: (name, container) =>
      findContainer(findTask(world, name), container).environment ?? new Map<string, string>(),
    filesOf: (name, container) => {
      const task = findTask(world, name);
      return filesOf(task, findContainer(task, container)).list();
    },
  };
}

function startStranger(world: EcsWorld, cluster: string, now: Instant): Task {
  const definition = strangersDefinition(world, now);
  const input = { taskDefinition: definition.arn, startedBy: 'someone-else' };
  const clusterArn = ecsArn(world.place, `cluster/${clusterName(world, cluster)}`);
  return createTask(world, { input, definition, cluster: clusterArn, spot: false, now });
}

function strangersDefinition(world: EcsWorld, now: Instant): TaskDefinition {
  const found = findTaskDefinition(world, STRANGER);
  if (found !== 'not found') return found;
  const containerDefinitions = [{ name: 'main', image: 'public.ecr.aws/docker/library/busybox' }];
  const size = { cpu: '256', memory: '512', networkMode: 'awsvpc' };
  registerTaskDefinition(world, { family: STRANGER, ...size, containerDefinitions }, now);
  return strangersDefinition(world, now);
}

function interruptSpot(world: EcsWorld, task: Task, now: Instant): void {
  if (task.desired === 'STOPPED') return;
  wantStopped(task, { stopCode: 'SpotInterruption', reason: 'Your Spot Task was interrupted.' });
  tellChange(world, task, now);
  world.due.plan(now + draw(world, world.timings.spotWarning), (at) => {
    beginStop(world, task, { at, after: afterContainer });
  });
}

function addStranger(world: EcsWorld, task: Task, now: Instant): void {
  const status = task.status === 'RUNNING' ? 'RUNNING' : 'PENDING';
  task.containers.push({
    index: task.containers.length,
    name: `aws-guardduty-agent-${task.id.slice(0, 7)}`,
    image: `593207742271.dkr.ecr.${world.place.region}.amazonaws.com/aws-guardduty-agent-fargate:v1.9.0-Fg_x86_64`,
    definition: undefined,
    ownFiles: new Map(),
    now: { lastStatus: status },
    reported: { lastStatus: status },
  });
  if (status === 'RUNNING') tellChange(world, task, now);
}

function killForMemory(world: EcsWorld, task: Task, name: string, at: Instant): void {
  const reason = 'OutOfMemoryError: Container killed due to memory usage';
  endContainer(world, task, findContainer(task, name), { exitCode: 137, reason, at, after: afterContainer });
}

function loseTask(world: EcsWorld, task: Task): void {
  const ofContainers = task.containers.flatMap(({ nextStep, nextHealth }) => [nextStep, nextHealth]);
  for (const planned of [task.nextStep, task.nextReport, ...ofContainers]) planned?.cancel();
  task.desired = 'STOPPED';
  if (task.stoppedAt === undefined) world.vcpusInUse[task.spot ? 'spot' : 'onDemand'] -= task.vcpus;
  forgetTask(world, task);
}

function findTask(world: EcsWorld, name: string): Task {
  const task = world.tasks.get(taskId(name));
  if (task === undefined) throw new Error(`no such task: ${name}`);
  return task;
}

function findContainer(task: Task, name: string): Task['containers'][number] {
  const container = task.containers.find((one) => one.name === name);
  if (container === undefined) throw new Error(`no such container: ${name} in ${task.arn}`);
  return container;
}
