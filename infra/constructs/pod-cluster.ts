import { Stack } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ClusterSettings } from '../cluster-settings.ts';
import { namesOf } from '../names.ts';
import { keyStatements } from './key-statements.ts';
import { makeRole } from './make-role.ts';
import { readFileStatements } from './pod-file-statements.ts';
import { readMirrorStatement } from './pod-secret-statements.ts';

export interface PodClusterProps {
  readonly settings: ClusterSettings;
  /** Where the containers of all pods write to. */
  readonly podLogGroup: ILogGroup;
  /** Where the env files of the pods are. */
  readonly filesBucketArn: string;
}

/**
 * The ECS cluster, and the role with which Fargate prepares a task (pull, log, read its env files and secrets). Dedicated unless one is
 * given, because then its ARN is the only filter that events, policies and lists need.
 */
export class PodCluster extends Construct {
  readonly clusterArn: string;
  readonly executionRole: Role;
  /** Of pods without a role of their own on nodes where commands may be run in them. */
  readonly execRole?: Role;

  constructor(scope: Construct, id: string, props: PodClusterProps) {
    super(scope, id);
    const { settings } = props;
    const clusterName = namesOf(settings).ecsCluster;
    const stack = Stack.of(this);
    this.clusterArn =
      settings.ecsClusterName === undefined
        ? this.#makeCluster(clusterName, settings.gateway?.containerInsights === true)
        : stack.formatArn({ service: 'ecs', resource: 'cluster', resourceName: clusterName });
    this.executionRole = makeRole(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `Fargate pulls the images, reads the files and writes the logs of the pods of ${settings.cluster}`,
      settings,
    });
    this.executionRole.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [props.podLogGroup.logGroupArn],
      }),
    );
    // Which repositories the images of pods come from is known only when a pod comes, and may be another account's, whose
    // repository policy decides then. A token is bound to no repository.
    this.executionRole.addToPolicy(
      new PolicyStatement({
        actions: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:GetAuthorizationToken',
          'ecr:GetDownloadUrlForLayer',
        ],
        resources: ['*'],
      }),
    );
    const inputs = [
      ...readFileStatements(props),
      readMirrorStatement(stack, settings.cluster),
      ...keyStatements(stack, settings, ['s3', 'secretsmanager']),
    ];
    for (const statement of inputs) this.executionRole.addToPolicy(statement);
    if (settings.nodes.some(({ exec }) => exec === true)) this.execRole = this.#makeExecRole(settings);
  }

  /** The actions are bound to no resource (Service Authorization Reference, ssmmessages). */
  #makeExecRole(settings: ClusterSettings): Role {
    const role = makeRole(this, 'ExecRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `Commands can be run in the pods of ${settings.cluster} that have no role of their own`,
      settings,
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'ssmmessages:CreateControlChannel',
          'ssmmessages:CreateDataChannel',
          'ssmmessages:OpenControlChannel',
          'ssmmessages:OpenDataChannel',
        ],
        resources: ['*'],
      }),
    );
    return role;
  }

  /** The construct of the next level makes a VPC when none is given; pods bring their subnets with RunTask. */
  #makeCluster(clusterName: string, isMeasured: boolean): string {
    const cluster = new CfnCluster(this, 'Cluster', {
      clusterName,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      clusterSettings: [{ name: 'containerInsights', value: isMeasured ? 'enabled' : 'disabled' }],
    });
    return cluster.attrArn;
  }
}
