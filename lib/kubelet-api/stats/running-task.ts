import { fromTime, isTerminal, type Container, type Instant, type Pod } from '../../core/kubernetes.ts';
import type { PodRecord } from '../../core/record.ts';
import type { UsedTask } from '../../ports/container-use.ts';
import { runOf, taskOf } from '../logs/choose-log.ts';

/** Containers that run beside each other: all but init containers that run to their end. */
export function lastingContainers({ spec }: Pod): readonly Container[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...spec.containers];
}

/** Since when a container runs by the pod's status; `undefined`: it does not. */
export function runningSince({ status }: Pod, container: string): Instant | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return fromTime(all.find(({ name }) => name === container)?.state?.running?.startedAt);
}

/** The task in which containers of a pod run; all of them are in one. */
export type RunningTask =
  | { readonly kind: 'task'; readonly used: UsedTask }
  /** Something runs, but only the pod's record may know where. */
  | { readonly kind: 'unnamed' }
  | { readonly kind: 'none' };

/** The task of a pod, as its status names it or else its record. */
export function runningTask(pod: Pod, record?: PodRecord): RunningTask {
  if (isTerminal(pod)) return { kind: 'none' };
  const since = lastingContainers(pod).flatMap(({ name }) => runningSince(pod, name) ?? []);
  if (since.length === 0) return { kind: 'none' };
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const running = all.filter(({ state }) => state?.running !== undefined);
  const [named] = running.flatMap(({ containerID }) => runOf(containerID) ?? []);
  const task = named ?? taskOf(record?.taskArn);
  return task === undefined
    ? { kind: 'unnamed' }
    : { kind: 'task', used: { task, startedAt: Math.min(...since) } };
}
