import { createHash } from 'node:crypto';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { FailureError } from '../../../core/failure.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import type { Clock } from '../../../ports/clock.ts';
import { classifyStorageError } from './classify-storage-error.ts';
import type { MirroredSecret } from '../plan/plan-types.ts';
import { createSecretRetirement, MIRROR_TAG, type SecretsClient } from './retire-secrets.ts';
import { retryCall } from './retry-call.ts';

/** Secrets of pods in Secrets Manager. Whatever goes wrong is thrown as a `FailureError`; values are never shown. */
export interface SecretMirror {
  /**
   * The ARNs of these secrets by name, each with its value from now on. What is as it should be is not written; what fails for
   * the moment is tried again, but not after `by`.
   */
  ensure(secrets: readonly MirroredSecret[], by: Instant): Promise<ReadonlyMap<string, string>>;
  /** Deletes secrets of this cluster that were neither written nor read for a week, at most `most`; returns how many. */
  retire(most: number): Promise<number>;
}

/** What is known of a secret without asking: its ARN, and a digest of what it held. */
interface Known {
  readonly arn: string;
  readonly digest: string;
  readonly until: Instant;
}

/** A secret that someone else changes or deletes is mended by the first launch after this. */
const KNOWN_MS = 5 * 60_000;

const WAYS_OUT: Readonly<Record<string, string>> = {
  AccessDeniedException:
    'allow this function secretsmanager:CreateSecret, TagResource, GetSecretValue and PutSecretValue on the secrets lambdalet/<cluster>/env/* and lambdalet/<cluster>/pull/*',
  EncryptionFailure: 'allow this function kms:GenerateDataKey and kms:Decrypt on the key of the secret',
  DecryptionFailure: 'allow this function kms:Decrypt on the key of the secret',
};

/** As the client of ECS: it does not retry by itself, and a call that hangs is given up. */
function createClient(): SecretsClient {
  return new SecretsManagerClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

/**
 * The mirror of a deployment. What a secret holds is compared with what it should by reading it: a token made of the value would
 * spare the read, but version ids are open to whoever may describe a secret and stand in audit logs, where they would give a
 * weak password away to who can guess it.
 */
export function createSecretMirror(given: {
  /** The name of the Kubernetes cluster. */
  readonly cluster: string;
  /** ARN of the KMS key. Default: the account's own for Secrets Manager. */
  readonly kmsKey?: string | undefined;
  readonly clock: Clock;
  /** Default: one that is made when the first secret is needed. */
  readonly client?: SecretsClient | undefined;
}): SecretMirror {
  const { cluster, clock } = given;
  let made: SecretsClient | undefined;
  const client = (): SecretsClient => (made ??= given.client ?? createClient());
  const known = new Map<string, Known>();
  /** Launches of one workload come together: they share the first one's calls. */
  const underWay = new Map<string, Promise<string>>();
  const retirement = createSecretRetirement({
    cluster,
    clock,
    client,
    isInUse: (name) =>
      (known.get(name)?.until ?? -Infinity) > clock.now() ||
      [...underWay.keys()].some((key) => key.startsWith(`${name} `)),
  });

  const ensureOne = async (secret: MirroredSecret, by: Instant): Promise<string> => {
    const { name, value } = secret;
    const digest = digestOf(value);
    const before = known.get(name);
    if (before?.digest === digest && before.until > clock.now()) return before.arn;
    const key = `${name} ${digest}`;
    const shared = underWay.get(key);
    if (shared !== undefined) return shared;
    const writing = write(secret, { client, clock, cluster, kmsKey: given.kmsKey, by });
    underWay.set(key, writing);
    try {
      const arn = await writing;
      known.set(name, { arn, digest, until: clock.now() + KNOWN_MS });
      return arn;
    } finally {
      underWay.delete(key);
    }
  };
  return {
    ensure: async (secrets, by) => {
      const entries = secrets.map(async (secret) => [secret.name, await ensureOne(secret, by)] as const);
      return new Map(await Promise.all(entries));
    },
    retire: (most) => retirement.run(most),
  };
}

interface WriteContext {
  readonly client: () => SecretsClient;
  readonly clock: Clock;
  readonly cluster: string;
  readonly kmsKey: string | undefined;
  readonly by: Instant;
}

/** Makes sure that the secret is there with its value; its ARN. */
async function write(secret: MirroredSecret, context: WriteContext): Promise<string> {
  try {
    return await retryCall(context.clock, () => writeOnce(secret, context), context.by);
  } catch (error) {
    const failure = classifyStorageError(error, `The secret ${secret.name} cannot be mirrored`, WAYS_OUT);
    // A secret that is being deleted can neither be read nor made anew: it is gone soon, or someone restores it.
    const passing = failure.code === 'InvalidRequestException' || failure.code === 'ResourceExistsException';
    throw new FailureError(passing ? { ...failure, kind: 'transient' } : failure, { cause: error });
  }
}

async function writeOnce(
  { name, value }: MirroredSecret,
  { client, cluster, kmsKey }: WriteContext,
): Promise<string> {
  const found = await client()
    .send(new GetSecretValueCommand({ SecretId: name }))
    .catch(unlessMissing);
  if (found === undefined) {
    const made = await client().send(
      new CreateSecretCommand({
        ...{ Name: name, SecretString: value, Tags: [{ Key: MIRROR_TAG, Value: cluster }] },
        Description: 'Made of Secrets of a Kubernetes cluster for the pods that use them; not to be edited.',
        ...(kmsKey !== undefined && { KmsKeyId: kmsKey }),
      }),
    );
    return demandArn(made.ARN);
  }
  if (found.SecretString !== value)
    await client().send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  return demandArn(found.ARN);
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
  throw error;
}

function demandArn(arn: string | undefined): string {
  if (arn !== undefined) return arn;
  throw new FailureError({ kind: 'transient', message: 'Secrets Manager answered without an ARN.' });
}

/** Memory need not hold what a digest can tell apart. */
function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}
