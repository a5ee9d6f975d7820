import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError, unknownOperation } from '../aws-model.ts';
import type { AwsModel, IdSource, Place } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { FaultPlan, type FaultMoment } from '../plan-faults.ts';
import {
  createSecretSchema,
  deleteSecretSchema,
  describeSecretSchema,
  getSecretValueSchema,
  listSecretsSchema,
  putSecretValueSchema,
  type ListSecretsInput,
} from './secrets-inputs.ts';
import {
  addVersion,
  describeSecret,
  findSecret,
  findUsable,
  isSameValue,
  readVersion,
} from './secrets-state.ts';
import type { Secret, Version } from './secrets-state.ts';

/** The emulated Secrets Manager. */
export interface SecretsManagerModel extends AwsModel {
  /** The names of all secrets that are there, in order. */
  names(): readonly string[];
  /** The next call of an operation fails; with `after` it takes effect and its answer is lost. */
  failNext(operation: string, error: AwsError, moment?: FaultMoment): void;
  /** How many calls of an operation arrived, also those that failed. */
  callCount(operation: string): number;
}

const NAME = /^[\w/+=.@-]{1,512}$/;
const MOST_BYTES = 65_536;
const DAY_MS = 24 * 3_600_000;
const DEFAULT_WINDOW_DAYS = 30;

type Operation = (input: unknown, now: Instant) => unknown;

/** What the operations work on. */
interface Store {
  readonly place: Place;
  readonly ids: IdSource;
  readonly secrets: Map<string, Secret>;
}

/**
 * Secrets Manager as a pure model: secrets by name or ARN with their versions, client tokens, tags and dates. It plans nothing.
 */
export function createSecretsManagerModel(given: {
  readonly place: Place;
  readonly ids: IdSource;
}): SecretsManagerModel {
  const store: Store = { ...given, secrets: new Map() };
  const faults = new FaultPlan();
  const calls = new Map<string, number>();
  const operations = createOperations(store);
  return {
    names: () => [...store.secrets.keys()].sort(),
    failNext: (operation, error, moment) => faults.failNext(operation, error, moment),
    callCount: (operation) => calls.get(operation) ?? 0,
    handle: (name, input, now) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      const operation = operations[name];
      if (operation === undefined) throw unknownOperation(name);
      return faults.around(name, () => operation(input, now));
    },
    advance: () => undefined,
    nextDue: () => undefined,
  };
}

function createOperations(store: Store): Readonly<Record<string, Operation>> {
  const { secrets } = store;
  return {
    CreateSecret: (input, now) => createSecret(store, input, now),
    PutSecretValue: (input, now) => putSecretValue(store, input, now),
    GetSecretValue: (input, now) => {
      const { SecretId, VersionId, VersionStage } = parseInput(getSecretValueSchema, input);
      const secret = findUsable(secrets, SecretId, now);
      const answer = readVersion(secret, VersionId, VersionStage);
      secret.accessedAt = now;
      return answer;
    },
    DescribeSecret: (input, now) =>
      describeSecret(findSecret(secrets, parseInput(describeSecretSchema, input).SecretId, now)),
    ListSecrets: (input) => listSecrets(store, parseInput(listSecretsSchema, input)),
    DeleteSecret: (input, now) => deleteSecret(store, input, now),
  };
}

function createSecret(store: Store, input: unknown, now: Instant): unknown {
  const { Name: name, ClientRequestToken, KmsKeyId, Tags, ...value } = parseInput(createSecretSchema, input);
  if (!NAME.test(name))
    throw invalidParameter(
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  const current: Version = {
    id: tokenOf(store, ClientRequestToken),
    value: demandSize(value),
    createdAt: now,
  };
  const known = store.secrets.get(name);
  if (known !== undefined) return repeatCreation(known, current);
  const { region, account } = store.place;
  const secret: Secret = {
    arn: `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${store.ids().slice(0, 6)}`,
    ...{ name, kmsKey: KmsKeyId, tags: Tags, createdAt: now, changedAt: now },
    ...{ versions: new Map([[current.id, current]]), current, previous: undefined },
  };
  store.secrets.set(name, secret);
  return { ARN: secret.arn, Name: name, VersionId: current.id };
}

/** The same token with the same value is the same request once more. */
function repeatCreation(known: Secret, wanted: Version): unknown {
  if (known.deleteAt !== undefined)
    throw new AwsError(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  const version = known.versions.get(wanted.id);
  if (version !== undefined && isSameValue(version, wanted))
    return { ARN: known.arn, Name: known.name, VersionId: version.id };
  throw new AwsError(
    'ResourceExistsException',
    `The operation failed because the secret ${known.name} already exists.`,
  );
}

function putSecretValue(store: Store, input: unknown, now: Instant): unknown {
  const { SecretId, ClientRequestToken, ...value } = parseInput(putSecretValueSchema, input);
  const secret = findUsable(store.secrets, SecretId, now);
  const id = tokenOf(store, ClientRequestToken);
  addVersion(secret, { id, value: demandSize(value), createdAt: now });
  return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: ['AWSCURRENT'] };
}

/** Deletes at once when forced to; else marks for deletion after a window of 7 to 30 days. */
function deleteSecret(store: Store, input: unknown, now: Instant): unknown {
  const {
    SecretId,
    ForceDeleteWithoutRecovery: force,
    RecoveryWindowInDays: days,
  } = parseInput(deleteSecretSchema, input);
  if (force === true && days !== undefined)
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  if (days !== undefined && (days < 7 || days > 30))
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  const secret = findSecret(store.secrets, SecretId, now);
  secret.deleteAt = force === true ? now : now + (days ?? DEFAULT_WINDOW_DAYS) * DAY_MS;
  if (force === true) store.secrets.delete(secret.name);
  return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deleteAt / 1000 };
}

/** Secrets that pass every filter, by name; what is deleted between two pages hides no other. What is marked for deletion is not shown. */
function listSecrets({ secrets }: Store, { MaxResults, NextToken = '', Filters }: ListSecretsInput): unknown {
  if (MaxResults < 1 || MaxResults > 100) throw invalidParameter('MaxResults must be between 1 and 100.');
  const left = [...secrets.values()]
    .filter(({ name, deleteAt }) => deleteAt === undefined && name > NextToken)
    .filter((secret) => Filters.every((filter) => passes(secret, filter)))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const page = left.slice(0, MaxResults);
  return {
    SecretList: page.map((secret) => {
      const { VersionIdsToStages: SecretVersionsToStages, ...shown } = describeSecret(secret);
      return { ...shown, SecretVersionsToStages };
    }),
    ...(page.length < left.length && { NextToken: page.at(-1)?.name }),
  };
}

/** Filters match the beginning of a name, and of a tag's key or value. */
function passes(
  { name, tags }: Secret,
  { Key, Values }: { readonly Key: string; readonly Values: readonly string[] },
): boolean {
  const texts: Readonly<Record<string, readonly string[]>> = {
    name: [name],
    'tag-key': tags.map((tag) => tag.Key),
    'tag-value': tags.map((tag) => tag.Value),
  };
  const looked = texts[Key];
  if (looked === undefined) throw invalidParameter(`The emulator has no filter ${Key}.`);
  return Values.some((value) => looked.some((text) => text.startsWith(value)));
}

/** The SDKs make a token when the caller gives none. */
function tokenOf({ ids }: Store, given: string | undefined): string {
  const token = given ?? ids();
  if (token.length < 32 || token.length > 64)
    throw invalidParameter('ClientRequestToken must have 32 to 64 characters.');
  return token;
}

function demandSize(value: Version['value']): Version['value'] {
  const bytes = Buffer.byteLength(value.SecretString ?? value.SecretBinary ?? '');
  if (bytes > MOST_BYTES) throw invalidParameter(`The secret value is longer than ${MOST_BYTES} bytes.`);
  return value;
}

function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
