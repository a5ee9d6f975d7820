import type { Instant, Pod } from '../../core/kubernetes.ts';
import type { ContainerUse, NodeUse } from '../../ports/container-use.ts';
import { lastingContainers, runningSince } from './running-task.ts';

/** A CPU counter and what was used of late. */
export interface CpuStats {
  readonly at: Instant;
  readonly seconds: number;
  readonly cores: number;
}

export interface MemoryStats {
  readonly at: Instant;
  readonly workingSetBytes: number;
}

/** Numbers of something that may not have been measured yet. */
interface Measured {
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
}

export interface ContainerStats extends Measured {
  readonly name: string;
  /** Absent: it does not run. */
  readonly startedAt?: Instant;
}

export interface PodStats extends Measured {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly startedAt?: Instant;
  /** One for each container that lasts, in the order of the pod. */
  readonly containers: readonly ContainerStats[];
}

/** What a node and its pods use: the summary of the kubelet, of which both of its endpoints are views. */
export interface NodeStats extends Measured {
  readonly name: string;
  readonly startedAt: Instant;
  readonly pods: readonly PodStats[];
}

/** A pod, and what the containers of its task have used. */
export interface PodUse {
  readonly pod: Pod;
  readonly uses: readonly ContainerUse[];
}

/** Sums up. Nothing that was not measured has a number. */
export function summariseNode(
  { name, startedAt }: Pick<NodeStats, 'name' | 'startedAt'>,
  pods: readonly PodUse[],
  { node }: Pick<NodeUse, 'node'>,
): NodeStats {
  const summaries = pods.map(summarisePod);
  const cpus = summaries.flatMap(({ cpu }) => cpu ?? []);
  const memory = sumMemory(summaries);
  return {
    ...{ name, startedAt, pods: summaries },
    ...(node !== undefined && { cpu: { at: node.at, seconds: node.cpuSeconds, cores: coresOf(cpus) } }),
    ...(memory !== undefined && { memory }),
  };
}

/** The counter of a pod is that of its task: containers that ended are in it, so that it does not fall. */
function summarisePod({ pod, uses }: PodUse): PodStats {
  const { name, namespace, uid } = pod.metadata;
  const containers = lastingContainers(pod).map((container) => {
    const startedAt = runningSince(pod, container.name);
    const use = uses.find((one) => one.container === container.name);
    return {
      name: container.name,
      ...(startedAt !== undefined && { startedAt, ...(use !== undefined && measuresOf(use)) }),
    };
  });
  const since = containers.flatMap(({ startedAt }) => startedAt ?? []);
  const memory = sumMemory(containers);
  const running = containers.flatMap(({ cpu }) => cpu ?? []);
  const seconds = uses.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return {
    ...{ name, namespace, uid, containers },
    ...(since.length > 0 && { startedAt: Math.min(...since) }),
    ...(memory !== undefined && { memory, cpu: { at: memory.at, seconds, cores: coresOf(running) } }),
  };
}

function measuresOf({ at, cpuSeconds, cpuCores, workingSetBytes }: ContainerUse): Required<Measured> {
  return { cpu: { at, seconds: cpuSeconds, cores: cpuCores }, memory: { at, workingSetBytes } };
}

function coresOf(cpus: readonly CpuStats[]): number {
  return cpus.reduce((sum, { cores }) => sum + cores, 0);
}

function sumMemory(all: readonly Measured[]): MemoryStats | undefined {
  const measured = all.flatMap(({ memory }) => memory ?? []);
  if (measured.length === 0) return undefined;
  return {
    at: Math.max(...measured.map(({ at }) => at)),
    workingSetBytes: measured.reduce((sum, { workingSetBytes }) => sum + workingSetBytes, 0),
  };
}
