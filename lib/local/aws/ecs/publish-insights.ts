import { createHash } from 'node:crypto';
import type { Instant } from '../../../core/kubernetes.ts';
import type { Container, EcsWorld, InsightsTimings, Task } from './ecs-state.ts';

/** Samples by the minute, which can be read some 80 s later (80 s at the median and 140 s at most were measured on a real cluster). */
export const realInsights: InsightsTimings = { periodMs: 60_000, delayMs: 80_000 };
/** A minute of Container Insights takes five seconds. */
export const fastInsights: InsightsTimings = { periodMs: 5_000, delayMs: 2_000 };

/** Variables by which a simulated container says what it uses. */
const USE_VARIABLES = { cpu: 'SIMULATED_CPU_CORES', memory: 'SIMULATED_MEMORY_MIB' } as const;

const UNITS_OF_A_CORE = 1024;

/**
 * Container Insights as a part of ECS: while tasks run, an event for each task and container at the end of each period, in the log group
 * of the cluster, which the first of them makes. `start` is to be called whenever there may be a task.
 */
export function publishInsights(world: EcsWorld, timings: InsightsTimings): { start(now: Instant): void } {
  let isPlanned = false;
  const plan = (end: Instant): void => {
    isPlanned = true;
    world.due.plan(end + timings.delayMs, () => {
      isPlanned = false;
      const measured = [...world.tasks.values()].filter((task) => ranAt(task, end));
      for (const task of measured) tellTask(world, task, end, end + timings.delayMs);
      if (measured.length > 0 || [...world.tasks.values()].some(({ status }) => status !== 'STOPPED'))
        plan(end + timings.periodMs);
    });
  };
  return {
    start: (now) => {
      if (!isPlanned) plan((Math.floor(now / timings.periodMs) + 1) * timings.periodMs);
    },
  };
}

function ranAt({ startedAt, stoppedAt = Infinity }: Task, at: Instant): boolean {
  return startedAt !== undefined && startedAt < at && at < stoppedAt;
}

function tellTask({ logs, place }: EcsWorld, task: Task, at: Instant, ingestedAt: Instant): void {
  const clusterName = task.clusterArn.replace(/^.*\//, '');
  const group = `/aws/ecs/containerinsights/${clusterName}/performance`;
  const number = createHash('sha256').update(task.id).digest().readUInt16BE();
  const stream = `FargateTelemetry-${number % 10_000}`;
  const uses = task.containers.flatMap((one) => (runs(one, at) ? [{ one, use: useOf(task, one, at) }] : []));
  const common = {
    TaskId: task.id,
    TaskDefinitionFamily: task.definition.family,
    TaskDefinitionRevision: String(task.definition.revision),
    ClusterName: clusterName,
    Timestamp: at,
  };
  const write = (event: Readonly<Record<string, unknown>>): void =>
    logs?.write({ group, stream, text: JSON.stringify(event), at, ingestedAt });
  logs?.openGroup(group, true, ingestedAt);
  write({
    ...{ Version: '0', Type: 'Task', ...common, AccountID: place.account, Region: place.region },
    ...{ KnownStatus: task.status, LaunchType: 'FARGATE', StartedAt: task.startedAt },
    ...{ CpuReserved: Number(task.cpu), MemoryReserved: Number(task.memory) },
    CpuUtilized: uses.reduce((sum, { use }) => sum + use.CpuUtilized, 0),
    MemoryUtilized: uses.reduce((sum, { use }) => sum + use.MemoryUtilized, 0),
  });
  for (const { one, use } of uses)
    write({
      ...{ Version: '0', Type: 'Container', ContainerName: one.name, ...common },
      ...{ Image: one.image, ContainerKnownStatus: one.now.lastStatus, ...use },
    });
}

function runs({ startedAt, now }: Container, at: Instant): boolean {
  return now.lastStatus === 'RUNNING' && startedAt !== undefined && startedAt < at;
}

/**
 * What a container uses: what its variables say, or a share of its task that depends on its names alone and swings a little over ten
 * minutes.
 */
function useOf(
  task: Task,
  { name, environment, definition }: Container,
  at: Instant,
): { readonly CpuUtilized: number; readonly MemoryUtilized: number } {
  const bytes = createHash('sha256').update(`${task.definition.family}/${name}`).digest();
  const swing = 1 + 0.1 * Math.sin((2 * Math.PI * at) / 600_000 + bytes.readUInt8(2));
  const share = (byte: number): number =>
    (0.1 + (0.5 * bytes.readUInt8(byte)) / 255) / task.containers.length;
  const cores = Number(environment?.get(USE_VARIABLES.cpu) ?? Number.NaN);
  const mib = Number(environment?.get(USE_VARIABLES.memory) ?? Number.NaN);
  const units = Math.min(definition?.cpu || Infinity, Number(task.cpu)) * share(0) * swing;
  return {
    CpuUtilized: Number.isNaN(cores) ? units : cores * UNITS_OF_A_CORE,
    MemoryUtilized: Math.round(Number.isNaN(mib) ? Number(task.memory) * share(1) * swing : mib),
  };
}
