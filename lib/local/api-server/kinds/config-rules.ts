import { isDeepStrictEqual } from 'node:util';
import type { KindRules } from './kind-row.ts';
import { forbiddenField, invalidValue, required, tooLong } from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { objectAt, textAt, textsAt } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const MOST_BYTES = 1024 * 1024;

function validateKey(field: string, key: string): readonly Cause[] {
  const at = `${field}[${key}]`;
  if (key.length > 253) return [invalidValue(at, key, 'must be no more than 253 characters')];
  if (!KEY.test(key)) return [invalidValue(at, key, KEY_TEXT)];
  if (key === '.' || key === '..') return [invalidValue(at, key, `must not be '${key}'`)];
  return key.startsWith('..') ? [invalidValue(at, key, "must not start with '..'")] : [];
}

function bytesOf(object: ApiObject, field: string): number {
  const encoding = field === 'data' && object['type'] === undefined ? 'utf8' : 'base64';
  const values = Object.values(textsAt(object, field));
  return values.reduce((sum, text) => sum + Buffer.byteLength(text, encoding), 0);
}

/** What may not change once `immutable` was set, beginning with that itself. */
function validateImmutable(
  next: ApiObject,
  previous: ApiObject | undefined,
  fields: readonly string[],
): readonly Cause[] {
  if (previous?.['immutable'] !== true) return [];
  return ['immutable', ...fields]
    .filter((field) => !isDeepStrictEqual(next[field], previous[field]))
    .map((field) => forbiddenField(field, 'field is immutable when `immutable` is set'));
}

function validateConfigMap(next: ApiObject, previous: ApiObject | undefined): readonly Cause[] {
  const binary = objectAt(next, 'binaryData');
  const keys = (field: string) => Object.keys(objectAt(next, field)).sort();
  return [
    ...validateImmutable(next, previous, ['data', 'binaryData']),
    ...keys('data').flatMap((key) => [
      ...validateKey('data', key),
      ...(Object.hasOwn(binary, key)
        ? [invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')]
        : []),
    ]),
    ...keys('binaryData').flatMap((key) => validateKey('binaryData', key)),
    ...(bytesOf(next, 'data') + bytesOf(next, 'binaryData') > MOST_BYTES ? [tooLong('[]', MOST_BYTES)] : []),
  ];
}

/** What is special about ConfigMaps. */
export const configMapRules: KindRules = { validate: validateConfigMap };

function completeSecret(secret: ApiObject, type: string): ApiObject {
  const { stringData, ...rest } = secret;
  const written = Object.entries(textsAt({ stringData }, 'stringData')).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  const data = { ...objectAt(secret, 'data'), ...(Object.fromEntries(written) as JsonObject) };
  const filled = Object.keys(data).length === 0 ? {} : { data };
  return { ...rest, ...filled, type: textAt(secret, 'type') || type, metadata: secret.metadata };
}

function validateSecret(next: ApiObject, previous: ApiObject | undefined): readonly Cause[] {
  const type = textAt(next, 'type');
  const retyped = previous !== undefined && textAt(previous, 'type') !== type;
  return [
    ...(retyped ? [invalidValue('type', type, 'field is immutable')] : []),
    ...validateImmutable(next, previous, ['data']),
    ...Object.keys(objectAt(next, 'data'))
      .sort()
      .flatMap((key) => validateKey('data', key)),
    ...(bytesOf(next, 'data') > MOST_BYTES ? [tooLong('data', MOST_BYTES)] : []),
    ...validateSecretType(next, type),
  ];
}

/** The keys that each type must have; of basic-auth one is enough. */
const KEYS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const JSON_OF_TYPE: Readonly<Record<string, string>> = {
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
};

function validateSecretType(secret: ApiObject, type: string): readonly Cause[] {
  const data = textsAt(secret, 'data');
  const missing = (keys: readonly string[]) =>
    keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
  const json = JSON_OF_TYPE[type];
  if (json !== undefined) return data[json] === undefined ? missing([json]) : validateJson(json, data[json]);
  if (type === 'kubernetes.io/basic-auth') {
    const faults = missing(['username', 'password']);
    return faults.length === 2 ? faults : [];
  }
  if (type === 'kubernetes.io/service-account-token') {
    const account = 'kubernetes.io/service-account.name';
    const named = textAt(secret.metadata, 'annotations', account) !== '';
    return named ? [] : [required(`metadata.annotations[${account}]`)];
  }
  return missing(KEYS_OF_TYPE[type] ?? []);
}

function validateJson(key: string, base64: string): readonly Cause[] {
  try {
    JSON.parse(Buffer.from(base64, 'base64').toString());
    return [];
  } catch {
    // What is wrong with it would be a part of it.
    return [invalidValue(`data[${key}]`, '<secret contents redacted>', 'it is not valid JSON')];
  }
}

/** What is special about Secrets: `stringData` is only for writing, the type is for ever. */
export const secretRules: KindRules = {
  create: (secret) => completeSecret(secret, 'Opaque'),
  update: (secret, previous) => completeSecret(secret, textAt(previous, 'type')),
  validate: validateSecret,
  fields: (secret) => ({ type: textAt(secret, 'type') }),
};
