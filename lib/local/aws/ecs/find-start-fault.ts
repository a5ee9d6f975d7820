import type { Instant } from '../../../core/kubernetes.ts';
import type { EcsWorld, Task } from './ecs-state.ts';
import { fetchInputs } from './fetch-inputs.ts';

/** Images of this registry cannot be pulled: RFC 6761 keeps the name free for ever. */
const NO_REGISTRY = 'registry.invalid/';

/** This registry gives images only to who has credentials; RFC 6761 keeps the name free for tests. */
const PRIVATE_REGISTRY = 'private.test/';
/** No file system has this id. */
const NO_FILE_SYSTEM = 'fs-00000000';

/**
 * Why the task cannot start, in ECS's words: something that the agent cannot fetch, a file system or an image that is not
 * there, a log group; `undefined` when it can.
 */
export function findStartFault(world: EcsWorld, task: Task, at: Instant): string | undefined {
  const fault = fetchInputs(world, task, at) ?? mountFault(world, task);
  if (fault !== undefined) return fault;
  const locked = task.containers.find(
    ({ image, definition }) =>
      image.startsWith(PRIVATE_REGISTRY) && definition?.repositoryCredentials === undefined,
  );
  if (locked !== undefined) return accessFault(locked.image);
  const image = task.containers
    .map((container) => container.image)
    .find((name) => name.startsWith(NO_REGISTRY));
  if (image !== undefined) return pullFault(image);
  for (const { definition } of task.containers) {
    const logs = definition?.logConfiguration;
    const group = logs?.options?.['awslogs-group'];
    if (logs?.logDriver !== 'awslogs' || group === undefined) continue;
    const create = logs.options?.['awslogs-create-group'] === 'true';
    if (world.logs?.openGroup(group, create, at) === false) return logFault();
  }
  return undefined;
}

function mountFault({ place }: EcsWorld, { definition }: Task): string | undefined {
  const volumes = definition.body.volumes ?? [];
  const lost = volumes.some(({ efsVolumeConfiguration: efs }) => efs?.fileSystemId === NO_FILE_SYSTEM);
  if (!lost) return undefined;
  const name = `${NO_FILE_SYSTEM}.efs.${place.region}.amazonaws.com`;
  return `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "${name}" - check that your file system ID is correct`;
}

function accessFault(image: string): string {
  return (
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ` +
    'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials'
  );
}

function pullFault(image: string): string {
  const [host = '', ...path] = image.split('/');
  const [repository = '', tag = 'latest'] = path.join('/').split(':');
  return (
    `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${image}: ` +
    `failed to do request: Head "https://${host}/v2/${repository}/manifests/${tag}": dial tcp: lookup ${host}: no such host`
  );
}

function logFault(): string {
  return (
    'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: ' +
    'failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1'
  );
}
