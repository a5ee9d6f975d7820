import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError, epochSeconds } from '../aws-model.ts';

/** One version of a secret's value. */
export interface Version {
  /** The client token of the request that made it. */
  readonly id: string;
  readonly value: { readonly SecretString?: string | undefined; readonly SecretBinary?: string | undefined };
  readonly createdAt: Instant;
}

/** One secret. */
export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly kmsKey: string | undefined;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly createdAt: Instant;
  readonly versions: Map<string, Version>;
  current: Version;
  previous: Version | undefined;
  changedAt: Instant;
  accessedAt?: Instant;
  /** Marked for deletion: it cannot be read or written until then. */
  deleteAt?: Instant;
}

const DAY_MS = 24 * 3_600_000;

/** The secret of a name or an ARN, whole or without its random end; as if it had never been once its deletion is due. */
export function findSecret(secrets: Map<string, Secret>, id: string, now: Instant): Secret {
  const secret = lookUp(secrets, id);
  if (secret?.deleteAt !== undefined && secret.deleteAt <= now) secrets.delete(secret.name);
  else if (secret !== undefined) return secret;
  throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

/** The same, but it may not be marked for deletion. */
export function findUsable(secrets: Map<string, Secret>, id: string, now: Instant): Secret {
  const secret = findSecret(secrets, id, now);
  if (secret.deleteAt === undefined) return secret;
  throw new AwsError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

function lookUp(secrets: ReadonlyMap<string, Secret>, id: string): Secret | undefined {
  return (
    secrets.get(id) ??
    [...secrets.values()].find(({ arn }) => arn === id || arn.replace(/-[^-]{6}$/, '') === id)
  );
}

/** Makes a version the current one. The same token with the same value changes nothing, with another it is refused. */
export function addVersion(secret: Secret, version: Version): void {
  const known = secret.versions.get(version.id);
  if (known === undefined) {
    secret.versions.set(version.id, version);
    secret.previous = secret.current;
    secret.current = version;
    secret.changedAt = version.createdAt;
  } else if (!isSameValue(known, version)) {
    throw new AwsError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${version.id} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
}

/** Whether two versions hold the same. */
export function isSameValue({ value: one }: Version, { value: other }: Version): boolean {
  return one.SecretString === other.SecretString && one.SecretBinary === other.SecretBinary;
}

/** What everybody may see of a secret: dates, tags, versions; never its value. The date of access has no time of day. */
export function describeSecret(secret: Secret): Record<string, unknown> {
  const { arn, name, kmsKey, tags, createdAt, changedAt, accessedAt, deleteAt, current, previous } = secret;
  return {
    ...{ ARN: arn, Name: name, Tags: tags },
    ...(kmsKey !== undefined && { KmsKeyId: kmsKey }),
    CreatedDate: epochSeconds(createdAt),
    LastChangedDate: epochSeconds(changedAt),
    ...(accessedAt !== undefined && {
      LastAccessedDate: epochSeconds(Math.floor(accessedAt / DAY_MS) * DAY_MS),
    }),
    ...(deleteAt !== undefined && { DeletedDate: epochSeconds(deleteAt) }),
    VersionIdsToStages: {
      [current.id]: ['AWSCURRENT'],
      ...(previous !== undefined && { [previous.id]: ['AWSPREVIOUS'] }),
    },
  };
}

/** The value of a version, by its id or its stage. */
export function readVersion(secret: Secret, id: string | undefined, stage = 'AWSCURRENT'): unknown {
  const versions: readonly (readonly [string, Version | undefined])[] = [
    ['AWSCURRENT', secret.current],
    ['AWSPREVIOUS', secret.previous],
  ];
  const wanted = versions.find(([name, version]) => (id === undefined ? name === stage : version?.id === id));
  const [foundStage, found] = wanted ?? ['', undefined];
  if (found === undefined) {
    const what = id === undefined ? `staging label ${stage}` : `VersionId ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  return {
    ...{ ARN: secret.arn, Name: secret.name, VersionId: found.id, VersionStages: [foundStage] },
    CreatedDate: epochSeconds(found.createdAt),
    ...found.value,
  };
}
