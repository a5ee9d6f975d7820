import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { CfnFunction, Code } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ClusterSettings, FunctionsVpc } from '../cluster-settings.ts';
import type { FunctionShape } from '../function-shapes.ts';
import { RUNTIME } from '../runtime-end.ts';
import type { FunctionEnvironment } from './function-environment.ts';
import { makeRole } from './make-role.ts';

export interface LoopFunctionProps {
  readonly functionName: string;
  readonly logGroupName: string;
  readonly shape: FunctionShape;
  /** `index.mjs`, which exports `handler`, and the files of its settings. */
  readonly code: Code;
  readonly environment: FunctionEnvironment;
  /** What the function may do besides writing its own log. */
  readonly statements: readonly PolicyStatement[];
  readonly settings: Pick<
    ClusterSettings,
    'functionsVpc' | 'functionLogRetentionDays' | 'encryptionKeyArn' | 'rolePath' | 'permissionsBoundaryArn'
  >;
}

/** One function of the control loop, with a role and a log group of its own. */
export class LoopFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: LoopFunctionProps) {
    super(scope, id);
    const { functionsVpc: vpc, encryptionKeyArn, functionLogRetentionDays } = props.settings;
    this.logGroup = new LogGroup(this, 'LogGroup', {
      logGroupName: props.logGroupName,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKeyArn !== undefined && { encryptionKey: Key.fromKeyArn(this, 'Key', encryptionKeyArn) }),
    });
    // The construct takes an enum whose values are these numbers.
    (this.logGroup.node.defaultChild as CfnLogGroup).retentionInDays = functionLogRetentionDays;
    this.role = makeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${props.functionName}: ${props.shape.description}`,
      settings: props.settings,
    });
    const ownLog = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    const network = vpc === undefined ? [] : networkStatements(Stack.of(this), props.functionName);
    for (const statement of [ownLog, ...network, ...props.statements]) {
      this.role.addToPrincipalPolicy(statement);
    }
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.shape.description,
      code: props.code,
      handler: 'index.handler',
      runtime: RUNTIME,
      architecture: Architecture.ARM_64,
      memorySize: props.shape.memoryMb,
      timeout: Duration.seconds(props.shape.timeoutSeconds),
      environment: { ...props.environment, ...(vpc?.dualStack === true && DUAL_STACK) },
      role: this.role,
      logGroup: this.logGroup,
    });
    if (vpc !== undefined) putIntoVpc(this.function, vpc);
  }
}

/** A variable of the SDK: the functions reach AWS over IPv6, without a NAT gateway. */
const DUAL_STACK = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };

/** `ec2.Vpc.fromLookup` would need credentials at synth, so the ids of the deployment file go straight into the resource. */
function putIntoVpc(made: LambdaFunction, vpc: FunctionsVpc): void {
  (made.node.defaultChild as CfnFunction).vpcConfig = {
    subnetIds: [...vpc.subnets],
    securityGroupIds: [...vpc.securityGroups],
    ipv6AllowedForDualStack: vpc.dualStack,
  };
}

/**
 * What Lambda itself does with the role of a function in a VPC (AWSLambdaENIManagementAccess). EC2 names no resource for it, so the code of
 * the function is denied the same: its requests alone have the ARN of the function in their context (Lambda developer guide, "Giving
 * Lambda functions access to resources in an Amazon VPC").
 */
function networkStatements(stack: Stack, functionName: string): readonly PolicyStatement[] {
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  const self = stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat,
  });
  return [
    new PolicyStatement({ actions, resources: ['*'] }),
    new PolicyStatement({
      effect: Effect.DENY,
      actions,
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': self } },
    }),
  ];
}
