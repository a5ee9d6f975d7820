import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { bundleGateway } from '../../infra/bundle-functions.ts';
import { parseSettings } from '../../lib/settings.ts';
import { EKS, faultsWith, GATEWAY, KEY, NODE } from './deployment-text.ts';
import type { Changes } from './deployment-text.ts';
import {
  emptyFunctions,
  onlyResource,
  plain,
  resourcesOf,
  statementsOf,
  synthesize,
  synthesizeAll,
} from './synthesize.ts';
import type { Templates } from './synthesize.ts';

const READ_SECRET = 'secretsmanager:GetSecretValue';
const NODES = ['node-a', 'node-b', 'node-c'].map((name) => ({ ...NODE, name }));
const withGateway = (gateway: object = {}, changes: Changes = {}): Templates =>
  synthesize({ ...changes, gateway: { ...GATEWAY, ...gateway } });
const only = (templates: Templates, type: string) =>
  plain(onlyResource(templates.controlLoop, type).Properties) as Readonly<Record<string, unknown>>;

interface Container {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
}
/** Of CloudFormation, whose keys begin with capitals. */
function containerOf(templates: Templates): Container {
  const { ContainerDefinitions } = only(templates, 'AWS::ECS::TaskDefinition') as {
    readonly ContainerDefinitions: readonly Record<string, unknown>[];
  };
  const { Image, Command, Environment } = ContainerDefinitions[0] as {
    readonly Image: string;
    readonly Command: readonly string[];
    readonly Environment: readonly { readonly Name: string; readonly Value: string }[];
  };
  return {
    image: Image,
    command: Command,
    environment: Environment.map(({ Name, Value }) => ({ name: Name, value: Value })),
  };
}
const variablesOf = (templates: Templates): Record<string, string> =>
  Object.fromEntries(containerOf(templates).environment.map(({ name, value }) => [name, value]));

describe('a cluster', { timeout: 120_000 }, () => {
  it('has no gateway unless it asks for one', () => {
    const { controlLoop } = synthesize();
    expect(resourcesOf(controlLoop, 'AWS::ECS::Service').size).toBe(0);
    expect(resourcesOf(controlLoop, 'AWS::ECS::TaskDefinition').size).toBe(0);
    expect(resourcesOf(controlLoop, 'AWS::EC2::SecurityGroup').size).toBe(0);
  });
});

describe('the task of the gateway', { timeout: 120_000 }, () => {
  it('is the smallest of Fargate on arm64, with nothing that it could write to', () => {
    const templates = withGateway({}, { nodes: NODES });
    expect(only(templates, 'AWS::ECS::TaskDefinition')).toMatchObject({
      Cpu: '256',
      Memory: '512',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      ContainerDefinitions: [
        {
          ReadonlyRootFilesystem: true,
          User: '65534',
          LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
          PortMappings: [{ ContainerPort: 10_250 }, { ContainerPort: 10_251 }, { ContainerPort: 10_252 }],
        },
      ],
    });
    expect(resourcesOf(templates.controlLoop, 'AWS::ElasticLoadBalancingV2::LoadBalancer').size).toBe(0);
  });

  it('is replaced by one that stands before the old one goes, or not at all', () => {
    expect(only(withGateway(), 'AWS::ECS::Service')).toMatchObject({
      DesiredCount: 1,
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      NetworkConfiguration: {
        AwsvpcConfiguration: { Subnets: GATEWAY.subnets, AssignPublicIp: 'DISABLED' },
      },
    });
  });

  it('is what the file says of capacity, address, groups and image', () => {
    const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/node:24-slim';
    const templates = synthesize({
      gateway: {
        subnets: GATEWAY.subnets,
        securityGroups: ['sg-00000000000000001'],
        capacityType: 'spot',
        assignPublicIp: true,
        image,
      },
    });
    expect(only(templates, 'AWS::ECS::Service')).toMatchObject({
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT' }],
      NetworkConfiguration: {
        AwsvpcConfiguration: { SecurityGroups: ['sg-00000000000000001'], AssignPublicIp: 'ENABLED' },
      },
    });
    expect(containerOf(templates).image).toBe(image);
    expect(resourcesOf(templates.controlLoop, 'AWS::EC2::SecurityGroup').size).toBe(0);
  });

  it('is reached from where the file says, on one port for each node', () => {
    const templates = withGateway({}, { nodes: NODES });
    const ports = { IpProtocol: 'tcp', FromPort: 10_250, ToPort: 10_252 };
    const group = only(templates, 'AWS::EC2::SecurityGroup');
    expect(group['VpcId']).toBe(GATEWAY.vpcId);
    expect(group['SecurityGroupIngress']).toMatchObject([
      { ...ports, CidrIp: '10.0.0.0/16' },
      { ...ports, CidrIpv6: 'fd00::/8' },
      { ...ports, SourceSecurityGroupId: 'sg-00000000000000009' },
    ]);
    const { GroupId, SourceSecurityGroupId } = only(templates, 'AWS::EC2::SecurityGroupIngress');
    expect(SourceSecurityGroupId).toBe(GroupId);
  });
});

describe('the roles of the gateway', { timeout: 120_000 }, () => {
  const rightsOf = (templates: Templates, part: 'TaskRole' | 'ExecutionRole') => {
    const ids = [...resourcesOf(templates.controlLoop, 'AWS::IAM::Role').keys()];
    const id = ids.find((one) => one.includes(`Gateway${part}`));
    return statementsOf(templates.controlLoop, id ?? '');
  };
  const actionsOf = (...of: Parameters<typeof rightsOf>) =>
    rightsOf(...of)
      .flatMap(({ actions }) => actions)
      .sort();

  const LOOK = [
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'ecs:ExecuteCommand',
    'logs:GetLogEvents',
    's3:GetObject',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'logs:FilterLogEvents',
  ];

  it.each([
    ['a kubeconfig', {}, [READ_SECRET]],
    ['EKS', EKS, []],
    [
      'a key and a key of the secret',
      { encryptionKeyArn: KEY, secretKeyArn: KEY },
      ['kms:Decrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'secretsmanager:GetSecretValue'],
    ],
  ])('let it look, open sessions, keep what it counts, and nothing else: with %s', (_, changes, more) => {
    expect(actionsOf(withGateway({}, changes), 'TaskRole')).toEqual([...LOOK, ...more].sort());
  });

  it('end at the two objects of the bucket that are its own code and settings', () => {
    const [read] = rightsOf(withGateway(), 'TaskRole').filter(({ actions }) => actions[0] === 's3:GetObject');
    expect(read?.resources).toHaveLength(2);
    for (const object of read?.resources ?? [])
      expect(object).toMatch(/^arn:aws:s3:::[^*]+\/[0-9a-f]{64}\.(mjs|json)$/);
  });

  it('let it write to what it counts alone, a partition of its own', () => {
    const [write, ...others] = rightsOf(withGateway(), 'TaskRole').filter(({ actions }) =>
      actions.includes('dynamodb:UpdateItem'),
    );
    expect(others).toEqual([]);
    expect(JSON.stringify(write?.condition)).toContain('"dynamodb:LeadingKeys":["USE#test"]');
  });

  it('turn Container Insights of the ECS cluster of the pods on where that is asked for, and only there', () => {
    const settingsOf = ({ controlLoop }: Templates) =>
      JSON.stringify(
        [...resourcesOf(controlLoop, 'AWS::ECS::Cluster').values()].map(
          ({ Properties }) => Properties['ClusterSettings'],
        ),
      );
    expect(settingsOf(withGateway())).not.toContain('enabled"');
    expect(settingsOf(withGateway({ containerInsights: true }))).toContain('"enabled"');
  });

  it('let it read the records of this cluster by their keys, and look for none', () => {
    const [read, ...others] = rightsOf(withGateway(), 'TaskRole').filter(({ actions }) =>
      actions.includes('dynamodb:GetItem'),
    );
    expect(others).toEqual([]);
    expect(read?.actions.toSorted()).toEqual(['dynamodb:BatchGetItem', 'dynamodb:GetItem']);
    expect(JSON.stringify(read?.condition)).toContain('"dynamodb:LeadingKeys":["NODE#test/*"]');
  });

  it('hold sessions to the ECS cluster of the pods', () => {
    const [exec] = rightsOf(withGateway(), 'TaskRole').filter(
      ({ actions }) => actions[0] === 'ecs:ExecuteCommand',
    );
    expect(exec?.resources).toHaveLength(2);
    expect(exec?.resources[1]).toMatch(/:task\/lambdalet-test\/\*$/);
    expect(JSON.stringify(exec?.condition)).toContain('ecs:cluster');
  });

  it('let Fargate write its log, and pull only an image that is not public', () => {
    expect(actionsOf(withGateway(), 'ExecutionRole')).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(actionsOf(withGateway({ image: 'registry.example.com/node:24' }), 'ExecutionRole')).toContain(
      'ecr:BatchGetImage',
    );
  });

  it('come into the cluster of EKS like those of the functions', () => {
    const { controlLoop } = withGateway({}, { ...EKS, accessEntries: true });
    const entries = [...resourcesOf(controlLoop, 'AWS::EKS::AccessEntry').values()];
    const principals = entries.map(({ Properties }) => JSON.stringify(plain(Properties['PrincipalArn'])));
    expect(principals.some((arn) => arn.includes('GatewayTaskRole'))).toBe(true);
  });
});

describe('the functions', { timeout: 120_000 }, () => {
  it('know whether there is a gateway', () => {
    const flags = ({ controlLoop }: Templates) =>
      [...resourcesOf(controlLoop, 'AWS::Lambda::Function').values()].flatMap(({ Properties }) => {
        const { Variables } = (Properties['Environment'] ?? {}) as { Variables?: Record<string, string> };
        return Variables?.['LAMBDALET_GATEWAY'] ?? [];
      });
    expect(new Set(flags(synthesize()))).toEqual(new Set(['false']));
    expect(new Set(flags(withGateway()))).toEqual(new Set(['true']));
  });
});

/** The objects that the template names, by their keys, as the CDK would upload them. */
const FAKE_FETCH = `
  import { readFileSync } from 'node:fs';
  globalThis.fetch = async (url, { headers = {} } = {}) => {
    if (url === 'http://169.254.170.2/v2/credentials/x')
      return new Response(JSON.stringify({ AccessKeyId: 'AKID', SecretAccessKey: 'secret', Token: 'token' }));
    if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential=AKID/')) return new Response('', { status: 403 });
    const key = new URL(url).pathname.slice(1);
    return new Response(readFileSync(process.env.ASSETS + '/asset.' + key));
  };`;

describe('the command of the container', { timeout: 120_000 }, () => {
  const functionsPath = emptyFunctions();
  bundleGateway(functionsPath);
  const program = `
    import { createRequire } from 'node:module';
    createRequire(import.meta.url);
    const lambdalet = Object.entries(process.env).filter(([name]) => name.startsWith('LAMBDALET_') || name === 'AWS_REGION');
    console.log(JSON.stringify(Object.fromEntries(lambdalet)));
    console.log(new Error('here').stack.split('\\n')[1]);`;
  writeFileSync(join(functionsPath, 'gateway/index.mjs'), program);
  const [templates] = synthesizeAll([{ gateway: GATEWAY, nodes: NODES }], {}, functionsPath);
  const { command } = containerOf(templates!);
  const variables = variablesOf(templates!);

  const run = (change: Record<string, string> = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'lambdalet-gateway-'));
    const fake = join(folder, 'fetch.mjs');
    writeFileSync(fake, FAKE_FETCH);
    const assets = Stage.of(templates!.stacks.controlLoop)?.assetOutdir ?? '';
    return spawnSync(process.execPath, ['--import', fake, ...command.slice(1)], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...variables,
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x',
        ASSETS: assets,
        ...change,
      },
    });
  };

  it('runs what was synthesized, with settings that the parser takes', () => {
    const { stdout, stderr, status } = run();
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const [json = '', frame] = stdout.split('\n');
    const environment = JSON.parse(json) as Record<string, string>;
    for (const name of ['LAMBDALET_EVENT_QUEUE', 'LAMBDALET_DEAD_LETTER_QUEUE'])
      environment[name] = 'https://sqs.eu-west-1.amazonaws.com/1/q';
    environment['LAMBDALET_FILES_BUCKET'] = 'files';
    const settings = parseSettings(environment);
    expect(settings.nodes.map(({ name }) => name)).toEqual(['node-a', 'node-b', 'node-c']);
    expect(settings).toMatchObject({
      cluster: 'test',
      hasGateway: true,
      gatewayApproves: false,
      identity: { kind: 'kubeconfig', secret: 'test/kubeconfig' },
    });
    expect(frame).toContain('file:///gateway/index.mjs:');
  });

  it('refuses code that is not what was deployed', () => {
    const assets = JSON.parse(variables['GATEWAY_ASSETS'] ?? '') as { code: { sha256: string } };
    assets.code.sha256 = '0'.repeat(64);
    const { stdout, stderr, status } = run({ GATEWAY_ASSETS: JSON.stringify(assets) });
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/is not what was deployed: its SHA-256 is [0-9a-f]{64}, not 0{64}/);
  });

  it('leaves room in the definition of a task, which holds 64 KB', () => {
    expect(JSON.stringify(containerOf(templates!)).length).toBeLessThan(16_384);
    expect(readFileSync(join(functionsPath, 'gateway-loader/index.mjs')).byteLength).toBeLessThan(8_192);
  });
});

describe('the gateway of a deployment file', () => {
  it('is not admitted without a word on who may reach it', () => {
    expect(faultsWith({ gateway: { subnets: GATEWAY.subnets } })).toEqual([
      expect.stringMatching(/gateway\.vpcId is missing: allowed is the id of the VPC/),
      expect.stringMatching(/gateway admits nobody: allowed are allowedCidrs, allowedSecurityGroups or both/),
    ]);
  });

  it('has groups of its own or rules for one that is made, not both', () => {
    expect(faultsWith({ gateway: { ...GATEWAY, securityGroups: ['sg-00000000000000001'] } })).toEqual(
      ['vpcId', 'allowedCidrs', 'allowedSecurityGroups'].map((key): unknown =>
        expect.stringContaining(`gateway.${key} has a value although gateway.securityGroups has one`),
      ),
    );
  });

  it.each([
    [{ allowedCidrs: ['10.0.0.0'] }, /allowedCidrs\[0\].*a network such as 10\.0\.0\.0\/16/],
    [{ subnets: [] }, /gateway\.subnets.*1 to 16 subnet ids/],
    [{ image: 'node' }, /gateway\.image.*an image with its registry/],
    [{ cpu: 512 }, /cpu.*allowed are subnets/],
  ])('is refused with %j', (change, words) => {
    expect(faultsWith({ gateway: { ...GATEWAY, ...change } }).join('\n')).toMatch(words);
  });
});
