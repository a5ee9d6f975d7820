import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { Container, PodSpec } from '../../../core/kubernetes.ts';
import { isSidecar } from '../support/choose-helpers.ts';
import type { TaskSize } from './choose-size.ts';
import { cpuUnits, mebibytes } from './sum-resources.ts';

/** What one container gets of its task: CPU shares in units, hard and soft memory limits in MiB. Absent: not asked for. */
type ContainerShare = Pick<ContainerDefinition, 'cpu' | 'memory' | 'memoryReservation'>;

/** ECS takes no container memory below 6 MiB, and no Linux CPU share below 2. */
const LEAST_MEMORY = 6;
const LEAST_CPU = 2;

/**
 * The shares of the containers of a pod by name. ECS refuses a definition whose containers together have more than the task,
 * though init containers are gone before the others run: where the sum would be too much, init containers get no share of
 * their own, and where it still is (the pod as a whole is limited to less than its containers are), memory is reserved by the
 * requests instead of limited. The task bounds them all.
 */
export function shareResources(spec: PodSpec, size: TaskSize): ReadonlyMap<string, ContainerShare> {
  const { initContainers = [], containers } = spec;
  const inits = initContainers.filter((container) => !isSidecar(container));
  const lasting = [...initContainers.filter(isSidecar), ...containers];
  const all = sharesOf([...inits, ...lasting]);
  if (fits(all, size)) return all;
  const without = sharesOf(lasting);
  return fits(without, size) ? without : trim(new Map([...without].map(softened)), size);
}

function sharesOf(containers: readonly Container[]): ReadonlyMap<string, ContainerShare> {
  return new Map(containers.map((container) => [container.name, shareOf(container)]));
}

/** CPU by the request, memory by the limit, with the request as reservation where it is below that. */
function shareOf({ resources }: Container): ContainerShare {
  const cpu = cpuUnits(resources?.requests);
  const limit = memoryIn(resources?.limits);
  const request = memoryIn(resources?.requests);
  return {
    ...(cpu >= LEAST_CPU ? { cpu } : {}),
    ...(limit === undefined ? {} : { memory: limit }),
    ...(request === undefined || (limit !== undefined && request >= limit)
      ? {}
      : { memoryReservation: request }),
  };
}

function memoryIn(list: Parameters<typeof mebibytes>[0]): number | undefined {
  const asked = mebibytes(list, 'memory');
  return asked === 0 ? undefined : Math.max(LEAST_MEMORY, asked);
}

function softened([name, share]: readonly [string, ContainerShare]): [string, ContainerShare] {
  const { cpu, memory, memoryReservation = memory } = share;
  return [
    name,
    {
      ...(cpu === undefined ? {} : { cpu }),
      ...(memoryReservation === undefined ? {} : { memoryReservation }),
    },
  ];
}

/** What still does not fit is left to the task as a whole. */
function trim(
  shares: ReadonlyMap<string, ContainerShare>,
  size: TaskSize,
): ReadonlyMap<string, ContainerShare> {
  return fits(shares, size) ? shares : new Map();
}

function fits(shares: ReadonlyMap<string, ContainerShare>, size: TaskSize): boolean {
  const each = [...shares.values()];
  const cpu = each.reduce((total, share) => total + (share.cpu ?? 0), 0);
  const memory = each.reduce((total, share) => total + (share.memory ?? share.memoryReservation ?? 0), 0);
  return cpu <= size.cpu && memory <= size.memory;
}
