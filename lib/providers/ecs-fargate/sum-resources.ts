import type { Container, PodSpec } from '../../core/kubernetes.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { chooseSize, describeSize, type TaskSize } from './choose-size.ts';
import { parseQuantity, quantityIn } from '../../core/parse-quantity.ts';

/** What one container gets of its task: CPU shares in units, hard and soft memory limits in MiB. Absent: not asked for. */
export interface ContainerShare {
  readonly cpu?: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
}

/** What a pod needs of Fargate, or why nothing there is large enough. */
export type PodSize =
  | { readonly kind: 'fits'; readonly size: TaskSize; readonly diskGiB?: number }
  | { readonly kind: 'tooLarge'; readonly faults: readonly FieldFault[] };

type Resource = 'cpu' | 'memory' | 'ephemeral-storage';
interface Requirements {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** ECS takes no container memory below 6 MiB, and no Linux CPU share below 2. */
const LEAST_MEMORY = 6;
const LEAST_CPU = 2;
/** Every task has 20 GiB of disk for images and files; at most 200 can be asked for. */
const INCLUDED_DISK = 20;
const LARGEST_DISK = 200;
const GIB = 1024;

/** The share of one container: CPU by its request, memory by its limit, with the request as reservation below it. */
export function shareOf(container: Container): ContainerShare {
  const resources: Requirements = container.resources ?? {};
  const cpu = cpuUnits(resources.requests);
  const limit = mebibytes(resources.limits, 'memory');
  const request = mebibytes(resources.requests, 'memory');
  return {
    ...(cpu >= LEAST_CPU ? { cpu } : {}),
    ...(limit === 0 ? {} : { memory: Math.max(LEAST_MEMORY, limit) }),
    ...(request === 0 || (limit !== 0 && request >= limit)
      ? {}
      : { memoryReservation: Math.max(LEAST_MEMORY, request) }),
  };
}

/**
 * The smallest task size for the pod: the CPU requests and the memory limits (else requests) of its containers together, or
 * the pod's own resources when these are more, plus `overhead`. Disk above the 20 GiB that every task has is counted too.
 */
export function sizeOf(spec: PodSpec): PodSize {
  const shares = spec.containers.map(shareOf);
  const own: Requirements = spec.resources ?? {};
  const overhead: Requirements['requests'] = spec.overhead;
  const need: TaskSize = {
    cpu: Math.max(sum(shares.map(({ cpu }) => cpu ?? 0)), cpuUnits(own.requests)) + cpuUnits(overhead),
    memory:
      Math.max(
        sum(shares.map(({ memory, memoryReservation }) => memory ?? memoryReservation ?? 0)),
        mebibytes(own.limits, 'memory'),
        mebibytes(own.requests, 'memory'),
      ) + mebibytes(overhead, 'memory'),
  };
  const choice = chooseSize(need);
  const disk = diskOf(spec);
  const faults = [
    ...(choice.kind === 'fits' ? [] : [sizeFault(spec, need, choice.nearest)]),
    ...(disk <= LARGEST_DISK ? [] : [diskFault(spec, disk)]),
  ];
  if (choice.kind !== 'fits' || faults.length > 0) return { kind: 'tooLarge', faults };
  return { kind: 'fits', size: choice.size, ...(disk > INCLUDED_DISK ? { diskGiB: disk } : {}) };
}

/** The requested quantity of a container, or `undefined` if there is none that can be read. */
export function requirementOf(
  resources: Requirements | undefined,
  kind: 'requests' | 'limits',
  resource: Resource,
): bigint | undefined {
  const text = resources?.[kind]?.[resource];
  return text === undefined ? undefined : parseQuantity(text);
}

/** GiB of disk: what containers ask for as ephemeral-storage, or the sum of the emptyDir limits when that is more. */
function diskOf(spec: PodSpec): number {
  const asked = spec.containers.map((container) =>
    Math.max(
      mebibytes(container.resources?.limits, 'ephemeral-storage'),
      mebibytes(container.resources?.requests, 'ephemeral-storage'),
    ),
  );
  const volumes = (spec.volumes ?? []).map(({ emptyDir }) =>
    emptyDir?.sizeLimit === undefined ? 0 : mebibytes({ size: emptyDir.sizeLimit }, 'size'),
  );
  return Math.ceil(Math.max(sum(asked), sum(volumes)) / GIB);
}

function cpuUnits(list: Requirements['requests']): number {
  const milli = quantityIn(parseQuantity(list?.['cpu'] ?? '0') ?? 0n, 'milli');
  return Math.floor((milli * 1024) / 1000);
}

function mebibytes(list: Requirements['requests'], name: string): number {
  return quantityIn(parseQuantity(list?.[name] ?? '0') ?? 0n, 'mebi');
}

function sizeFault(spec: PodSpec, need: TaskSize, nearest: TaskSize): FieldFault {
  return {
    path: resourcesPath(spec),
    note: `Needs ${describeSize(need)}; no Fargate size has that. The nearest is ${describeSize(nearest)}: ask for no more than it, or split the pod.`,
  };
}

function diskFault(spec: PodSpec, disk: number): FieldFault {
  return {
    path: resourcesPath(spec),
    note: `Needs ${disk} GiB of ephemeral storage; a Fargate task has at most ${LARGEST_DISK} GiB: ask for less.`,
  };
}

/** One container is named by its index; a sum over several belongs to none of them. */
function resourcesPath(spec: PodSpec): string {
  return spec.containers.length === 1 ? 'spec.containers[0].resources' : 'spec.containers[*].resources';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
