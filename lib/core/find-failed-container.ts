import { isDeleting, isTerminal, type Container, type Pod } from './kubernetes.ts';
import { probesOf, type PodRecord, type StopRequest } from './record.ts';
import { isHelper, type ObservedContainer, type ObservedTask } from './task.ts';

/** A container for whose sake the whole task must be stopped. */
export type FailedContainer = Required<Pick<StopRequest, 'why' | 'container'>>;

/**
 * The container that keeps its task from going on, or that must not: an init container or a helper that failed (what depends on
 * it would wait for ever: ECS does not end the task), one that its liveness or startup probe calls dead, or a native sidecar
 * that ended. A kubelet starts that one again by itself; here only a task as a whole can be, which is worth it for pods that are
 * to run for ever: others may end without it.
 */
export function findFailedContainer(pod: Pod, record: PodRecord): FailedContainer | undefined {
  const { task } = record;
  if (task === undefined || isDeleting(pod) || isTerminal(pod)) return undefined;
  const initial = new Set(initContainersOf(pod).map(({ name }) => name));
  const failed = task.containers.find(
    (seen) => (initial.has(seen.name) || isHelper(seen)) && hasFailed(seen),
  );
  if (task.state === 'pending' && failed !== undefined) return { why: 'initFailed', container: failed.name };
  if (task.state === 'stopped') return undefined;
  const dead = Object.entries(probesOf(record)).find(([, { liveness }]) => liveness?.ok === false);
  if (dead !== undefined) return { why: 'unhealthy', container: dead[0] };
  const lives = task.state === 'running' && (pod.spec.restartPolicy ?? 'Always') === 'Always';
  const ended = lives ? endedSidecar(pod, task) : undefined;
  return ended === undefined ? undefined : { why: 'sidecarEnded', container: ended.name };
}

function endedSidecar({ spec }: Pod, task: ObservedTask): ObservedContainer | undefined {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const names = new Set(sidecars.map(({ name }) => name));
  return task.containers.find(({ name, state }) => names.has(name) && state === 'stopped');
}

function initContainersOf({ spec }: Pod): readonly Container[] {
  return (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy !== 'Always');
}

function hasFailed({ state, exitCode }: ObservedContainer): boolean {
  return state === 'stopped' && exitCode !== 0;
}
