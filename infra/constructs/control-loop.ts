import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { bootstrapNames } from '../bootstrap/bootstrap-subject.ts';
import type { ClusterSettings } from '../cluster-settings.ts';
import { deployIdOf } from '../deploy-id.ts';
import { shapeOf } from '../function-shapes.ts';
import { FUNCTION_NAMES, namesOf } from '../names.ts';
import type { FunctionName } from '../names.ts';
import { packFunction } from '../pack-function.ts';
import { splitSettings } from '../split-settings.ts';
import type { SplitSettings } from '../split-settings.ts';
import { withExecRole } from '../expand-nodes.ts';
import { BeatSchedule } from './beat-schedule.ts';
import { ClusterAccess } from './cluster-access.ts';
import type { ClusterState } from './cluster-state.ts';
import { functionEnvironment } from './function-environment.ts';
import type { FunctionEnvironment } from './function-environment.ts';
import { gatewayStatements, policiesOf } from './function-policies.ts';
import type { PolicyParts } from './function-policies.ts';
import { Gateway } from './gateway.ts';
import { LoopFunction } from './loop-function.ts';
import { NodeTeardown } from './node-teardown.ts';
import { PodCluster } from './pod-cluster.ts';
import { QueueSource } from './queue-source.ts';
import { TaskEventRule } from './task-event-rule.ts';

export interface ControlLoopProps {
  readonly settings: ClusterSettings;
  readonly state: ClusterState;
  /** Folder with the bundled functions, `<name>/index.mjs` each. */
  readonly functionsPath: string;
}

type Functions = Readonly<Record<FunctionName, LoopFunction>>;

/** Everything that acts: the ECS cluster, the functions with their roles, and what sets them off. Holds no state of its own. */
export class ControlLoop extends Construct {
  readonly functions: Functions;
  /** Where the pods run. */
  readonly pods: PodCluster;
  /** What serves the kubelet API of the nodes, if the settings have a gateway. */
  readonly gateway: Gateway | undefined;
  readonly #props: ControlLoopProps;

  constructor(scope: Construct, id: string, props: ControlLoopProps) {
    super(scope, id);
    this.#props = props;
    const { settings, state } = props;
    this.pods = new PodCluster(this, 'Pods', {
      settings,
      podLogGroup: state.podLogGroup,
      filesBucketArn: state.filesBucket.bucketArn,
    });
    const parts = this.#partsOfPolicies();
    const environment = this.#environment();
    this.functions = this.#makeFunctions(parts, environment);
    this.gateway = this.#makeGateway(parts, environment);
    const foundations: Construct[] = [state, this.pods, ...Object.values(this.functions)];
    const { group } = bootstrapNames(settings.cluster);
    if (settings.identity.kind === 'eks' && settings.accessEntries) {
      const { clusterName } = settings.identity;
      const roleArns: Record<string, string> = Object.fromEntries(
        FUNCTION_NAMES.map((name) => [name, this.functions[name].role.roleArn]),
      );
      if (this.gateway !== undefined) roleArns['gateway'] = this.gateway.taskRole.roleArn;
      foundations.push(new ClusterAccess(this, 'Access', { clusterName, group, roleArns }));
    }
    const teardowns = this.#makeTeardowns(foundations);
    for (const trigger of this.#makeTriggers()) trigger.node.addDependency(...teardowns);
    for (const name of FUNCTION_NAMES) {
      new CfnOutput(this, `Role-${name}`, {
        description: `Role of ${name}, for a cluster that maps roles to the group ${group}`,
        value: this.functions[name].role.roleArn,
      });
    }
  }

  #partsOfPolicies(): PolicyParts {
    const { pods } = this;
    const { settings, state } = this.#props;
    return {
      settings,
      tableArn: state.table.tableArn,
      ecsClusterArn: pods.clusterArn,
      executionRoleArn: pods.executionRole.roleArn,
      ...(pods.execRole !== undefined && { execRoleArn: pods.execRole.roleArn }),
      filesBucketArn: state.filesBucket.bucketArn,
      eventQueueArn: state.taskEventQueue.queueArn,
      deadLetterQueueArn: state.deadLetterQueue.queueArn,
      podLogGroupArn: state.podLogGroup.logGroupArn,
    };
  }

  #splitSettings(): SplitSettings {
    const { nodes, identity, namespaceCeilings } = this.#props.settings;
    const execRole = this.pods.execRole?.roleArn;
    return splitSettings({
      nodes: nodes.map((node) => withExecRole(node, execRole)),
      identity,
      'namespace-ceilings': namespaceCeilings,
    });
  }

  #environment(): FunctionEnvironment {
    const { pods } = this;
    const { settings, state, functionsPath } = this.#props;
    const stack = Stack.of(this);
    return functionEnvironment(stack, settings, {
      tableName: state.table.tableName,
      ecsClusterArn: pods.clusterArn,
      podLogGroupName: state.podLogGroup.logGroupName,
      executionRoleArn: pods.executionRole.roleArn,
      filesBucketName: state.filesBucket.bucketName,
      eventQueueUrl: state.taskEventQueue.queueUrl,
      deadLetterQueueUrl: state.deadLetterQueue.queueUrl,
      values: this.#splitSettings().values,
      deployId: deployIdOf(stack.resolve(settings), functionsPath),
    });
  }

  #makeGateway(parts: PolicyParts, environment: FunctionEnvironment): Gateway | undefined {
    const { settings, functionsPath } = this.#props;
    const { gateway } = settings;
    if (gateway === undefined) return undefined;
    const statements = gatewayStatements(Stack.of(this), parts);
    return new Gateway(this, 'Gateway', { settings, gateway, environment, statements, functionsPath });
  }

  #makeFunctions(parts: PolicyParts, environment: FunctionEnvironment): Functions {
    const { settings, functionsPath } = this.#props;
    const names = namesOf(settings);
    const policies = policiesOf(Stack.of(this), parts);
    const { files } = this.#splitSettings();
    const make = (name: FunctionName): LoopFunction =>
      packFunction(
        { functionsPath, name, files },
        (code) =>
          new LoopFunction(this, name, {
            functionName: names.functionName(name),
            logGroupName: names.functionLogGroup(name),
            shape: shapeOf(name, settings),
            code,
            environment,
            statements: policies[name],
            settings,
          }),
      );
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
    return this.#props.settings.nodes.map(({ name }) => {
      const teardown = new NodeTeardown(this, `Node-${name}`, { nodeName: name, handler });
      teardown.node.addDependency(...foundations);
      return teardown;
    });
  }

  /**
   * What sets the functions off. Each depends on every teardown, so that a deletion takes it away first: nothing beats and nothing
   * consumes events while the nodes go. The teardown looks at the tasks itself and publishes what they ended with.
   */
  #makeTriggers(): readonly Construct[] {
    const { settings, state } = this.#props;
    const names = namesOf(settings);
    const group = new CfnScheduleGroup(this, 'Schedules', { name: names.scheduleGroup });
    const beat = (id: string, queue: ClusterState['podSyncQueue'], name: FunctionName): BeatSchedule =>
      new BeatSchedule(this, id, {
        queue,
        group,
        description: `Beats for ${name} of ${settings.cluster}`,
        settings,
      });
    const source = (
      name: FunctionName,
      queue: ClusterState['taskEventQueue'],
      rest: {
        readonly batchSize: number;
        readonly maxConcurrency: number;
        readonly reportBatchItemFailures?: true;
      },
    ): QueueSource =>
      new QueueSource(this, `Source-${name}`, { queue, target: this.functions[name], ...rest });
    return [
      beat('HeartbeatSchedule', state.heartbeatQueue, 'node-heartbeat'),
      beat('PodSyncSchedule', state.podSyncQueue, 'pod-sync'),
      source('node-heartbeat', state.heartbeatQueue, { batchSize: 1, maxConcurrency: 3 }),
      source('pod-sync', state.podSyncQueue, { batchSize: 1, maxConcurrency: 5 }),
      source('task-events', state.taskEventQueue, {
        batchSize: 10,
        maxConcurrency: 4,
        reportBatchItemFailures: true,
      }),
      new TaskEventRule(this, 'TaskEventRule', {
        ruleName: names.taskEventRule,
        ...(settings.ecsClusterName !== undefined && { groupPrefix: `lambdalet:${settings.cluster}/` }),
        ecsClusterArn: this.pods.clusterArn,
        queue: state.taskEventQueue,
        deadLetterQueue: state.deadLetterQueue,
      }),
    ];
  }
}
