import type { Container, Pod } from '../../../core/kubernetes.ts';
import { divideUp, parseQuantity, quantityIn } from '../../../core/parse-quantity.ts';
import { allContainers } from '../../../core/pod-needs.ts';
import type { TaskSize } from './choose-size.ts';
import type { Carrier } from './plan-types.ts';
import { requirementOf, sizeOf } from './sum-resources.ts';

type EnvVar = NonNullable<Container['env']>[number];

/** `resourceFieldRef` of a variable or of a file. */
export type ResourceField = NonNullable<NonNullable<EnvVar['valueFrom']>['resourceFieldRef']>;

const SUBSCRIPT = /^metadata\.(labels|annotations)\['([^']+)'\]$/;
const RESOURCES = ['cpu', 'memory', 'ephemeral-storage'] as const;
/** Fields that all replicas of a workload have in common. */
const COMMON = ['metadata.namespace', 'spec.serviceAccountName'];
/** Disk that every task has, in GiB. */
const INCLUDED_DISK = 20;

/**
 * The value of a downward API field, or `undefined` for one that is not known before the task runs, or not at all. An absent label
 * or annotation is an empty text, as with the kubelet.
 */
export function fieldValue(pod: Pod, fieldPath: string): string | undefined {
  const { metadata, spec } = pod;
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
  };
  const [, kind, key] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (key === undefined) return Object.hasOwn(fields, fieldPath) ? fields[fieldPath] : undefined;
  return (kind === 'labels' ? metadata.labels : metadata.annotations)?.[key] ?? '';
}

/** How the value of a downward API field travels: a label may be one replica's alone, a namespace never is. */
export function fieldCarrier(fieldPath: string): Carrier {
  return COMMON.includes(fieldPath) ? 'shared' : 'perPod';
}

/** The container that a resource field is about: the one that it names, else the one that has it; `undefined`: there is none. */
export function resourceSource(
  pod: Pod,
  container: Container | undefined,
  { containerName = '' }: ResourceField,
): Container | undefined {
  if (containerName === '') return container;
  return allContainers(pod.spec).find(({ name }) => name === containerName);
}

/**
 * The value of a resource field in units of its divisor (`0` counts as 1), rounded up. The pod's own limit stands in for a
 * missing (or zero) limit, else the size of the task, as the node's does with the kubelet. `undefined` for a resource that this provider
 * does not know.
 */
export function resourceValue(
  { pod, size }: { readonly pod: Pod; readonly size: TaskSize },
  source: Container,
  { resource: path, divisor = '1' }: ResourceField,
): string | undefined {
  const [kind, name] = path.split('.', 2);
  const resource = RESOURCES.find((known) => known === name);
  if (resource === undefined || (kind !== 'limits' && kind !== 'requests')) return undefined;
  const own = requirementOf(source.resources, kind, resource) ?? 0n;
  const limit = requirementOf(source.resources, 'limits', resource) ?? 0n;
  const amount =
    own > 0n
      ? own
      : kind === 'requests'
        ? limit
        : (podLimit(pod, resource) ?? taskLimit(pod, size, resource));
  const units = parseQuantity(divisor) ?? 0n;
  return String(units > 0n ? divideUp(amount, units) : quantityIn(amount, 'one'));
}

function podLimit(pod: Pod, resource: (typeof RESOURCES)[number]): bigint | undefined {
  const limit = requirementOf(pod.spec.resources, 'limits', resource) ?? 0n;
  return limit > 0n ? limit : undefined;
}

function taskLimit(pod: Pod, size: TaskSize, resource: (typeof RESOURCES)[number]): bigint {
  switch (resource) {
    case 'cpu':
      return parseQuantity(size.cpu / 1024) ?? 0n;
    case 'memory':
      return parseQuantity(`${size.memory}Mi`) ?? 0n;
    case 'ephemeral-storage': {
      const sized = sizeOf(pod.spec);
      return parseQuantity(`${(sized.kind === 'fits' ? sized.diskGiB : undefined) ?? INCLUDED_DISK}Gi`) ?? 0n;
    }
  }
}
