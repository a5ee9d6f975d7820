import type { Instant } from '../../../core/kubernetes.ts';
import type { EcsWorld, Task } from './ecs-state.ts';

/** Images of this registry cannot be pulled: RFC 6761 keeps the name free for ever. */
const NO_REGISTRY = 'registry.invalid/';

/** Why the task cannot start, in ECS's words: an image that is not there, or a log group; `undefined` when it can. */
export function findStartFault(world: EcsWorld, task: Task, at: Instant): string | undefined {
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
