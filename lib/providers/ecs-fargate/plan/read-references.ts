import type { ConfigObject, ConfigValue, PodInputs, Reading } from '../../../core/pod-inputs.ts';
import type { LaunchNote } from '../../../ports/provider.ts';
import type { Carrier, Expanded, PlanContext, PlanProblem } from './plan-types.ts';

/** A ConfigMap or a Secret that a pod refers to. */
export interface ObjectReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly optional: boolean;
}

/** What came of a reference. `absent`: it is optional and not there; `missing`: it is mandatory, or its value is no variable's. */
export type Resolved<Value> =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'absent'; readonly note: LaunchNote }
  | { readonly kind: 'missing'; readonly problem: PlanProblem };

/**
 * Stands for a value that a draft does not know. Not empty, because an env file cannot carry an empty value: it would travel
 * another way than what it stands for.
 */
const UNKNOWN = '?';

/** How values of an object travel. */
export function carrierOf(kind: ObjectReference['kind']): Carrier {
  return kind === 'Secret' ? 'secret' : 'config';
}

/** One key of an object, for the variable of that name. In a draft every key is there. */
export function readKey(
  context: PlanContext,
  reference: ObjectReference & { readonly key: string; readonly variable: string },
): Resolved<Expanded> {
  const { key, variable } = reference;
  if (context.inputs === undefined) return { kind: 'found', value: toExpanded(reference, key, UNKNOWN) };
  const object = readObject(context, context.inputs, reference, `skipping optional envvar "${variable}": `);
  if (object.kind !== 'found') return object;
  const value = Object.hasOwn(object.value.data, key) ? object.value.data[key] : undefined;
  return value === undefined || isOther(reference, value)
    ? keyless(context, reference)
    : readText(context, reference, key, value);
}

/** All keys of an object, by key in their order. In a draft there are none, because their names are not known. */
export function readAll(
  context: PlanContext,
  reference: ObjectReference,
): Resolved<readonly (readonly [string, Resolved<Expanded>])[]> {
  if (context.inputs === undefined) return { kind: 'found', value: [] };
  const object = readObject(context, context.inputs, reference, '');
  if (object.kind !== 'found') return object;
  const entries = Object.entries(object.value.data)
    .filter(([, value]) => !isOther(reference, value))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => [key, readText(context, reference, key, value)] as const);
  return { kind: 'found', value: entries };
}

/** `binaryData` of a ConfigMap is for files only: the kubelet does not see it here. */
function isOther({ kind }: ObjectReference, value: ConfigValue): boolean {
  return kind === 'ConfigMap' && value.kind === 'bytes';
}

function readObject(
  { pod }: PlanContext,
  inputs: PodInputs,
  { kind, name, optional }: ObjectReference,
  skipping: string,
): Resolved<ConfigObject> {
  const objects = kind === 'Secret' ? inputs.secrets : inputs.configMaps;
  const reading: Reading<ConfigObject> = objects.get(name) ?? { kind: 'absent' };
  const label = `${kind.toLowerCase()} "${name}"`;
  switch (reading.kind) {
    case 'found':
      return reading;
    case 'absent':
      return optional
        ? absent(`Optional${kind}NotFound`, `${skipping}${label} not found`)
        : missing(`Mandatory${kind}NotFound`, `${label} not found`);
    case 'unreadable':
      return optional
        ? absent(`FailedToReadOptional${kind}`, `${skipping}failed to read ${label}`)
        : missing(
            `FailedToReadMandatory${kind}`,
            `failed to read ${label} of ${pod.metadata.namespace}: ${reading.message}`,
          );
  }
}

function keyless(
  { pod }: PlanContext,
  {
    kind,
    name,
    key,
    optional,
    variable,
  }: ObjectReference & { readonly key: string; readonly variable: string },
): Resolved<Expanded> {
  if (!optional)
    return missing(
      `Mandatory${kind}KeyNotFound`,
      `couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`,
    );
  const label = `${kind.toLowerCase()} "${name}"`;
  return absent(
    `Optional${kind}KeyNotFound`,
    `skipping optional envvar "${variable}": key "${key}" does not exist in ${label}`,
  );
}

function readText(
  { pod }: PlanContext,
  reference: ObjectReference,
  key: string,
  value: ConfigValue,
): Resolved<Expanded> {
  const label = `key ${key} of ${reference.kind} ${pod.metadata.namespace}/${reference.name}`;
  if (value.kind === 'bytes')
    return missing(
      'Failed',
      `${label} is not UTF-8, which a variable of a task must be: mount it as a file, or store it in base64`,
    );
  if (value.text.includes('\0'))
    return missing('Failed', `${label} holds a NUL, which no variable can: mount it as a file`);
  return { kind: 'found', value: toExpanded(reference, key, value.text) };
}

function toExpanded({ kind, name }: ObjectReference, key: string, text: string): Expanded {
  return kind === 'Secret'
    ? { text, carrier: 'secret', secretKey: { secret: name, key } }
    : { text, carrier: 'config' };
}

function absent(reason: string, message: string): Resolved<never> {
  return { kind: 'absent', note: { type: 'Warning', reason, message } };
}

function missing(event: string, message: string): Resolved<never> {
  return {
    kind: 'missing',
    problem: { kind: 'unready', reason: 'CreateContainerConfigError', message, event },
  };
}
