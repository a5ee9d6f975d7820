import type { Container, Pod } from '../../lib/core/kubernetes.ts';
import { waitsRightly } from './ceilings.ts';
import { BY_HAND } from './cloud.ts';
import { isLive } from './true-tasks.ts';
import type { World } from './world.ts';

/** What is still not as it should be when all troubles are over; `undefined`: nothing. */
export function whatIsLeft(world: World): string | undefined {
  if (world.notes.isClosing) return leftAfterTeardown(world);
  const { controls } = world.apiServer.truth;
  for (const pod of controls.allPods()) {
    const left = leftOfPod(world, pod);
    if (left !== undefined) return `${world.files.labelOf(pod.metadata.uid)} ${left}`;
  }
  return leftOfTasks(world) ?? leftOfRecords(world) ?? leftOfRest(world);
}

function leftOfPod({ cloud, court }: World, pod: Pod): string | undefined {
  const { metadata, status } = pod;
  const living = cloud.tasks.of(metadata.uid).filter(isLive);
  if (metadata.deletionTimestamp !== undefined) {
    if (metadata.deletionGracePeriodSeconds !== 0) return 'is deleted but not gone';
    return living.length > 0 ? 'is deleted but its task lives' : undefined;
  }
  if (isOver(pod)) return living.length > 0 ? 'has ended but its task lives' : undefined;
  if (pod.spec.hostNetwork === true) return 'cannot run here but does not say so';
  if (living.length === 0 && waitsRightly(court, pod)) return undefined;
  if (!runsOn(pod)) return `will end by itself and is still ${status?.phase ?? 'Pending'}`;
  const [task] = living;
  if (task === undefined) return 'has no task';
  if (task.status !== 'RUNNING' || task.desired !== 'RUNNING') return `has a task that is ${task.status}`;
  return leftOfStatus(cloud, pod);
}

function leftOfStatus(cloud: World['cloud'], pod: Pod): string | undefined {
  const { status, spec } = pod;
  if (status?.phase !== 'Running') return `runs but is shown ${status?.phase ?? 'Pending'}`;
  if (spec.restartPolicy !== 'Always' && hasLost(cloud, pod)) return undefined;
  const running =
    status.containerStatuses?.filter(({ state, ready }) => state?.running !== undefined && ready) ?? [];
  if (running.length !== spec.containers.length)
    return 'runs but not all of its containers are shown running';
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  if (isReady !== true) return 'runs but is not Ready';
  return status.podIP === undefined ? 'runs but has no address' : undefined;
}

/**
 * Whether a container of it has ended for good while the others go on: under Never always, under OnFailure by its own success (even
 * if another attempt runs it again), not when its task was stopped for another. Where a person stops the task an exit with 0 is such a
 * success, as it is with a kubelet when a person stops the container. A native sidecar is then missed for ever.
 */
function hasLost({ tasks }: World['cloud'], { metadata, spec, status }: Pod): boolean {
  const all = tasks.of(metadata.uid);
  const isOwnEnd = (id: string | undefined): boolean =>
    all.some(({ containers, endingAt = Infinity, stoppedReason }) =>
      [...containers.values()].some(
        ({ runtimeId, endedAt = 0 }) =>
          `ecs://${runtimeId ?? ''}` === id && (endedAt <= endingAt || stoppedReason === BY_HAND),
      ),
    );
  // What is killed for its own probe and exits with 0 is done, as with the kubelet.
  const probed = new Set(spec.containers.flatMap(({ name, livenessProbe }) => (livenessProbe ? [name] : [])));
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const hasLostSidecar = sidecars.some(
    ({ name }) => all.at(-1)?.containers.get(name)?.exitCode !== undefined,
  );
  return (
    hasLostSidecar ||
    (status?.containerStatuses ?? []).some(
      ({ name, state }) =>
        state?.terminated !== undefined &&
        (spec.restartPolicy === 'Never' || probed.has(name) || isOwnEnd(state.terminated.containerID)),
    )
  );
}

/** Nothing more is to come of it: it has ended, or only a finalizer keeps it. */
function isLeaving(pod: Pod): boolean {
  return isOver(pod) || pod.metadata.deletionTimestamp !== undefined;
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Whether the pod's containers run until somebody stops them. */
function runsOn({ spec }: Pod): boolean {
  if (spec.activeDeadlineSeconds !== undefined) return false;
  return spec.containers.every(isEndless) && !isBarred({ spec });
}

function isEndless({ command, image }: Container): boolean {
  return command?.at(-1)?.includes('infinity') === true && image?.startsWith('registry.invalid') !== true;
}

/** Whether an init container keeps the others from ever starting. */
function isBarred({ spec }: Pick<Pod, 'spec'>): boolean {
  return (spec.initContainers ?? []).some(
    ({ restartPolicy, command }) => restartPolicy !== 'Always' && !isGood(command),
  );
}

function isGood(command: readonly string[] | undefined): boolean {
  return command?.at(-1)?.endsWith('exit 0') === true;
}

function hangs({ restartPolicy, command }: Container): boolean {
  return restartPolicy !== 'Always' && command?.at(-1)?.includes('infinity') === true;
}

/** Whether the pod will never come to rest by itself: a loop of crashes, an image that is not there. */
export function neverRests(pod: Pod): boolean {
  const { spec, metadata } = pod;
  if (isOver(pod) || metadata.deletionTimestamp !== undefined || runsOn(pod) || spec.hostNetwork === true)
    return false;
  if (spec.activeDeadlineSeconds !== undefined) return false;
  if (spec.containers.some(({ image }) => image?.startsWith('registry.invalid'))) return true;
  const inits = spec.initContainers ?? [];
  const firstBad = inits.find(({ restartPolicy, command }) => restartPolicy !== 'Always' && !isGood(command));
  if (firstBad !== undefined) return spec.restartPolicy !== 'Never' || hangs(firstBad);
  // It waits for all of its containers.
  if (spec.containers.some(isEndless)) return true;
  if (spec.restartPolicy === 'Never') return false;
  return spec.restartPolicy === 'Always' || !spec.containers.every(({ command }) => isGood(command));
}

function leftOfTasks({ cloud, files, apiServer }: World): string | undefined {
  const present = new Set(apiServer.truth.controls.allPods().map(({ metadata }) => metadata.uid));
  for (const task of cloud.tasks.all())
    if (task.uid !== undefined && isLive(task) && !present.has(task.uid))
      return `${files.labelOf(task.uid)} is gone but its task is ${task.status}`;
  return undefined;
}

function leftOfRecords({ table, files, apiServer }: World): string | undefined {
  const present = new Map(apiServer.truth.controls.allPods().map((pod) => [pod.metadata.uid, pod]));
  for (const { uid, label } of files.all()) {
    const record = table.records().stored(uid);
    const pod = present.get(uid);
    if (record === undefined || record.state === 'ended' || (pod !== undefined && !isLeaving(pod))) continue;
    return `${label} is over, but its record is still ${record.state}`;
  }
  return undefined;
}

function leftOfRest({ mailbox, apiServer, nodes }: World): string | undefined {
  const { controls } = apiServer.truth;
  if (nodes.some((node) => controls.nodeOf(node) === undefined)) return 'the Node is not there';
  if (nodes.some((node) => controls.leaseOf(node) === undefined)) return 'the Lease is not there';
  return mailbox.size() > 0 ? `${mailbox.size()} events are not handled` : undefined;
}

function leftAfterTeardown({ staff, cloud, apiServer, files, nodes, table }: World): string | undefined {
  const outcome = staff.tornDown();
  if (outcome === undefined) return 'the teardown is not over';
  // Told to be so: people have to look after the rest.
  if (outcome === 'leftOver') return undefined;
  for (const task of cloud.tasks.all())
    if (task.uid !== undefined && isLive(task) && task.desired !== 'STOPPED')
      return `the node is removed (${outcome}) but a task of ${files.labelOf(task.uid)} is ${task.status}`;
  if (outcome !== 'clean') return undefined;
  if (apiServer.truth.controls.nodeOf(nodes[0] ?? '') !== undefined) return 'the Node is still there';
  // The garbage collector of the cluster takes pods that were never started, and those whose last attempt was only a claim of the dead.
  const wasStarted = ({ metadata }: Pod): boolean =>
    cloud.tasks.of(metadata.uid).length > 0 && table.records().stored(metadata.uid)?.task !== undefined;
  const open = apiServer.truth.controls.allPods().find((pod) => !isOver(pod) && wasStarted(pod));
  return open === undefined
    ? undefined
    : `${files.labelOf(open.metadata.uid)} is still ${open.status?.phase ?? 'Pending'}`;
}
