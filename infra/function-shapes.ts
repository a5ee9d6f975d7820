import type { ClusterSettings } from './cluster-settings.ts';
import type { FunctionName } from './names.ts';

/** What a function gets from Lambda. */
export interface FunctionShape {
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
}

/**
 * Memory is CPU on Lambda (1,769 MB are one vCPU), and pod-sync holds every pod of the cluster in it: 5,000 of them take some
 * 160 MB. In watch mode it runs all month, so its memory is most of the bill; `podSyncMemory` sets more. 900 s is Lambda's limit;
 * pod-sync uses 14 minutes of it, so that the next holder overlaps. A heartbeat that takes 30 s is too late to be of use.
 */
export const FUNCTION_SHAPES: Readonly<Record<FunctionName, FunctionShape>> = {
  'node-heartbeat': {
    description: 'Renews the leases of the virtual nodes and heals their Node objects',
    memoryMb: 256,
    timeoutSeconds: 30,
  },
  'pod-sync': {
    description: 'Watches the pods of the virtual nodes and turns them into Fargate tasks',
    memoryMb: 256,
    timeoutSeconds: 900,
  },
  'task-events': {
    description: 'Turns ECS task events into pod status',
    memoryMb: 512,
    timeoutSeconds: 60,
  },
  'node-teardown': {
    description: 'Takes a virtual node, its pods and its tasks away before its stack goes',
    memoryMb: 512,
    timeoutSeconds: 900,
  },
};

/** The shape of a function in a cluster with these settings. */
export function shapeOf(
  name: FunctionName,
  { podSyncMemory }: Pick<ClusterSettings, 'podSyncMemory'>,
): FunctionShape {
  const shape = FUNCTION_SHAPES[name];
  return name === 'pod-sync' ? { ...shape, memoryMb: podSyncMemory } : shape;
}
