import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { StackProps } from 'aws-cdk-lib';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { Bundle } from '../bundle-functions.ts';
import { BeatSchedule } from '../constructs/beat-schedule.ts';
import { ClusterAccess } from '../constructs/cluster-access.ts';
import { functionEnvironment } from '../constructs/function-environment.ts';
import { policiesOf } from '../constructs/function-policies.ts';
import { LoopFunction } from '../constructs/loop-function.ts';
import { NodeTeardown } from '../constructs/node-teardown.ts';
import { PodCluster } from '../constructs/pod-cluster.ts';
import { QueueSource } from '../constructs/queue-source.ts';
import { TaskEventRule } from '../constructs/task-event-rule.ts';
import type { Deployment } from '../deployment-schema.ts';
import { FUNCTION_SHAPES } from '../function-shapes.ts';
import { FUNCTION_NAMES, namesOf } from '../names.ts';
import type { FunctionName } from '../names.ts';
import type { StateStack } from './state-stack.ts';

export interface ControlLoopStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly state: StateStack;
  readonly bundles: readonly Bundle[];
  readonly deployId: string;
}

type Functions = Readonly<Record<FunctionName, LoopFunction>>;

/** Everything that acts: the ECS cluster, the functions with their roles, and what sets them off. Holds no state of its own. */
export class ControlLoopStack extends Stack {
  readonly functions: Functions;
  readonly #props: ControlLoopStackProps;

  constructor(scope: Construct, id: string, props: ControlLoopStackProps) {
    super(scope, id, props);
    this.#props = props;
    const names = namesOf(props.deployment);
    const pods = new PodCluster(this, 'Pods', {
      clusterName: names.ecsCluster,
      deployment: props.deployment,
      podLogGroup: props.state.podLogGroup,
      filesBucketArn: props.state.filesBucket.bucketArn,
    });
    this.functions = this.#makeFunctions(pods);
    const foundations: Construct[] = [pods, ...Object.values(this.functions)];
    if (props.deployment.identity.kind === 'eks' && props.deployment.identity.accessEntries) {
      const { clusterName } = props.deployment.identity;
      foundations.push(new ClusterAccess(this, 'Access', { clusterName, functions: this.functions }));
    }
    const teardowns = this.#makeTeardowns(foundations);
    for (const trigger of this.#makeTriggers(pods)) trigger.node.addDependency(...teardowns);
    for (const name of FUNCTION_NAMES) {
      new CfnOutput(this, `Role-${name}`, {
        description: `Role of ${name}, for a cluster that maps roles to the group lambdalet`,
        value: this.functions[name].role.roleArn,
      });
    }
  }

  #makeFunctions(pods: PodCluster): Functions {
    const { deployment, state, bundles, deployId } = this.#props;
    const names = namesOf(deployment);
    const policies = policiesOf(this, {
      deployment,
      tableArn: state.table.tableArn,
      ecsClusterArn: pods.clusterArn,
      executionRoleArn: pods.executionRole.roleArn,
      filesBucketArn: state.filesBucket.bucketArn,
      eventQueueArn: state.taskEventQueue.queueArn,
      deadLetterQueueArn: state.deadLetterQueue.queueArn,
    });
    const environment = functionEnvironment(this, deployment, {
      tableName: state.table.tableName,
      ecsClusterArn: pods.clusterArn,
      podLogGroupName: state.podLogGroup.logGroupName,
      executionRoleArn: pods.executionRole.roleArn,
      filesBucketName: state.filesBucket.bucketName,
      eventQueueUrl: state.taskEventQueue.queueUrl,
      deadLetterQueueUrl: state.deadLetterQueue.queueUrl,
      deployId,
    });
    const make = (name: FunctionName): LoopFunction =>
      new LoopFunction(this, name, {
        functionName: names.functionName(name),
        logGroupName: names.functionLogGroup(name),
        shape: FUNCTION_SHAPES[name],
        codePath: codePathOf(name, bundles),
        environment,
        statements: policies[name],
        longLogs: deployment.profile === 'production',
        ...(deployment.functionsVpc === undefined ? {} : { vpc: deployment.functionsVpc }),
      });
    return {
      'node-heartbeat': make('node-heartbeat'),
      'pod-sync': make('pod-sync'),
      'task-events': make('task-events'),
      'node-teardown': make('node-teardown'),
    };
  }

  /**
   * One teardown per node. CloudFormation deletes in the reverse order of dependencies: everything that the teardown works with, and
   * that a pod-sync which still runs works with, is named here, so that it is still there.
   */
  #makeTeardowns(foundations: readonly Construct[]): readonly NodeTeardown[] {
    const handler = this.functions['node-teardown'].function;
    return this.#props.deployment.nodes.map(({ name }) => {
      const teardown = new NodeTeardown(this, `Node-${name}`, { nodeName: name, handler });
      teardown.node.addDependency(...foundations);
      return teardown;
    });
  }

  /**
   * What sets the functions off. Each depends on every teardown, so that a deletion takes it away first: nothing beats and nothing
   * consumes events while the nodes go. The teardown looks at the tasks itself and publishes what they ended with.
   */
  #makeTriggers(pods: PodCluster): readonly Construct[] {
    const { deployment, state } = this.#props;
    const names = namesOf(deployment);
    const group = new CfnScheduleGroup(this, 'Schedules', { name: names.scheduleGroup });
    const source = (
      name: FunctionName,
      queue: StateStack['taskEventQueue'],
      rest: {
        readonly batchSize: number;
        readonly maxConcurrency: number;
        readonly reportBatchItemFailures?: true;
      },
    ): QueueSource =>
      new QueueSource(this, `Source-${name}`, { queue, target: this.functions[name], ...rest });
    return [
      new BeatSchedule(this, 'HeartbeatSchedule', {
        queue: state.heartbeatQueue,
        group,
        description: `Beats for node-heartbeat of ${deployment.cluster}`,
      }),
      new BeatSchedule(this, 'PodSyncSchedule', {
        queue: state.podSyncQueue,
        group,
        description: `Beats for pod-sync of ${deployment.cluster}`,
      }),
      source('node-heartbeat', state.heartbeatQueue, { batchSize: 1, maxConcurrency: 3 }),
      source('pod-sync', state.podSyncQueue, { batchSize: 1, maxConcurrency: 5 }),
      source('task-events', state.taskEventQueue, {
        batchSize: 10,
        maxConcurrency: 4,
        reportBatchItemFailures: true,
      }),
      new TaskEventRule(this, 'TaskEventRule', {
        ruleName: names.taskEventRule,
        ecsClusterArn: pods.clusterArn,
        queue: state.taskEventQueue,
        deadLetterQueue: state.deadLetterQueue,
      }),
    ];
  }
}

function codePathOf(name: FunctionName, bundles: readonly Bundle[]): string {
  const bundle = bundles.find((made) => made.name === name);
  if (bundle === undefined) throw new Error(`There is no bundle of the function ${name}`);
  return bundle.path;
}
