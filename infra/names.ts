/** The functions, by the name of their file under `functions/`. */
export const FUNCTION_NAMES = ['node-heartbeat', 'pod-sync', 'task-events', 'node-teardown'] as const;
/** The name of one function. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/**
 * Physical names, all derived from the name of the cluster. Only what a person looks for or what a policy of another stack
 * must name is named; the rest is named by CloudFormation, so that it can be replaced.
 */
export interface Names {
  readonly ecsCluster: string;
  /**
   * What policies call the families of task definitions: the name, and as many `?` as a hash has digits. With a `*` they would be those of a
   * cluster whose name goes on with a dash, too.
   */
  readonly familyPattern: string;
  readonly taskEventRule: string;
  readonly podLogGroup: string;
  /** Of the gateway: its ECS cluster and its service, and its log group. */
  readonly gateway: string;
  readonly gatewayLogGroup: string;
  readonly dashboard: string;
  readonly scheduleGroup: string;
  readonly stackPrefix: string;
  readonly functionName: (name: FunctionName) => string;
  readonly functionLogGroup: (name: FunctionName) => string;
}

/** Digits of the hash in the name of a family (lib/providers/ecs-fargate/plan/hash-task-definition.ts). */
const HASH_LENGTH = 32;

/**
 * The names of one virtual cluster. Two with different names never share one.
 *
 * @param ecsClusterName - of an ECS cluster that exists; without it one is made
 */
export function namesOf({ cluster, ecsClusterName }: NamedCluster): Names {
  const prefix = `lambdalet-${cluster}`;
  return {
    ecsCluster: ecsClusterName ?? prefix,
    familyPattern: `${prefix}-${'?'.repeat(HASH_LENGTH)}`,
    taskEventRule: `${prefix}-task-events`,
    podLogGroup: `/lambdalet/${cluster}/pods`,
    gateway: `${prefix}-gateway`,
    gatewayLogGroup: `/lambdalet/${cluster}/gateway`,
    dashboard: prefix,
    scheduleGroup: prefix,
    stackPrefix: prefix,
    functionName: (name) => `${prefix}-${name}`,
    functionLogGroup: (name) => `/lambdalet/${cluster}/functions/${name}`,
  };
}

interface NamedCluster {
  readonly cluster: string;
  readonly ecsClusterName?: string | undefined;
}

/**
 * What the names of secrets begin with that are copies of Kubernetes Secrets: registry logins and variables of pods. Policies end
 * here, so the kubeconfig's secret must not lie below.
 */
export function mirrorPrefixes(cluster: string): readonly string[] {
  return [`lambdalet/${cluster}/pull/`, `lambdalet/${cluster}/env/`];
}
