import type { NamespaceCeilings } from '../../lib/core/ceiling.ts';
import { shownLack } from '../../lib/core/hold-for-room.ts';
import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { Chance } from './chance.ts';
import type { Court } from './court.ts';
import { NAMESPACE } from './pod-of-wish.ts';
import { isLive, type TrueTask } from './true-tasks.ts';

/** What the simulated deployment may use at a time, in vCPU: each node, and the one namespace over all of them. */
export interface Bounds {
  readonly node?: number;
  readonly namespace?: number;
}

/** The sizes of pods in a weather with ceilings. */
export const SIZES = [0.25, 0.25, 0.5, 1] as const;

/** Bounds that some pods fill. */
export function drawBounds(chance: Chance): Bounds {
  const vcpu = (): number => chance.pick([0.5, 1, 1, 1.5]);
  return chance.happens(0.5) ? { node: vcpu() } : { node: vcpu() + 0.5, namespace: vcpu() };
}

/** The settings of a node of that deployment. */
export function boundNode(node: NodeSettings, bounds: Bounds | undefined): NodeSettings {
  return bounds?.node === undefined ? node : { ...node, ceiling: { vcpu: bounds.node } };
}

/** The ceilings of its namespaces. */
export function boundNamespaces(bounds: Bounds | undefined): NamespaceCeilings {
  return bounds?.namespace === undefined ? {} : { [NAMESPACE]: { vcpu: bounds.namespace } };
}

/** vCPU that the tasks of a node, or of all nodes, take in truth. */
function inUse({ tasks }: Court, node?: string): number {
  let vcpu = 0;
  for (const task of tasks.all())
    if (task.uid !== undefined && isLive(task) && (node === undefined || task.node === node))
      vcpu += task.vcpu;
  return vcpu;
}

/**
 * Judges the use after ECS has accepted a task. Two holders at once may each launch what the other has not seen yet: then one pod more
 * for each of them may run.
 */
export function judgeCeilings(court: Court, task: TrueTask): void {
  const { bounds } = court;
  if (bounds === undefined || task.uid === undefined) return;
  const allowance = Math.max(0, court.holders() - 1) * Math.max(...SIZES);
  const judge = (words: string, most: number | undefined, used: number): void => {
    if (most !== undefined && used > most + allowance)
      court.accuse(
        'a ceiling was exceeded',
        `${words} may use ${most} vCPU, but uses ${used} with the task of ${court.files.labelOf(task.uid)}`,
      );
  };
  judge(task.node, bounds.node, inUse(court, task.node));
  judge(`namespace ${NAMESPACE}`, bounds.namespace, inUse(court));
}

/** Whether a pod says that it waits for room, and in truth there is none. Where several wait, room may be kept for another one. */
export function waitsRightly(court: Court, pod: Pod): boolean {
  return shownLack(pod) !== undefined && (!hasRoom(court, pod) || isOneOfMany(court, pod));
}

function hasRoom(court: Court, pod: Pod): boolean {
  const { bounds } = court;
  const need = vcpuOf(pod);
  const node = pod.spec.nodeName;
  return (
    inUse(court, node) + need <= (bounds?.node ?? Infinity) &&
    inUse(court) + need <= (bounds?.namespace ?? Infinity)
  );
}

function isOneOfMany({ files }: Court, pod: Pod): boolean {
  return [...files.all()].some(
    (other) =>
      other.goneAt === undefined && other.uid !== pod.metadata.uid && shownLack(other.pod) !== undefined,
  );
}

/** The smallest Fargate size for what it asks for. */
function vcpuOf({ spec }: Pod): number {
  return Math.max(0.25, ...spec.containers.map(({ resources }) => Number(resources?.requests?.['cpu'] ?? 0)));
}

/** A sweep finds what nobody told, and may have to be made anew; then there is a pass. */
const ROOM_MS = 8 * 60_000;

/** Judges pods that wait for room although there has been some for long. */
export function createRoomJudge(): (court: Court) => void {
  const roomSince = new Map<string, Instant>();
  return (court) => {
    if (court.bounds === undefined || court.isClosing()) return;
    for (const { uid, pod, label, goneAt } of court.files.all()) {
      const waits = goneAt === undefined && pod.metadata.deletionTimestamp === undefined;
      if (!waits || shownLack(pod) === undefined || waitsRightly(court, pod)) {
        roomSince.delete(uid);
        continue;
      }
      const since = roomSince.get(uid) ?? court.now();
      roomSince.set(uid, since);
      if (court.now() - Math.max(since, court.disturbedUntil()) > ROOM_MS)
        court.accuse('a pod waits although there is room', `${label} says ${shownLack(pod) ?? ''}`);
    }
  };
}
