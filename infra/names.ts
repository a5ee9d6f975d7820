import type { Deployment } from './deployment-schema.ts';

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
  /** Task definition families begin with this; a policy says `<prefix>*`, which covers them with and without a revision. */
  readonly familyPrefix: string;
  readonly taskEventRule: string;
  readonly podLogGroup: string;
  readonly dashboard: string;
  readonly scheduleGroup: string;
  readonly stackPrefix: string;
  readonly functionName: (name: FunctionName) => string;
  readonly functionLogGroup: (name: FunctionName) => string;
}

/** The names of one deployment. Two deployments with different clusters never share one. */
export function namesOf({ cluster }: Pick<Deployment, 'cluster'>): Names {
  const prefix = `lambdalet-${cluster}`;
  return {
    ecsCluster: prefix,
    familyPrefix: `${prefix}-`,
    taskEventRule: `${prefix}-task-events`,
    podLogGroup: `/lambdalet/${cluster}/pods`,
    dashboard: prefix,
    scheduleGroup: prefix,
    stackPrefix: prefix,
    functionName: (name) => `${prefix}-${name}`,
    functionLogGroup: (name) => `/lambdalet/${cluster}/functions/${name}`,
  };
}

/**
 * What the names of secrets begin with that are copies of Kubernetes Secrets: registry logins and variables of pods. Policies end
 * here, so the kubeconfig's secret must not lie below.
 */
export function mirrorPrefixes(cluster: string): readonly string[] {
  return [`lambdalet/${cluster}/pull/`, `lambdalet/${cluster}/env/`];
}
