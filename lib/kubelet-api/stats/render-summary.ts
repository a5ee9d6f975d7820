import { toTime, type Instant } from '../../core/kubernetes.ts';
import type { ContainerStats, CpuStats, MemoryStats, NodeStats, PodStats } from './summarise-node.ts';

/**
 * The summary as the kubelet writes it (`k8s.io/kubelet/pkg/apis/stats/v1alpha1`). There is no disk, network or swap in it, with
 * `only_cpu_and_memory` or without: nothing measures them for each container.
 */
export function renderSummary(node: NodeStats): string {
  const { name, startedAt, cpu, memory, pods } = node;
  return `${JSON.stringify({
    node: { nodeName: name, startTime: toTime(startedAt), ...renderMeasures({ cpu, memory }) },
    pods: pods.map(renderPod),
  })}\n`;
}

function renderPod({ name, namespace, uid, startedAt, containers, cpu, memory }: PodStats): unknown {
  return {
    podRef: { name, namespace, uid },
    startTime: startOf(startedAt),
    containers: containers.map(renderContainer),
    ...renderMeasures({ cpu, memory }),
  };
}

function renderContainer({ name, startedAt, cpu, memory }: ContainerStats): unknown {
  return { name, startTime: startOf(startedAt), ...renderMeasures({ cpu, memory }) };
}

/** `metav1.Time` writes a time that is not known as `null`. */
function startOf(at: Instant | undefined): string | null {
  return at === undefined ? null : toTime(at);
}

function renderMeasures({
  cpu,
  memory,
}: {
  readonly cpu: CpuStats | undefined;
  readonly memory: MemoryStats | undefined;
}): object {
  return {
    ...(cpu !== undefined && {
      cpu: {
        time: toTime(cpu.at),
        usageNanoCores: Math.round(cpu.cores * 1e9),
        usageCoreNanoSeconds: Math.round(cpu.seconds * 1e9),
      },
    }),
    ...(memory !== undefined && {
      memory: { time: toTime(memory.at), workingSetBytes: memory.workingSetBytes },
    }),
  };
}
