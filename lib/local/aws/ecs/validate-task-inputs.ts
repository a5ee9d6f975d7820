import type { ContainerDefinition, RegisterTaskDefinitionInput, RunTaskInput } from './ecs-inputs.ts';
import { clientFault, invalidParameter } from './ecs-names.ts';
import type { Tag, TaskDefinition } from './ecs-state.ts';

const ENV_FILE = /^arn:aws[\w-]*:s3:::[^/]+\/.+\.env$/;
const MOST_ENV_FILES = 10;
const SECRET_SOURCE = /^arn:aws[\w-]*:(secretsmanager|ssm):|^[\w./-]+$/;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Refuses what the agent fetches for a container when it cannot be: env files, secrets, credentials of a registry. */
export function validateTaskInputs(
  { executionRoleArn }: RegisterTaskDefinitionInput,
  containers: readonly ContainerDefinition[],
): void {
  for (const container of containers) {
    const fault = findFileFault(container.environmentFiles ?? []) ?? findSecretFault(container);
    if (fault !== undefined) throw clientFault(fault);
    if (executionRoleArn === undefined && needsExecutionRole(container)) {
      throw clientFault(
        `When you are specifying container secrets, environment files or private registry authentication, you must also specify a value for 'executionRoleArn'.`,
      );
    }
  }
}

function needsExecutionRole({
  secrets,
  environmentFiles,
  repositoryCredentials,
}: ContainerDefinition): boolean {
  return (
    (secrets ?? []).length > 0 || (environmentFiles ?? []).length > 0 || repositoryCredentials !== undefined
  );
}

function findSecretFault({ secrets = [], environment = [] }: ContainerDefinition): string | undefined {
  const wrong = secrets.find(({ valueFrom }) => !SECRET_SOURCE.test(valueFrom));
  if (wrong !== undefined) return `Invalid secret source: ${wrong.valueFrom}`;
  return findSharedName(
    secrets.map(({ name }) => name),
    environment.map(({ name }) => name),
  );
}

function findSharedName(secrets: readonly string[], variables: readonly string[]): string | undefined {
  const taken = new Set(variables);
  const shared = secrets.find((name, index) => taken.has(name) || secrets.indexOf(name) < index);
  return (
    shared &&
    `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${shared}'.`
  );
}

function findFileFault(
  files: readonly { readonly value: string; readonly type: string }[],
): string | undefined {
  if (files.length > MOST_ENV_FILES)
    return `A container can have at most ${MOST_ENV_FILES} environment files.`;
  const wrong = files.find(({ value, type }) => type !== 's3' || !ENV_FILE.test(value));
  return (
    wrong &&
    `Invalid environment file: ${wrong.value} (type ${wrong.type}): it must be the ARN of an S3 object that ends in .env.`
  );
}

/** Refuses overrides of what the agent fetches that do not fit their definition. */
export function validateInputOverrides({ overrides }: RunTaskInput, definition: TaskDefinition): void {
  const role = overrides?.executionRoleArn ?? definition.body.executionRoleArn;
  for (const { name, environment = [], environmentFiles = [] } of overrides?.containerOverrides ?? []) {
    const secrets = definition.containers.find((container) => container.name === name)?.secrets ?? [];
    const fault =
      findFileFault(environmentFiles) ??
      findSharedName(
        secrets.map((secret) => secret.name),
        environment.map((pair) => pair.name),
      );
    if (fault !== undefined) throw invalidParameter(fault);
    if (environmentFiles.length > 0 && role === undefined)
      throw invalidParameter('Environment files need an execution role.');
  }
}

/** Refuses tags that no AWS resource can have. */
export function validateTags(tags: readonly Tag[]): void {
  if (tags.length > 50) throw invalidParameter('A task can have at most 50 tags.');
  const keys = new Set(tags.map(({ key }) => key));
  if (keys.size < tags.length) throw invalidParameter('Duplicate tag keys are not allowed.');
  for (const { key, value } of tags) {
    const ok = key.length >= 1 && key.length <= 128 && value.length <= 256 && !/^aws:/i.test(key);
    if (!ok || !TAG_TEXT.test(key) || !TAG_TEXT.test(value))
      throw invalidParameter(`The tag ${key} has a key or value that is not allowed.`);
  }
}
