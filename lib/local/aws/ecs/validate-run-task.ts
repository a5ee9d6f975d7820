import type { RunTaskInput } from './ecs-inputs.ts';
import { invalidParameter } from './ecs-names.ts';
import type { TaskDefinition } from './ecs-state.ts';
import { cpuUnits, isFargateSize, memoryMiB } from './fargate-grid.ts';
import { validateInputOverrides, validateTags } from './validate-task-inputs.ts';

const MAX_OVERRIDES = 8192;
const STARTED_BY = /^[a-zA-Z0-9\-_/]{1,128}$/;
/** Printable ASCII without the blank: characters 33 to 126. */
const CLIENT_TOKEN = /^[!-~]{1,64}$/;

/** What RunTask refuses before it looks at the task definition; the message names the first fault. */
export function validateRunTask(input: RunTaskInput): void {
  validateNames(input);
  validateLaunch(input.launchType, input.capacityProviderStrategy ?? []);
  validateNetwork(input.networkConfiguration?.awsvpcConfiguration);
  validateTags(input.tags ?? []);
  if (input.propagateTags === 'SERVICE')
    throw invalidParameter('propagateTags SERVICE is not valid for RunTask.');
  const length = input.overrides === undefined ? 0 : JSON.stringify(input.overrides).length;
  if (length > MAX_OVERRIDES)
    throw invalidParameter(`Container Overrides length must be at most ${MAX_OVERRIDES}`);
}

function validateNames({ count = 1, clientToken, startedBy }: RunTaskInput): void {
  if (!Number.isInteger(count) || count < 1 || count > 10)
    throw invalidParameter('count should be between 1 and 10.');
  if (startedBy !== undefined && !STARTED_BY.test(startedBy)) {
    throw invalidParameter(
      'startedBy may have 128 letters, numbers, hyphens, forward slashes and underscores.',
    );
  }
  if (clientToken !== undefined && !CLIENT_TOKEN.test(clientToken)) {
    throw invalidParameter('clientToken may have 64 ASCII characters in the range of 33 to 126.');
  }
}

function validateLaunch(
  launchType: string | undefined,
  strategy: readonly { readonly capacityProvider: string }[],
): void {
  if (launchType !== undefined && strategy.length > 0) {
    throw invalidParameter('Specify either a launchType or a capacityProviderStrategy, not both.');
  }
  if (launchType !== undefined && launchType !== 'FARGATE') {
    throw invalidParameter('No Container Instances were found in your cluster.');
  }
  if (strategy.length > 20)
    throw invalidParameter('A capacity provider strategy can contain at most 20 capacity providers.');
  const unknown = strategy.find(
    ({ capacityProvider }) => !['FARGATE', 'FARGATE_SPOT'].includes(capacityProvider),
  );
  if (unknown !== undefined)
    throw invalidParameter('The specified capacity provider was not found in the cluster.');
}

function validateNetwork(
  network:
    | { readonly subnets: readonly string[]; readonly securityGroups?: readonly string[] | undefined }
    | undefined,
): void {
  if (network === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (network.subnets.length === 0) throw invalidParameter('subnets can not be empty.');
  if (network.subnets.length > 16) throw invalidParameter('subnets can have at most 16 items.');
  if ((network.securityGroups ?? []).length > 5)
    throw invalidParameter('securityGroups can have at most 5 items.');
}

/** What RunTask refuses once it knows the task definition: overrides that do not fit it. */
export function validateOverrides(input: RunTaskInput, definition: TaskDefinition): void {
  const names = new Set(definition.containers.map(({ name }) => name));
  for (const { name } of input.overrides?.containerOverrides ?? []) {
    if (name === undefined || !names.has(name)) {
      throw invalidParameter(
        `Override for container named ${name ?? ''} is not a container in the TaskDefinition.`,
      );
    }
  }
  validateInputOverrides(input, definition);
  const { cpu, memory } = sizeOf(input, definition);
  if (!isFargateSize(cpu, memory))
    throw invalidParameter('No Fargate configuration exists for given values.');
  if (input.enableExecuteCommand === true && definition.body.taskRoleArn === undefined) {
    throw invalidParameter(
      'The task definition must have a task role to run a task with execute command enabled.',
    );
  }
}

/** The size of the task: the definition's, unless the request overrides it. */
export function sizeOf(
  { overrides }: RunTaskInput,
  { body }: TaskDefinition,
): { readonly cpu: number; readonly memory: number } {
  return {
    cpu: cpuUnits(overrides?.cpu ?? body.cpu) ?? 0,
    memory: memoryMiB(overrides?.memory ?? body.memory) ?? 0,
  };
}
