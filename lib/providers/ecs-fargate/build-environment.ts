import type { Container, Pod } from '../../core/kubernetes.ts';
import type { TaskSize } from './choose-size.ts';
import { expandVariables, type Expanded, type Variables } from './expand-variables.ts';
import { divideUp, parseQuantity, quantityIn } from '../../core/parse-quantity.ts';
import { requirementOf } from './sum-resources.ts';

type EnvVar = NonNullable<Container['env']>[number];
type ResourceField = NonNullable<NonNullable<EnvVar['valueFrom']>['resourceFieldRef']>;

/** What a container is started with, split into what its replicas share and what is this pod's alone. */
export interface ContainerStart {
  readonly shared: Variables;
  readonly perPod: Variables;
  readonly entryPoint?: readonly string[];
  /** Follows the entry point; `perPodCommand` tells whether it belongs into the overrides. */
  readonly command?: readonly string[];
  readonly perPodCommand: boolean;
  /** Whether the program itself differs between replicas, which no override can carry. */
  readonly perPodProgram: boolean;
}

const SUBSCRIPT = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/**
 * The value of a downward API field, or `undefined` for one that this provider does not know. An absent label or annotation
 * is an empty text, as with the kubelet.
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

/**
 * The value of a resource field in units of its divisor, rounded up; the task's size stands in for a missing limit, as the
 * node's does with the kubelet. `undefined` for a resource that this provider does not know.
 */
function resourceValue(
  pod: Pod,
  container: Container,
  field: ResourceField,
  size: TaskSize,
): string | undefined {
  const [kind, resource] = field.resource.split('.');
  if ((kind !== 'limits' && kind !== 'requests') || (resource !== 'cpu' && resource !== 'memory'))
    return undefined;
  const named = field.containerName ?? '';
  const source = named === '' ? container : pod.spec.containers.find(({ name }) => name === named);
  const whole = resource === 'cpu' ? `${size.cpu / 1024}` : `${size.memory}Mi`;
  const amount =
    requirementOf(source?.resources, kind, resource) ?? parseQuantity(kind === 'limits' ? whole : '0') ?? 0n;
  const divisor = parseQuantity(field.divisor ?? '1') ?? 0n;
  return String(divisor > 0n ? divideUp(amount, divisor) : quantityIn(amount, 'one'));
}

/**
 * The environment and the argument vector of a container. Command and args become entry point and command so that only the
 * program is fixed: `command[0]` is the entry point, the rest follows as ECS `command`, which RunTask can override.
 */
export function buildStart(pod: Pod, container: Container, size: TaskSize): ContainerStart {
  const variables = buildVariables(pod, container, size);
  const expand = (text: string): Expanded => expandVariables(text, variables);
  const [program, ...rest] = (container.command ?? []).map(expand);
  const command = [...rest, ...(container.args ?? []).map(expand)];
  return {
    shared: only(variables, false),
    perPod: withHostname(only(variables, true), pod, variables),
    ...(program === undefined ? {} : { entryPoint: [program.text] }),
    ...(command.length === 0 ? {} : { command: command.map(({ text }) => text) }),
    perPodCommand: command.some(({ perPod }) => perPod),
    perPodProgram: program?.perPod ?? false,
  };
}

/** In the order of the list; of variables with the same name the last one counts. */
function buildVariables(pod: Pod, container: Container, size: TaskSize): Variables {
  const variables = new Map<string, Expanded>();
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, { pod, container, size, variables });
    if (value !== undefined) variables.set(variable.name, value);
  }
  return variables;
}

function valueOf(
  { value, valueFrom }: EnvVar,
  known: {
    readonly pod: Pod;
    readonly container: Container;
    readonly size: TaskSize;
    readonly variables: Variables;
  },
): Expanded | undefined {
  const { pod, container, size, variables } = known;
  if (valueFrom?.fieldRef) {
    const text = fieldValue(pod, valueFrom.fieldRef.fieldPath);
    return text === undefined ? undefined : { text, perPod: true };
  }
  if (valueFrom?.resourceFieldRef) {
    const text = resourceValue(pod, container, valueFrom.resourceFieldRef, size);
    return text === undefined ? undefined : { text, perPod: false };
  }
  return expandVariables(value ?? '', variables);
}

function only(variables: Variables, perPod: boolean): Variables {
  return new Map([...variables].filter(([, value]) => value.perPod === perPod));
}

/** A task's host name is the VPC's, so a wanted one is at least told; like a runtime's own, it cannot be referred to. */
function withHostname(perPod: Variables, pod: Pod, variables: Variables): Variables {
  const { hostname } = pod.spec;
  if (hostname === undefined || variables.has('HOSTNAME')) return perPod;
  return new Map([['HOSTNAME', { text: hostname, perPod: true }], ...perPod]);
}
