import { parseQuantity, quantityIn } from '../../../core/parse-quantity.ts';
import type { Container, PodSpec } from '../../../core/kubernetes.ts';
import type { FieldFault } from '../../../ports/provider.ts';
import { isSidecar } from '../support/choose-helpers.ts';
import { chooseSize, describeSize, type TaskSize } from './choose-size.ts';

/** What one container asks for: CPU in units; memory (its limit, else its request) and disk in MiB. 0: nothing. */
interface Need extends TaskSize {
  readonly disk: number;
}

/** What a pod needs of Fargate, or why nothing there is large enough. */
export type PodSize =
  | {
      readonly kind: 'fits';
      readonly size: TaskSize;
      /** What the size was chosen for. */
      readonly need: TaskSize;
      /** Set when it is more than what every task has. */
      readonly diskGiB?: number;
    }
  | {
      readonly kind: 'tooLarge';
      readonly faults: readonly FieldFault[];
      /** The first resource that no Fargate size has enough of. */
      readonly lacks: 'cpu' | 'memory' | 'ephemeral-storage';
    };

interface Requirements {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}
/** One thing that takes of a sum, by its path in the pod. */
interface Part {
  readonly path: string;
  readonly need: Need;
}

/** Every task has 20 GiB of disk for images and files; at most 200 can be asked for. */
const INCLUDED_DISK = 20;
const LARGEST_DISK = 200;
const GIB = 1024;

/**
 * The smallest task size for the pod, as the scheduler counts: app containers and native sidecars together, or one init
 * container with the sidecars that were started before it, whichever is more; what the pod asks for as a whole stands in for
 * that; then its overhead. Disk above the 20 GiB that every task has is counted the same way, or by the limits of its
 * emptyDirs when these are more. A fault names what takes most.
 */
export function sizeOf(spec: PodSpec): PodSize {
  const parts = largestParts(spec);
  const need = needOf(spec, parts);
  const choice = chooseSize(need);
  const diskGiB = Math.ceil(Math.max(need.disk, emptyDirMebibytes(spec)) / GIB);
  const faults = [
    ...(choice.kind === 'fits' ? [] : [sizeFault(spec, { parts: parts[choice.lacks], need, choice })]),
    ...(diskGiB <= LARGEST_DISK ? [] : [diskFault(spec, parts.disk, diskGiB)]),
  ];
  if (choice.kind !== 'fits') return { kind: 'tooLarge', faults, lacks: choice.lacks };
  if (faults.length > 0) return { kind: 'tooLarge', faults, lacks: 'ephemeral-storage' };
  const { size } = choice;
  return { kind: 'fits', size, need, ...(diskGiB > INCLUDED_DISK ? { diskGiB } : {}) };
}

/** The requested quantity of a container, or `undefined` if there is none that can be read. */
export function requirementOf(
  resources: Requirements | undefined,
  kind: 'requests' | 'limits',
  resource: 'cpu' | 'memory' | 'ephemeral-storage',
): bigint | undefined {
  const text = resources?.[kind]?.[resource];
  return text === undefined ? undefined : parseQuantity(text);
}

/** CPU units that a list asks for, whole ones. */
export function cpuUnits(list: Requirements['requests']): number {
  const milli = quantityIn(parseQuantity(list?.['cpu'] ?? '0') ?? 0n, 'milli');
  return Math.floor((milli * 1024) / 1000);
}

/** MiB of a resource that a list asks for, rounded up. */
export function mebibytes(list: Requirements['requests'], name: string): number {
  return quantityIn(parseQuantity(list?.[name] ?? '0') ?? 0n, 'mebi');
}

/** Per resource the parts whose sum is the largest at any time of the pod's life. */
function largestParts({ initContainers = [], containers }: PodSpec): Readonly<Record<keyof Need, Part[]>> {
  const sidecars: Part[] = [];
  const moments: Part[][] = [];
  initContainers.forEach((container, index) => {
    const part = { path: `spec.initContainers[${index}].resources`, need: containerNeed(container) };
    moments.push([...sidecars, part]);
    if (isSidecar(container)) sidecars.push(part);
  });
  const apps = containers.map((container, index) => ({
    path: `spec.containers[${index}].resources`,
    need: containerNeed(container),
  }));
  moments.push([...sidecars, ...apps]);
  const largest = (resource: keyof Need): Part[] =>
    moments.reduce((most, moment) => (sum(moment, resource) >= sum(most, resource) ? moment : most), []);
  return { cpu: largest('cpu'), memory: largest('memory'), disk: largest('disk') };
}

function containerNeed({ resources }: Container): Need {
  return needIn(resources ?? {});
}

function needIn({ requests, limits }: Requirements): Need {
  return {
    cpu: cpuUnits(requests),
    memory: mebibytes(limits, 'memory') || mebibytes(requests, 'memory'),
    disk: Math.max(mebibytes(limits, 'ephemeral-storage'), mebibytes(requests, 'ephemeral-storage')),
  };
}

/**
 * The pod's own limit of memory bounds all of its containers, however much theirs allow together; its own request is at
 * least the sum of theirs, else the API server would not have taken it.
 */
function needOf(spec: PodSpec, parts: ReturnType<typeof largestParts>): Need {
  const own = needIn(spec.resources ?? {});
  const overhead = needIn({ requests: spec.overhead ?? {} });
  const bound = mebibytes(spec.resources?.limits, 'memory');
  return {
    cpu: Math.max(own.cpu, sum(parts.cpu, 'cpu')) + overhead.cpu,
    memory: (bound || Math.max(own.memory, sum(parts.memory, 'memory'))) + overhead.memory,
    disk: sum(parts.disk, 'disk') + overhead.disk,
  };
}

/** An emptyDir in memory takes none of the disk. */
function emptyDirMebibytes({ volumes = [] }: PodSpec): number {
  return volumes.reduce((total, { emptyDir }) => {
    const limit = emptyDir?.medium === 'Memory' ? undefined : emptyDir?.sizeLimit;
    return limit === undefined ? total : total + mebibytes({ size: limit }, 'size');
  }, 0);
}

function sizeFault(
  spec: PodSpec,
  {
    parts,
    need,
    choice,
  }: {
    readonly parts: readonly Part[];
    readonly need: TaskSize;
    readonly choice: { readonly lacks: 'cpu' | 'memory'; readonly nearest: TaskSize };
  },
): FieldFault {
  return {
    path: largestPath(spec, parts, choice.lacks),
    note: `The pod needs ${describeSize(need)}; no Fargate size has that. The nearest is ${describeSize(choice.nearest)}: ask for no more than it, split the pod, or run it on another node.`,
  };
}

function diskFault(spec: PodSpec, parts: readonly Part[], disk: number): FieldFault {
  const isVolumes = emptyDirMebibytes(spec) > sum(parts, 'disk');
  return {
    path: isVolumes ? 'spec.volumes' : largestPath(spec, parts, 'disk'),
    note: `The pod needs ${disk} GiB of ephemeral storage; a Fargate task has at most ${LARGEST_DISK} GiB: ask for less.`,
  };
}

/** What takes most of a resource: the pod as a whole, or one of its containers. */
function largestPath(spec: PodSpec, parts: readonly Part[], resource: keyof Need): string {
  const whole = { path: 'spec.resources', need: needIn(spec.resources ?? {}) };
  const isWhole = whole.need[resource] > sum(parts, resource);
  const candidates = isWhole ? [whole] : parts;
  const [first = whole] = candidates.toSorted((one, other) => other.need[resource] - one.need[resource]);
  return first.path;
}

function sum(parts: readonly Part[], resource: keyof Need): number {
  return parts.reduce((total, { need }) => total + need[resource], 0);
}
