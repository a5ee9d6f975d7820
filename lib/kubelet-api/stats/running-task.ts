import { containerId } from '../../core/container-state.ts';
import {
  fromTime,
  isTerminal,
  type Container,
  type ContainerStatus,
  type Instant,
  type Pod,
} from '../../core/kubernetes.ts';
import type { PodRecord } from '../../core/record.ts';
import type { TaskName } from '../../ports/provider.ts';

/** Containers that run beside each other: all but init containers that run to their end. */
export function lastingContainers({ spec }: Pod): readonly Container[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...spec.containers];
}

/** Since when a container runs by the pod's status; `undefined`: it does not. */
export function runningSince(pod: Pod, container: string): Instant | undefined {
  return fromTime(statusesOf(pod).find(({ name }) => name === container)?.state?.running?.startedAt);
}

/** A pod of which something runs, by its status. */
export interface RunningPod {
  readonly startedAt: Instant;
  /** The ids of its containers that run, as the status names them: another run has others. */
  readonly shown: readonly string[];
}

/** `undefined`: nothing of the pod runs. */
export function runningPod(pod: Pod): RunningPod | undefined {
  if (isTerminal(pod)) return undefined;
  const since = lastingContainers(pod).flatMap(({ name }) => runningSince(pod, name) ?? []);
  if (since.length === 0) return undefined;
  const running = statusesOf(pod).filter(({ state }) => state?.running !== undefined);
  return { startedAt: Math.min(...since), shown: running.flatMap(({ containerID }) => containerID ?? []) };
}

/** The task of the pod's own record in which that runs; `undefined`: it knows none that could have what the status shows. */
export function taskOfRunning({ shown }: RunningPod, record: PodRecord): TaskName | undefined {
  const { state, task, taskArn } = record;
  if (state !== 'launched' || taskArn === undefined || task?.state === 'stopped') return undefined;
  const ids = new Set((task?.containers ?? []).map(({ runtimeId }) => containerId(runtimeId)));
  return shown.length === 0 || shown.some((id) => ids.has(id)) ? { taskArn } : undefined;
}

function statusesOf({ status }: Pod): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}
