import type { Instant } from '../../core/kubernetes.ts';

/** One minute of a container, as Container Insights tells it. */
export interface Sample {
  readonly taskId: string;
  readonly container: string;
  readonly at: Instant;
  /** vCPU on average over the minute. */
  readonly cores: number;
  readonly workingSetBytes: number;
}

/** ECS counts 1,024 CPU units for a vCPU. */
const UNITS_OF_A_CORE = 1024;
const MIB = 1_048_576;

/**
 * The sample in a performance log event of type `Container` ("Container Insights performance log events for Amazon ECS"); `undefined` for
 * every other event and for one without numbers. `CpuUtilized` is in CPU units, `MemoryUtilized` in whole MiB without what can be
 * reclaimed: a container of less than one MiB, which that rounds to 0, is told as one.
 */
export function readSample(message: string): Sample | undefined {
  const event = parse(message);
  const { Type, TaskId, ContainerName, Timestamp, CpuUtilized, MemoryUtilized } = event;
  if (Type !== 'Container' || typeof TaskId !== 'string' || typeof ContainerName !== 'string')
    return undefined;
  if (!isCount(Timestamp) || !isCount(CpuUtilized) || !isCount(MemoryUtilized)) return undefined;
  return {
    taskId: TaskId,
    container: ContainerName,
    at: Timestamp,
    cores: CpuUtilized / UNITS_OF_A_CORE,
    workingSetBytes: Math.max(1, MemoryUtilized) * MIB,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function parse(message: string): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = JSON.parse(message);
    return typeof event === 'object' && event !== null ? { ...event } : {};
  } catch {
    return {};
  }
}
