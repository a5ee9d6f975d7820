import { Annotations, Stack } from 'aws-cdk-lib';
import type { App } from 'aws-cdk-lib';
import type { Deployment } from './deployment-schema.ts';
import { findFunctions } from './find-functions.ts';
import { FUNCTION_NAMES, namesOf } from './names.ts';
import { exampleValues } from './read-deployment.ts';
import { sharesOverAll } from './shared-rates.ts';
import { VirtualCluster } from './virtual-cluster.ts';

/** The stacks of one cluster. */
export interface ClusterStacks {
  readonly state: Stack;
  readonly controlLoop: Stack;
  /** Missing when the cluster wants neither alarms nor a dashboard. */
  readonly observability?: Stack;
  readonly virtualCluster: VirtualCluster;
}

/**
 * Makes the stacks of a deployment: for each cluster its state, its control loop and its observability, each built on the one before
 * and none on those of another cluster, so that a mistake in one reaches no other. Looks nothing up, so it needs neither credentials
 * nor a network; without region or account the stacks fit any.
 *
 * @param functionsPath - folder with the bundled functions, default those of this package
 */
export function createStacks(
  app: App,
  deployment: Deployment,
  functionsPath: string = findFunctions(),
): readonly ClusterStacks[] {
  const stacks = deployment.clusters.map((cluster) => createCluster(app, deployment, cluster, functionsPath));
  for (const place of exampleValues(deployment)) {
    const at = Number(/^clusters\[(\d+)\]/.exec(place)?.[1] ?? 0);
    // The CLI reads the id up to the first bracket.
    const path = (place.split(' ')[0] ?? '').replace(/\[(\w+)\]/g, '.$1');
    Annotations.of(stacks[at]?.controlLoop ?? app).addWarningV2(`lambdalet:example-value:${path}`, place);
  }
  for (const [at, warning] of sharesOverAll(deployment)) {
    Annotations.of(stacks[at]?.controlLoop ?? app).addWarningV2('lambdalet:ecs-share', warning);
  }
  return stacks;
}

function createCluster(
  app: App,
  deployment: Deployment,
  cluster: Deployment['clusters'][number],
  functionsPath: string,
): ClusterStacks {
  const { region = deployment.region, account = deployment.account, ...props } = cluster;
  const { clusterName } = props;
  const { stackPrefix } = namesOf({ cluster: clusterName });
  const env = { ...(region !== undefined && { region }), ...(account !== undefined && { account }) };
  // Two clusters of one name in two places have stacks of one name, too: the ids tell them apart.
  const place = deployment.clusters.filter((other) => other.clusterName === clusterName).length > 1;
  const make = (part: string, what: string, terminationProtection = false): Stack =>
    new Stack(app, `${stackPrefix}-${part}${place ? `-${account ?? 'any'}-${region ?? 'any'}` : ''}`, {
      stackName: `${stackPrefix}-${part}`,
      description: `Lambdalet ${clusterName}: ${what}`,
      env,
      terminationProtection,
    });
  const state = make('state', 'table, queues and pod logs', props.profile === 'production');
  const controlLoop = make('control-loop', 'the virtual nodes');
  const observability =
    props.alarms || props.dashboard ? make('observability', 'dashboard and alarms') : undefined;
  const virtualCluster = new VirtualCluster(controlLoop, 'VirtualCluster', {
    ...props,
    stateScope: state,
    ...(observability !== undefined && { observabilityScope: observability }),
    functionsPath,
  });
  keepExports(virtualCluster);
  return { state, controlLoop, ...(observability !== undefined && { observability }), virtualCluster };
}

/**
 * What observability reads of the other stacks stays exported without it: they are deployed first, and CloudFormation refuses to take
 * away an export that the stack of yesterday's alarms still imports.
 */
function keepExports({ state, controlLoop }: VirtualCluster): void {
  for (const { queueName } of [state.taskEventQueue, state.deadLetterQueue]) {
    Stack.of(state).exportValue(queueName);
  }
  for (const name of FUNCTION_NAMES) {
    Stack.of(controlLoop).exportValue(controlLoop.functions[name].function.functionName);
  }
}
