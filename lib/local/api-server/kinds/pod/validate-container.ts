import { duplicate, invalidValue, notFoundField, required, unsupported } from '../../objects/api-failure.ts';
import type { Cause } from '../../objects/api-failure.ts';
import { numberAt, objectsAt, textAt, textsAt } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import { parseQuantity } from '../../objects/quantity.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** Faults of one container but its name; `volumes` are the names that it may mount. */
export function validateContainer(
  container: JsonObject,
  at: string,
  volumes: ReadonlySet<string>,
): readonly Cause[] {
  return [
    ...validateImage(container, at),
    ...validatePorts(container, at),
    ...validateVariables(container, at),
    ...validateMounts(container, at, volumes),
    ...validatePullPolicy(container, at),
    ...validateResources(container, at),
  ];
}

function validateImage(container: JsonObject, at: string): readonly Cause[] {
  return textAt(container, 'image').trim() === '' ? [required(`${at}.image`)] : [];
}

function validatePullPolicy(container: JsonObject, at: string): readonly Cause[] {
  const policy = textAt(container, 'imagePullPolicy');
  return PULL_POLICIES.includes(policy) ? [] : [unsupported(`${at}.imagePullPolicy`, policy, PULL_POLICIES)];
}

function validatePorts(container: JsonObject, at: string): readonly Cause[] {
  return objectsAt(container, 'ports').flatMap((port, index) => {
    const field = `${at}.ports[${index}]`;
    const number = numberAt(port, 'containerPort');
    const protocol = textAt(port, 'protocol');
    const causes: Cause[] = [];
    if (number === undefined || number === 0) causes.push(required(`${field}.containerPort`));
    else if (number < 1 || number > 65_535)
      causes.push(invalidValue(`${field}.containerPort`, number, 'must be between 1 and 65535, inclusive'));
    if (!PROTOCOLS.includes(protocol)) causes.push(unsupported(`${field}.protocol`, protocol, PROTOCOLS));
    return causes;
  });
}

function validateVariables(container: JsonObject, at: string): readonly Cause[] {
  return objectsAt(container, 'env').flatMap((variable, index) =>
    validateVariable(variable, `${at}.env[${index}]`),
  );
}

function validateVariable(variable: JsonObject, field: string): readonly Cause[] {
  const name = textAt(variable, 'name');
  const causes: Cause[] = [];
  if (name === '') causes.push(required(`${field}.name`));
  // Relaxed validation (GA in 1.34): any printable ASCII but '='.
  else if (!/^[ -<>-~]+$/.test(name)) {
    const fault =
      "a valid environment variable name must consist only of printable ASCII characters other than '='";
    causes.push(invalidValue(`${field}.name`, name, fault));
  }
  const path = textAt(variable, 'valueFrom', 'fieldRef', 'fieldPath');
  if (path !== '' && !isFieldPath(path)) {
    const fault = `error converting fieldPath: field label not supported: ${path}`;
    causes.push(invalidValue(`${field}.valueFrom.fieldRef.fieldPath`, path, fault));
  }
  if (textAt(variable, 'value') !== '' && variable['valueFrom'] !== undefined) {
    causes.push(invalidValue(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty'));
  }
  return causes;
}

const FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.phase',
  'status.podIP',
  'status.podIPs',
];

// What the downward API can name: some fields, and labels and annotations by key.
function isFieldPath(path: string): boolean {
  return FIELD_PATHS.includes(path) || /^metadata\.(?:labels|annotations)\['.+'\]$/.test(path);
}

function validateMounts(container: JsonObject, at: string, volumes: ReadonlySet<string>): readonly Cause[] {
  const paths = new Set<string>();
  return objectsAt(container, 'volumeMounts').flatMap((mount, index) => {
    const field = `${at}.volumeMounts[${index}]`;
    const name = textAt(mount, 'name');
    const path = textAt(mount, 'mountPath');
    const causes: Cause[] = [];
    if (name === '') causes.push(required(`${field}.name`));
    if (!volumes.has(name)) causes.push(notFoundField(`${field}.name`, name));
    if (path === '') causes.push(required(`${field}.mountPath`));
    else if (paths.has(path))
      causes.push({
        ...duplicate(`${field}.mountPath`, path),
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(path)}: must be unique`,
      });
    paths.add(path);
    return causes;
  });
}

function validateResources(container: JsonObject, at: string): readonly Cause[] {
  const limits = textsAt(container, 'resources', 'limits');
  const requests = textsAt(container, 'resources', 'requests');
  const negative = (field: string, amounts: Readonly<Record<string, string>>): readonly Cause[] =>
    Object.entries(amounts)
      .filter(([, text]) => (parseQuantity(text) ?? 0) < 0)
      .map(([name, text]) =>
        invalidValue(`${at}.resources.${field}[${name}]`, text, 'must be greater than or equal to 0'),
      );
  const excessive = Object.entries(requests)
    .filter(([name, text]) => (parseQuantity(text) ?? 0) > (parseQuantity(limits[name] ?? '') ?? Infinity))
    .map(([name, text]) =>
      invalidValue(
        `${at}.resources.requests`,
        text,
        `must be less than or equal to ${name} limit of ${limits[name] ?? ''}`,
      ),
    );
  return [...negative('limits', limits), ...negative('requests', requests), ...excessive];
}
