import { AwsError } from '../aws-model.ts';
import type { Place } from '../aws-model.ts';
import type { EcsWorld } from './ecs-state.ts';

/** The ARN of an ECS resource. */
export function ecsArn(place: Place, resource: string): string {
  return `arn:aws:ecs:${place.region}:${place.account}:${resource}`;
}

/**
 * The short name of the cluster that a request means (`default` when it names none).
 * Throws `ClusterNotFoundException` when the emulator was not told of it.
 */
export function clusterName(world: EcsWorld, given: string | undefined): string {
  const name = given?.split('/').at(-1) ?? 'default';
  if (!world.clusters.has(name)) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  return name;
}

/** The id at the end of a task's ARN, or the short id itself. */
export function taskId(given: string): string {
  return given.split('/').at(-1) ?? given;
}

/** The refusal of an input that ECS calls a parameter fault. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** The refusal of an input that ECS calls a client fault: most of RegisterTaskDefinition's. */
export function clientFault(message: string): AwsError {
  return new AwsError('ClientException', message);
}
