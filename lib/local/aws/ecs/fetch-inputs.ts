import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import type { Container, EcsWorld, Task } from './ecs-state.ts';
import { parseEnvFile } from './parse-env-file.ts';

/** Where the agent fetches what containers are started with, with the rights of the execution role. */
export interface TaskSources {
  /** Content of an S3 object by its ARN. Throws `AwsError` as S3 does. */
  readFile(arn: string, at: Instant): string;
  /** The text of a secret by its ARN or name. Throws `AwsError` as Secrets Manager does. */
  readSecret(secretId: string, at: Instant): string;
}

const SECRET_ARN =
  /^(arn:aws[\w-]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?$/;

/** Why something could not be fetched, in ECS's words. */
class FetchFault extends Error {}

/**
 * Fetches everything that the containers of a task are started with and keeps it with them; the text of ECS's refusal when
 * something cannot be had, `undefined` when all is there.
 */
export function fetchInputs(world: EcsWorld, task: Task, at: Instant): string | undefined {
  try {
    for (const container of task.containers) {
      checkCredentials(world, container, at);
      container.environment = environmentOf(world, task, container, at);
    }
    return undefined;
  } catch (error) {
    if (error instanceof FetchFault) return `ResourceInitializationError: ${error.message}`;
    throw error;
  }
}

/** Overrides win over the definition, both over env files; of those the first that names a variable wins. */
function environmentOf(
  world: EcsWorld,
  task: Task,
  { name, definition }: Container,
  at: Instant,
): ReadonlyMap<string, string> {
  const override = task.overrides.containerOverrides?.find((one) => one.name === name);
  const files = override?.environmentFiles ?? definition?.environmentFiles ?? [];
  const pairs = [
    ...files.toReversed().flatMap(({ value }) => readEnvFile(world, value, at)),
    ...[...(definition?.environment ?? []), ...(override?.environment ?? [])].map(
      (pair) => [pair.name, pair.value] as const,
    ),
    ...(definition?.secrets ?? []).map(
      (secret) => [secret.name, readSecret(world, secret.valueFrom, at)] as const,
    ),
  ];
  return new Map(pairs);
}

function readEnvFile(
  { sources }: EcsWorld,
  arn: string,
  at: Instant,
): readonly (readonly [string, string])[] {
  const what = 'failed to download env files: file download command: non empty error stream';
  const content = fetched(what, () => sources?.readFile(arn, at));
  const parsed = parseEnvFile(content);
  if (parsed === 'line too long') throw new FetchFault(`failed to read env files: ${parsed}`);
  // Within one file the last line of a name wins: a later pair replaces an earlier one of the map.
  return parsed;
}

function readSecret({ sources }: EcsWorld, valueFrom: string, at: Instant): string {
  const [, arn = valueFrom, key = ''] = SECRET_ARN.exec(valueFrom) ?? [];
  const what =
    'unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s)';
  const text = fetched(what, () => sources?.readSecret(arn, at));
  if (key === '') return text;
  const value = membersOf(text)?.[key];
  if (typeof value === 'string') return value;
  throw new FetchFault(`${what}: retrieved secret from Secrets Manager did not contain json key ${key}`);
}

function checkCredentials({ sources }: EcsWorld, { definition }: Container, at: Instant): void {
  const secret = definition?.repositoryCredentials?.credentialsParameter;
  if (secret === undefined) return;
  const what = 'unable to pull secrets or registry auth: unable to get registry auth from asm';
  const members = membersOf(fetched(what, () => sources?.readSecret(secret, at)));
  if (typeof members?.['username'] !== 'string' || typeof members['password'] !== 'string')
    throw new FetchFault(`${what}: the secret has no username and password`);
}

function membersOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** The refusal names the error of the service, never a value. */
function fetched(what: string, read: () => string | undefined): string {
  try {
    const text = read();
    if (text !== undefined) return text;
  } catch (error) {
    if (error instanceof AwsError) throw new FetchFault(`${what}: ${error.type}: ${error.message}`);
    throw error;
  }
  throw new FetchFault(`${what}: this emulator has nothing to fetch from`);
}
