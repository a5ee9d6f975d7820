import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionShape } from '../function-shapes.ts';
import type { FunctionEnvironment } from './function-environment.ts';

/** Where the functions have their network interfaces. */
interface FunctionsVpc {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly dualStack: boolean;
}

export interface LoopFunctionProps {
  readonly functionName: string;
  readonly logGroupName: string;
  readonly shape: FunctionShape;
  /** Folder with `index.mjs`, which exports `handler`. */
  readonly codePath: string;
  readonly environment: FunctionEnvironment;
  /** What the function may do besides writing its own log. */
  readonly statements: readonly PolicyStatement[];
  /**
   * Keeps the log for three months instead of two weeks.
   *
   * @default false
   */
  readonly longLogs?: boolean;
  /** @default - outside of any VPC */
  readonly vpc?: FunctionsVpc;
}

/** One function of the control loop, with a role and a log group of its own. */
export class LoopFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: LoopFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'LogGroup', {
      logGroupName: props.logGroupName,
      retention: props.longLogs === true ? RetentionDays.THREE_MONTHS : RetentionDays.TWO_WEEKS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${props.functionName}: ${props.shape.description}`,
    });
    const ownLog = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    const network = props.vpc === undefined ? [] : [networkStatement()];
    for (const statement of [ownLog, ...network, ...props.statements]) {
      this.role.addToPrincipalPolicy(statement);
    }
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.shape.description,
      code: Code.fromAsset(props.codePath),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.shape.memoryMb,
      timeout: Duration.seconds(props.shape.timeoutSeconds),
      environment: { ...props.environment, ...(props.vpc?.dualStack ? DUAL_STACK : {}) },
      role: this.role,
      logGroup: this.logGroup,
    });
    if (props.vpc !== undefined) putIntoVpc(this.function, props.vpc);
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

/** What Lambda itself does with the role of a function in a VPC (AWSLambdaENIManagementAccess). EC2 names no resource for it. */
function networkStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
