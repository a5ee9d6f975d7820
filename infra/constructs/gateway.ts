import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, FileSystem, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import { CfnCluster, CfnService, CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { KUBELET_PORT } from '../../lib/core/node-endpoint.ts';
import type { ClusterSettings } from '../cluster-settings.ts';
import type { GatewaySettings } from '../gateway-schema.ts';
import { namesOf } from '../names.ts';
import { splitSettings } from '../split-settings.ts';
import type { FunctionEnvironment } from './function-environment.ts';
import { makeRole } from './make-role.ts';

export interface GatewayConstructProps {
  readonly settings: ClusterSettings;
  readonly gateway: GatewaySettings;
  /** That of the functions: the gateway must not disagree with them about what the deployment is. */
  readonly environment: FunctionEnvironment;
  /** What the gateway may do besides reading its own code. */
  readonly statements: readonly PolicyStatement[];
  /** Folder with `gateway/index.mjs` and `gateway-loader/index.mjs`. */
  readonly functionsPath: string;
}

/**
 * Node.js in the version that this project is tested with, on Debian: its `bash` asks after the health. The mirror of Docker's official
 * images needs no login.
 */
const IMAGE = 'public.ecr.aws/docker/library/node:24.21.0-slim';
/**
 * The gateway withdraws its address and lets what is under way come to its end in this time: the most that Fargate allows
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html).
 */
const STOP_SECONDS = 120;
/** Some of the 512 MB is for TLS connections and streams, which are outside of the heap. */
const HEAP_MB = 256;
/** Variables that travel with the code: a definition of a task holds 64 KB. The loader fills in what only the deployment knows. */
const IN_ASSET: readonly string[] = [
  'LAMBDALET_NODES',
  'LAMBDALET_IDENTITY',
  'LAMBDALET_NAMESPACE_CEILINGS',
  'LAMBDALET_VALUES',
];
/** `nobody` of Debian. */
const USER = '65534';

/**
 * The kubelet API of the nodes as one task of Fargate, without a load balancer and without an image of our own: a public image of Node.js
 * runs a few lines from its command, which read the bundle from the bucket of the CDK, compare its hash, and run it from memory. So the
 * deployment needs no Docker, no second container and no disk that could be written; and what runs is what was synthesized.
 */
export class Gateway extends Construct {
  readonly taskRole: Role;
  readonly executionRole: Role;
  readonly cluster: CfnCluster;
  readonly taskDefinition: CfnTaskDefinition;
  /** The one that is made; `undefined` with groups of the settings. */
  readonly securityGroup: CfnSecurityGroup | undefined;
  readonly #props: GatewayConstructProps;

  constructor(scope: Construct, id: string, props: GatewayConstructProps) {
    super(scope, id);
    this.#props = props;
    const { settings, gateway } = props;
    const { gateway: name } = namesOf(settings);
    const logGroup = this.#makeLogGroup();
    this.taskRole = this.#makeRole('TaskRole', 'reads records and logs of pods, and opens sessions in them');
    for (const statement of props.statements) this.taskRole.addToPolicy(statement);
    this.executionRole = this.#makeRole('ExecutionRole', 'Fargate starts it and writes its log');
    this.executionRole.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    if (gateway.image !== undefined) this.executionRole.addToPolicy(pullStatement());
    this.cluster = new CfnCluster(this, 'Cluster', {
      clusterName: name,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      clusterSettings: [{ name: 'containerInsights', value: 'disabled' }],
    });
    this.taskDefinition = this.#makeTaskDefinition(logGroup);
    this.securityGroup = gateway.securityGroups === undefined ? this.#makeSecurityGroup() : undefined;
    const service = this.#makeService();
    // What the role may not do yet when the task starts, it would fail at.
    service.node.addDependency(this.taskRole, this.executionRole);
    new CfnOutput(this, 'Role', { description: 'Role of the gateway', value: this.taskRole.roleArn });
    new CfnOutput(this, 'Ports', {
      description: 'Ports of the gateway, one for each node in the order of the settings',
      value: settings.nodes.map(({ name: node }, at) => `${node}=${KUBELET_PORT + at}`).join(' '),
    });
  }

  get #lastPort(): number {
    return KUBELET_PORT + this.#props.settings.nodes.length - 1;
  }

  #makeLogGroup(): LogGroup {
    const { settings } = this.#props;
    const { encryptionKeyArn, functionLogRetentionDays } = settings;
    const logGroup = new LogGroup(this, 'LogGroup', {
      logGroupName: namesOf(settings).gatewayLogGroup,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKeyArn !== undefined && { encryptionKey: Key.fromKeyArn(this, 'Key', encryptionKeyArn) }),
    });
    // The construct takes an enum whose values are these numbers.
    (logGroup.node.defaultChild as CfnLogGroup).retentionInDays = functionLogRetentionDays;
    return logGroup;
  }

  #makeRole(id: string, what: string): Role {
    const { settings } = this.#props;
    return makeRole(this, id, {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `The gateway of ${settings.cluster}: ${what}`,
      settings,
    });
  }

  #makeTaskDefinition(logGroup: LogGroup): CfnTaskDefinition {
    const { settings, gateway, environment, functionsPath } = this.#props;
    const { assets, reads } = this.#makeAssets();
    this.taskRole.addToPolicy(reads);
    const stack = Stack.of(this);
    const variables = {
      ...without(environment, IN_ASSET),
      AWS_REGION: stack.region,
      GATEWAY_ASSETS: assets,
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
      ...(settings.functionsVpc?.dualStack === true && { AWS_USE_DUALSTACK_ENDPOINT: 'true' }),
    };
    return new CfnTaskDefinition(this, 'Task', {
      family: namesOf(settings).gateway,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
      taskRoleArn: this.taskRole.roleArn,
      executionRoleArn: this.executionRole.roleArn,
      containerDefinitions: [
        {
          name: 'gateway',
          image: gateway.image ?? IMAGE,
          command: ['node', '--input-type=module', '--eval', readProgram(functionsPath, 'gateway-loader')],
          environment: Object.entries(variables).map(([name, value]) => ({ name, value })),
          portMappings: settings.nodes.map((_, at) => ({ containerPort: KUBELET_PORT + at })),
          user: USER,
          readonlyRootFilesystem: true,
          linuxParameters: { capabilities: { drop: ['ALL'] }, initProcessEnabled: true },
          stopTimeout: STOP_SECONDS,
          healthCheck: {
            // A second Node.js each time would cost more than all that the gateway does. Every node's port: one may be lost alone.
            command: [
              'CMD',
              ...['bash', '-c'],
              `for ((port=${KUBELET_PORT}; port<=${this.#lastPort}; port++)); do exec 3<>/dev/tcp/127.0.0.1/$port || exit 1; done`,
            ],
            interval: 30,
            timeout: 5,
            retries: 3,
            startPeriod: 120,
          },
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': logGroup.logGroupName,
              'awslogs-region': stack.region,
              'awslogs-stream-prefix': 'gateway',
              // A log that cannot be written must not hold up whoever asks.
              mode: 'non-blocking',
              'max-buffer-size': '4m',
            },
          },
        },
      ],
    });
  }

  /** The code and the settings in the bucket of the CDK, and the right to just these two objects. */
  #makeAssets(): { readonly assets: string; readonly reads: PolicyStatement } {
    const { settings, functionsPath } = this.#props;
    const { files, values } = splitSettings({
      variables: {
        LAMBDALET_NODES: settings.nodes,
        LAMBDALET_IDENTITY: settings.identity,
        LAMBDALET_NAMESPACE_CEILINGS: settings.namespaceCeilings,
      },
    });
    const code = this.#makeAsset('Code', 'index.mjs', readProgram(functionsPath, 'gateway'));
    const variables = this.#makeAsset('Settings', 'settings.json', files['variables.json'] ?? '');
    const stack = Stack.of(this);
    const objects = [code, variables].map(({ asset }) =>
      stack.formatArn({
        service: 's3',
        region: '',
        account: '',
        resource: asset.s3BucketName,
        resourceName: asset.s3ObjectKey,
      }),
    );
    const pointer = ({ asset, sha256 }: typeof code): object => ({
      host: `${asset.s3BucketName}.s3.${settings.functionsVpc?.dualStack === true ? 'dualstack.' : ''}${stack.region}.${stack.urlSuffix}`,
      key: asset.s3ObjectKey,
      sha256,
    });
    return {
      assets: stack.toJsonString({
        region: stack.region,
        code: pointer(code),
        settings: pointer(variables),
        values,
      }),
      reads: new PolicyStatement({ actions: ['s3:GetObject'], resources: objects }),
    };
  }

  #makeAsset(id: string, name: string, text: string): { readonly asset: Asset; readonly sha256: string } {
    const folder = FileSystem.mkdtemp('lambdalet-');
    const path = join(folder, name);
    writeFileSync(path, text);
    const asset = new Asset(this, id, { path });
    if (this.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) === undefined)
      rmSync(folder, { recursive: true });
    return { asset, sha256: createHash('sha256').update(text).digest('hex') };
  }

  #makeSecurityGroup(): CfnSecurityGroup {
    const { settings, gateway } = this.#props;
    const ports = { ipProtocol: 'tcp', fromPort: KUBELET_PORT, toPort: this.#lastPort };
    const { allowedCidrs = [], allowedSecurityGroups = [] } = gateway;
    const description = 'kubelet API: logs, exec and metrics of the virtual nodes';
    const group = new CfnSecurityGroup(this, 'SecurityGroup', {
      groupDescription: `The gateway of the virtual cluster ${settings.cluster}`,
      ...(gateway.vpcId !== undefined && { vpcId: gateway.vpcId }),
      securityGroupIngress: [
        ...allowedCidrs.map((network) => ({
          ...ports,
          ...(network.includes(':') ? { cidrIpv6: network } : { cidrIp: network }),
          description,
        })),
        ...allowedSecurityGroups.map((sourceSecurityGroupId) => ({
          ...ports,
          sourceSecurityGroupId,
          description,
        })),
      ],
      securityGroupEgress: [
        { ipProtocol: '-1', cidrIp: '0.0.0.0/0', description: 'AWS, the API server and the ports of pods' },
        { ipProtocol: '-1', cidrIpv6: '::/0', description: 'the same by IPv6' },
      ],
    });
    // The old gateway asks whether the new one is there, before it takes its address back.
    new CfnSecurityGroupIngress(this, 'FromItself', {
      ...ports,
      groupId: group.attrGroupId,
      sourceSecurityGroupId: group.attrGroupId,
      description: 'one gateway looks after another that has taken over',
    });
    return group;
  }

  #makeService(): CfnService {
    const { settings, gateway } = this.#props;
    const securityGroups = gateway.securityGroups ?? [this.securityGroup?.attrGroupId ?? ''];
    return new CfnService(this, 'Service', {
      serviceName: namesOf(settings).gateway,
      cluster: this.cluster.attrArn,
      taskDefinition: this.taskDefinition.ref,
      desiredCount: 1,
      capacityProviderStrategy: [
        { capacityProvider: gateway.capacityType === 'spot' ? 'FARGATE_SPOT' : 'FARGATE', weight: 1 },
      ],
      deploymentConfiguration: {
        // The new task stands, and has taken over the address, before the old one goes.
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...gateway.subnets],
          securityGroups: [...securityGroups],
          assignPublicIp: gateway.assignPublicIp ? 'ENABLED' : 'DISABLED',
        },
      },
      enableExecuteCommand: false,
      propagateTags: 'SERVICE',
    });
  }
}

function without(
  environment: FunctionEnvironment,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}

/** An image of another registry than the public one: of ECR, whose tokens are bound to no repository. */
function pullStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
    ],
    resources: ['*'],
  });
}

function readProgram(functionsPath: string, name: string): string {
  const path = join(functionsPath, name, 'index.mjs');
  if (existsSync(path)) return readFileSync(path, 'utf8');
  throw new Error(
    `There is no bundle of the gateway in ${path}: run \`npm run build\`, or give functionsPath`,
  );
}
