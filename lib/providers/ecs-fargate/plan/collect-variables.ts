import type { Container } from '../../../core/kubernetes.ts';
import type { LaunchNote } from '../../../ports/provider.ts';
import { isAddressField } from '../support/choose-helpers.ts';
import { VARIABLE_NAME } from './encode-env-file.ts';
import { expandReferences, moreCareful, type Expansion, type Known } from './expand-references.ts';
import { fieldCarrier, fieldValue, resourceSource, resourceValue } from './field-values.ts';
import type { Carrier, Expanded, PlanContext, PlanProblem, Variables } from './plan-types.ts';
import { carrierOf, readAll, readKey, type ObjectReference, type Resolved } from './read-references.ts';
import { mayBeService } from './service-variables.ts';
import { standInFor } from './wrap-start.ts';

type EnvVar = NonNullable<Container['env']>[number];
type EnvFrom = NonNullable<Container['envFrom']>[number];
type Source = NonNullable<EnvVar['valueFrom']>;

/** What a container's `env` and `envFrom` come to. */
export interface CollectedVariables {
  readonly variables: Variables;
  /** Expands a text that may refer to any of them, or to a service variable: command and arguments. */
  readonly expand: (text: string) => Expansion;
  /** Whether a variable is known by the pod alone not to be set by it: then the same holds for all replicas. */
  readonly isNever: (name: string) => boolean;
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly LaunchNote[];
}

interface Place {
  readonly container: Container;
  readonly path: string;
}

/** Keys of ConfigMaps and Secrets. */
const KEY = /^[-._a-zA-Z0-9]+$/;

/**
 * Resolves the variables of a container as the kubelet does: a later `envFrom` beats an earlier one, `env` beats `envFrom`, an
 * entry sees only those before it, and service variables where there is no other. Whether a value is shared follows from the pod
 * alone, whatever the objects hold, so that the definition of the draft is that of the launch.
 */
export function collectVariables(
  context: PlanContext,
  place: Place,
  services: Variables,
): CollectedVariables {
  const known = new Map<string, Known>();
  const problems: PlanProblem[] = [];
  const notes: LaunchNote[] = [];
  const report = (resolved: Resolved<unknown>): void => {
    if (resolved.kind === 'missing') problems.push(resolved.problem);
    if (resolved.kind === 'absent') notes.push(resolved.note);
  };
  const mayCome = mayComeLater(context, place.container);
  const find = (name: string): Known | undefined => {
    const service = services.get(name);
    return (
      known.get(name) ??
      (service && { carrier: service.carrier, value: service, certain: false }) ??
      (mayCome(name) ? { carrier: 'perPod', value: undefined, certain: false } : undefined)
    );
  };
  const expand = (text: string): Expansion => expandReferences(text, find);
  for (const source of place.container.envFrom ?? []) addAll({ context, known, notes, report }, source);
  (place.container.env ?? []).forEach((variable, index) => {
    if (!VARIABLE_NAME.test(variable.name)) return;
    const at = { ...place, path: `${place.path}.env[${index}]` };
    addOne({ context, known, report, expand, problems }, at, variable);
  });
  notes.push(...badNames(place.container));
  const variables = [...known].flatMap(([name, { value }]) => (value ? [[name, value] as const] : []));
  return {
    variables: new Map(variables),
    expand,
    isNever: (name) => !known.has(name) && !mayCome(name),
    problems,
    notes,
  };
}

/** Whether a name can turn out to be set by what the pod refers to, when nothing before it sets that name. */
function mayComeLater(context: PlanContext, { envFrom = [] }: Container): (name: string) => boolean {
  const isService = mayBeService(context);
  return (name) =>
    isService(name) ||
    envFrom.some(({ prefix = '' }) => name.startsWith(prefix) && KEY.test(name.slice(prefix.length)));
}

function addAll(
  into: {
    readonly context: PlanContext;
    readonly known: Map<string, Known>;
    readonly notes: LaunchNote[];
    readonly report: (resolved: Resolved<unknown>) => void;
  },
  { prefix = '', configMapRef, secretRef }: EnvFrom,
): void {
  const { context, known, notes, report } = into;
  const named = secretRef ?? configMapRef;
  if (named === undefined) return;
  const reference = toReference(secretRef === undefined ? 'ConfigMap' : 'Secret', named);
  const all = readAll(context, reference);
  report(all);
  if (all.kind !== 'found') return;
  const invalid: string[] = [];
  for (const [key, resolved] of all.value) {
    const name = prefix + key;
    if (!VARIABLE_NAME.test(name)) invalid.push(name);
    else if (resolved.kind === 'found')
      known.set(name, { carrier: resolved.value.carrier, value: resolved.value, certain: false });
    else report(resolved);
  }
  if (invalid.length === 0) return;
  const from = `${reference.kind.toLowerCase()} ${context.pod.metadata.namespace}/${reference.name}`;
  notes.push(invalidNames(`keys [${invalid.join(', ')}] from ${from}`));
}

function addOne(
  into: {
    readonly context: PlanContext;
    readonly known: Map<string, Known>;
    readonly report: (resolved: Resolved<unknown>) => void;
    readonly expand: (text: string) => Expansion;
    readonly problems: PlanProblem[];
  },
  { container, path }: Place,
  { name, value = '', valueFrom }: EnvVar,
): void {
  const { context, known, report, expand, problems } = into;
  if (value !== '' || !valueFrom) {
    const { certain, ...expanded } = expand(value);
    known.set(name, { carrier: expanded.carrier, value: expanded, certain });
    return;
  }
  const keyed = keyOf(valueFrom);
  if (keyed === undefined) {
    const found = fromPod(context, container, valueFrom);
    if (found !== undefined) known.set(name, { carrier: found.carrier, value: found, certain: true });
    problems.push(...strayContainer(context, path, valueFrom));
    return;
  }
  const resolved = readKey(context, { ...keyed, variable: name });
  report(resolved);
  const certain = carrierOf(keyed.kind);
  known.set(
    name,
    resolved.kind === 'found'
      ? { carrier: certain, value: resolved.value, certain: true }
      : keepBefore(known.get(name), certain),
  );
}

/** A variable that gets no value keeps the one before, but travels as if it had got one: a draft cannot know. */
function keepBefore(before: Known | undefined, carrier: Carrier): Known {
  const value = before?.value;
  const careful = moreCareful(before?.carrier ?? 'shared', carrier);
  return {
    carrier: careful,
    value: value === undefined ? undefined : { ...value, carrier: careful },
    certain: true,
  };
}

function keyOf({
  configMapKeyRef,
  secretKeyRef,
}: Source): (ObjectReference & { readonly key: string }) | undefined {
  if (secretKeyRef) return { ...toReference('Secret', secretKeyRef), key: secretKeyRef.key };
  if (configMapKeyRef) return { ...toReference('ConfigMap', configMapKeyRef), key: configMapKeyRef.key };
  return undefined;
}

function toReference(
  kind: ObjectReference['kind'],
  { name, optional }: { readonly name?: string; readonly optional?: boolean },
): ObjectReference {
  return { kind, name: name ?? '', optional: optional === true };
}

/** Fields of the pod and of its containers; `undefined` for one that the field table refuses. */
function fromPod(
  context: PlanContext,
  container: Container,
  { fieldRef, resourceFieldRef }: Source,
): Expanded | undefined {
  if (fieldRef) {
    const { fieldPath } = fieldRef;
    if (isAddressField(fieldPath)) return { text: standInFor(fieldPath), carrier: 'shared' };
    const text = fieldValue(context.pod, fieldPath);
    return text === undefined ? undefined : { text, carrier: fieldCarrier(fieldPath) };
  }
  const source = resourceFieldRef && resourceSource(context.pod, container, resourceFieldRef);
  const text = source && resourceValue(context, source, resourceFieldRef);
  return text === undefined ? undefined : { text, carrier: 'shared' };
}

function strayContainer(
  { pod }: PlanContext,
  path: string,
  { resourceFieldRef }: Source,
): readonly PlanProblem[] {
  if (!resourceFieldRef || resourceSource(pod, undefined, resourceFieldRef)) return [];
  const { containerName = '' } = resourceFieldRef;
  if (containerName === '') return [];
  return [
    {
      kind: 'fault',
      path: `${path}.valueFrom.resourceFieldRef.containerName`,
      note: `The pod has no container ${containerName}.`,
    },
  ];
}

function badNames({ name, env = [] }: Container): readonly LaunchNote[] {
  const invalid = env
    .filter((variable) => !VARIABLE_NAME.test(variable.name))
    .map((variable) => variable.name);
  if (invalid.length === 0) return [];
  return [invalidNames(`names [${invalid.sort().join(', ')}] in env of container ${name}`)];
}

function invalidNames(which: string): LaunchNote {
  return {
    type: 'Warning',
    reason: 'InvalidEnvironmentVariableNames',
    message: `${which} were skipped since they are invalid as environment variable names`,
  };
}
