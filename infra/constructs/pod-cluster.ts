import { Stack } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment-schema.ts';
import { readFileStatements } from './pod-file-statements.ts';
import { readMirrorStatement } from './pod-secret-statements.ts';

export interface PodClusterProps {
  readonly clusterName: string;
  readonly deployment: Pick<Deployment, 'cluster'>;
  /** Where the containers of all pods write to. */
  readonly podLogGroup: ILogGroup;
  /** Where the env files of the pods are. */
  readonly filesBucketArn: string;
}

/**
 * The dedicated ECS cluster, and the role with which Fargate prepares a task (pull, log, read its env files and secrets). Dedicated,
 * because then the ARN of the cluster is the only filter that events, policies and lists need, and nobody else's task can be mistaken
 * for a pod.
 */
export class PodCluster extends Construct {
  readonly clusterArn: string;
  readonly executionRole: Role;

  constructor(scope: Construct, id: string, props: PodClusterProps) {
    super(scope, id);
    // The construct of the next level makes a VPC when none is given; pods bring their subnets with RunTask.
    const cluster = new CfnCluster(this, 'Cluster', {
      clusterName: props.clusterName,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      clusterSettings: [{ name: 'containerInsights', value: 'disabled' }],
    });
    this.clusterArn = cluster.attrArn;
    this.executionRole = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `Fargate pulls the images, reads the files and writes the logs of the pods of ${props.clusterName}`,
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
      readMirrorStatement(Stack.of(this), props.deployment.cluster),
    ];
    for (const statement of inputs) this.executionRole.addToPolicy(statement);
  }
}
