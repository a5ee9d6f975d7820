import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import { helperImageOf } from './helper-image.ts';
import { HELPERS, type PlannedWriter } from './plan-types.ts';
import { WAITER_SCRIPT } from './waiter-script.ts';

/** What all containers of a task log to. */
type Logging = Pick<ContainerDefinition, 'logConfiguration'>;

/** Helpers have nothing to finish when they are told to stop: the least that ECS takes, in seconds. */
const STOP_SECONDS = 2;

/** The helper that lays out files and readies directories before anything else of the task starts, as root. */
export function writerDefinition(
  writer: PlannedWriter,
  node: NodeSettings,
  logging: Logging,
): ContainerDefinition {
  return {
    ...helper(HELPERS.writer, node),
    essential: false,
    user: '0',
    entryPoint: ['/bin/sh', '-c'],
    command: [writer.script],
    environment: [],
    mountPoints: [...writer.mountPoints],
    ...logging,
  };
}

/** The helper that keeps the task alive until all app containers have ended, and ends it then. */
export function waiterDefinition(pod: Pod, node: NodeSettings, logging: Logging): ContainerDefinition {
  return {
    ...helper(HELPERS.waiter, node),
    essential: true,
    entryPoint: ['/bin/sh', '-c', WAITER_SCRIPT, HELPERS.waiter],
    command: pod.spec.containers.map(({ name }) => name),
    environment: [],
    mountPoints: [],
    ...logging,
  };
}

function helper(
  name: string,
  node: NodeSettings,
): Pick<ContainerDefinition, 'name' | 'image' | 'stopTimeout' | 'portMappings'> {
  return { name, image: helperImageOf(node), stopTimeout: STOP_SECONDS, portMappings: [] };
}
