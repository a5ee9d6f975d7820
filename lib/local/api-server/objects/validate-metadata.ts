import { forbiddenField, invalidValue, required } from './api-failure.ts';
import type { Cause } from './api-failure.ts';
import { finalizersOf, labelsOf, nameOf } from './api-object.ts';
import type { ApiObject } from './api-object.ts';
import { objectsAt, textAt, textsAt } from './json.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const ANNOTATIONS_LIMIT = 256 * 1024;

/** Faults of a DNS label, such as a container's name. */
export function validateLabelName(field: string, value: string): readonly Cause[] {
  if (value === '') return [required(field)];
  if (value.length > 63) return [invalidValue(field, value, 'must be no more than 63 characters')];
  return LABEL.test(value) ? [] : [invalidValue(field, value, LABEL_TEXT)];
}

/** Faults of a DNS subdomain, such as a pod's name. */
export function validateSubdomain(field: string, value: string): readonly Cause[] {
  if (value.length > 253) return [invalidValue(field, value, 'must be no more than 253 characters')];
  return SUBDOMAIN.test(value) ? [] : [invalidValue(field, value, SUBDOMAIN_TEXT)];
}

/** Faults of an object's metadata, as the API server lists them. */
export function validateMetadata(object: ApiObject, rule: 'label' | 'subdomain' | 'path'): readonly Cause[] {
  return [
    ...validateName(nameOf(object), rule),
    ...validateLabels(object),
    ...validateAnnotations(object),
    ...validateOwners(object),
    ...validateFinalizers(object),
  ];
}

function validateName(name: string, rule: 'label' | 'subdomain' | 'path'): readonly Cause[] {
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  if (rule === 'label') return validateLabelName('metadata.name', name);
  if (rule === 'subdomain') return validateSubdomain('metadata.name', name);
  return name.includes('/') || name.includes('%') || name === '.' || name === '..'
    ? [invalidValue('metadata.name', name, "may not contain '/'")]
    : [];
}

function validateLabels(object: ApiObject): readonly Cause[] {
  return Object.entries(labelsOf(object)).flatMap(([key, value]) => [
    ...validateQualifiedName('metadata.labels', key),
    ...validateLabelValue('metadata.labels', value),
  ]);
}

function validateLabelValue(field: string, value: string): readonly Cause[] {
  if (value.length > 63) return [invalidValue(field, value, 'must be no more than 63 characters')];
  return LABEL_VALUE.test(value) ? [] : [invalidValue(field, value, LABEL_VALUE_TEXT)];
}

/** Faults of a label key, an annotation key or a taint key: `[prefix/]name`. */
export function validateQualifiedName(field: string, key: string): readonly Cause[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const faults: string[] = [];
  if (parts.length > 2)
    faults.push(
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    );
  else if (prefix !== undefined && !SUBDOMAIN.test(prefix))
    faults.push(prefix === '' ? 'prefix part must be non-empty' : `prefix part ${SUBDOMAIN_TEXT}`);
  if (name === '') faults.push('name part must be non-empty');
  else if (name.length > 63) faults.push('name part must be no more than 63 characters');
  else if (!NAME_PART.test(name)) faults.push(NAME_PART_TEXT);
  return faults.map((fault) => invalidValue(field, key, fault));
}

function validateAnnotations(object: ApiObject): readonly Cause[] {
  const entries = Object.entries(textsAt(object.metadata, 'annotations'));
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...entries.flatMap(([key]) => validateQualifiedName('metadata.annotations', key)),
    ...(size > ANNOTATIONS_LIMIT
      ? [
          forbiddenField(
            'metadata.annotations',
            `annotations size ${size} is larger than limit ${ANNOTATIONS_LIMIT}`,
          ),
        ]
      : []),
  ];
}

function validateOwners(object: ApiObject): readonly Cause[] {
  return objectsAt(object.metadata, 'ownerReferences').flatMap((owner) =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter((key) => textAt(owner, key) === '')
      .map((key) => {
        const subject = key === 'apiVersion' ? 'version must' : 'must';
        return invalidValue(`metadata.ownerReferences.${key}`, '', `${subject} not be empty`);
      }),
  );
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

function validateFinalizers(object: ApiObject): readonly Cause[] {
  return finalizersOf(object).flatMap((name, index) => {
    const field = `metadata.finalizers[${index}]`;
    const faults = validateQualifiedName(field, name);
    if (faults.length > 0 || name.includes('/') || STANDARD_FINALIZERS.includes(name)) return faults;
    return [invalidValue(field, name, 'name is neither a standard finalizer name nor is it fully qualified')];
  });
}
