import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { FailureError } from '../../../core/failure.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import type { Clock } from '../../../ports/clock.ts';
import { classifyStorageError } from './classify-storage-error.ts';
import { retryCall } from './retry-call.ts';

/** The part of the client that is used. */
export type SecretsClient = Pick<SecretsManagerClient, 'send'>;

/** The tag of mirrored secrets: nothing else is ever deleted, whatever its name. Its value is the cluster. */
export const MIRROR_TAG = 'lambdalet.dev/mirror';

const DAY_MS = 24 * 3_600_000;
const UNUSED_MS = 7 * DAY_MS;

/** What decides whether a secret may go; Secrets Manager gives the date of the last access without a time of day. */
type Dated = Pick<SecretListEntry, 'Tags' | 'CreatedDate' | 'LastChangedDate' | 'LastAccessedDate'>;

/** Deletes mirrored secrets of one cluster that nobody uses. */
export interface SecretRetirement {
  /** As the port says. */
  run(most: number): Promise<number>;
}

/** A retirement; `isInUse`: this process has just made sure of the secret with that name, and a task may be about to read it. */
export function createSecretRetirement(given: {
  readonly cluster: string;
  readonly clock: Clock;
  readonly client: () => SecretsClient;
  readonly isInUse: (name: string) => boolean;
}): SecretRetirement {
  const { cluster, clock, client, isInUse } = given;
  const mayGo = (secret: Dated): boolean =>
    (secret.Tags ?? []).some(({ Key, Value }) => Key === MIRROR_TAG && Value === cluster) &&
    clock.now() - lastUse(secret) > UNUSED_MS;
  return {
    run: async (most) => {
      let deleted = 0;
      try {
        for await (const { Name: name, ...listed } of mirrored(client(), cluster, clock)) {
          if (deleted >= most) break;
          if (name === undefined || !mayGo(listed) || isInUse(name)) continue;
          if (await deleteOne(name, mayGo, client(), clock)) deleted += 1;
        }
      } catch (error) {
        const failure = classifyStorageError(error, 'Unused secrets cannot be deleted', {
          AccessDeniedException:
            'allow this function secretsmanager:ListSecrets, and DescribeSecret and DeleteSecret on the secrets lambdalet/<cluster>/env/* and lambdalet/<cluster>/pull/*',
        });
        throw new FailureError(failure, { cause: error });
      }
      return deleted;
    },
  };
}

/** The filter matches beginnings of names, so that the tag still decides whose a secret is. */
async function* mirrored(
  client: SecretsClient,
  cluster: string,
  clock: Clock,
): AsyncGenerator<SecretListEntry> {
  const Filters = [{ Key: 'name' as const, Values: [`lambdalet/${cluster}/`] }];
  let NextToken: string | undefined;
  do {
    const input = { Filters, ...(NextToken !== undefined && { NextToken }) };
    const page = await retryCall(clock, () => client.send(new ListSecretsCommand(input)), Infinity);
    yield* page.SecretList ?? [];
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}

/** Looks again by name first: a list is old by the time that something is done about it. */
async function deleteOne(
  name: string,
  mayGo: (secret: Dated) => boolean,
  client: SecretsClient,
  clock: Clock,
): Promise<boolean> {
  const SecretId = name;
  const seen = await retryCall(
    clock,
    () => client.send(new DescribeSecretCommand({ SecretId })).catch(unlessMissing),
    Infinity,
  );
  if (seen === undefined || !mayGo(seen)) return false;
  const input = { SecretId, ForceDeleteWithoutRecovery: true };
  await retryCall(clock, () => client.send(new DeleteSecretCommand(input)).catch(unlessMissing), Infinity);
  return true;
}

/** The end of the day of the last access, since that is all that is known of it. */
function lastUse({ CreatedDate, LastChangedDate, LastAccessedDate }: Dated): Instant {
  return Math.max(
    CreatedDate?.getTime() ?? Infinity,
    LastChangedDate?.getTime() ?? -Infinity,
    LastAccessedDate === undefined ? -Infinity : LastAccessedDate.getTime() + DAY_MS,
  );
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
  throw error;
}
