import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, Fn, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnSecurityGroup, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';
import { DeploymentError } from '../../infra/deployment-faults.ts';
import { renderBootstrap } from '../../infra/render-bootstrap.ts';
import { VirtualCluster } from '../../infra/virtual-cluster.ts';
import type { VirtualClusterProps } from '../../infra/virtual-cluster-props.ts';
import type { Settings } from '../../lib/settings.ts';
import { parseSettings } from '../../lib/settings.ts';
import {
  codeOf,
  emptyFunctions,
  functionOf,
  newApp,
  onlyResource,
  plain,
  resourcesOf,
  rightsOf,
  settingsOf,
  variablesOf,
} from './synthesize.ts';

const PROPS = {
  clusterName: 'test',
  identityMode: 'kubeconfig',
  secret: 'test/kubeconfig',
  nodes: [{ name: 'node-a', subnets: ['subnet-00000000000000001'] }],
  functionsPath: emptyFunctions(),
} as const satisfies VirtualClusterProps;

const PLACE = { region: 'eu-west-1', account: '123456789012' };

function faultsIn(props: object, env?: typeof PLACE): readonly string[] {
  const stack = new Stack(newApp(), 'Theirs', { ...(env && { env }) });
  try {
    new VirtualCluster(stack, 'Burst', { ...PROPS, ...props });
  } catch (error) {
    if (error instanceof DeploymentError) return error.faults;
    throw error;
  }
  return [];
}

describe('the rights of a virtual cluster', () => {
  it('are written at synthesis, and are of the props', () => {
    const app = newApp();
    const narrow = { podConfigNamespaces: ['shop'], admissionPolicy: false, flowSchema: false };
    const { bootstrap } = new VirtualCluster(new Stack(app, 'Theirs'), 'Burst', { ...PROPS, ...narrow });
    const file = join(app.outdir, 'lambdalet-test.bootstrap.yaml');
    expect(existsSync(file)).toBe(false);
    app.synth();
    expect(readFileSync(file, 'utf8')).toBe(bootstrap);
    expect(bootstrap).toBe(
      renderBootstrap({
        ...{ clusterName: 'test', nodeNames: ['node-a'], identityMode: 'kubeconfig' },
        ...{ impersonateNodes: false, ...narrow },
      }),
    );
  });

  it.each([
    [{ podConfigNamespaces: 'shop' }, /^podConfigNamespaces is "shop": allowed is at most 1000 names of nam/],
    [{ podConfigNamespaces: ['A b'] }, /^podConfigNamespaces\[0\] is "A b": allowed is the name of a namesp/],
    [{ admissionPolicy: 'no' }, /^admissionPolicy is "no": allowed is true \| false/],
    [{ flowSchema: 0 }, /^flowSchema is 0: allowed is true \| false/],
  ])('are not rendered from %j', (props, message) => {
    expect(faultsIn(props)).toEqual([expect.stringMatching(message)]);
  });
});

describe('a virtual cluster among the resources of others', { timeout: 120_000 }, () => {
  const stack = new Stack(newApp(), 'Theirs');
  const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 });
  const group = new CfnSecurityGroup(stack, 'Group', { vpcId: vpc.vpcId, groupDescription: 'pods' });
  const role = new Role(stack, 'Task', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  const execution = new Role(stack, 'Run', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  const secret = new Secret(stack, 'Kubeconfig');
  const key = new Key(stack, 'Key');
  const bus = new EventBus(stack, 'Bus');
  const boundary = new ManagedPolicy(stack, 'Boundary', {
    statements: [new PolicyStatement({ actions: ['*'], resources: ['*'] })],
  });
  const subnets = vpc.isolatedSubnets.map(({ subnetId }) => subnetId);
  const allow = [
    {
      ...{ namespace: 'shop', serviceAccount: '*', subnets, securityGroups: [group.attrGroupId] },
      ...{ taskRoles: [role.roleArn], executionRoles: [execution.roleArn] },
    },
  ];
  const node = {
    ...{ subnets, securityGroups: [group.attrGroupId], defaultTaskRole: role.roleArn, allow },
    labels: { 'example.com/vpc': vpc.vpcId },
  };
  const cluster = new VirtualCluster(stack, 'Burst', {
    ...PROPS,
    secret: secret.secretArn,
    encryptionKeyArn: key.keyArn,
    eventBusName: bus.eventBusName,
    permissionsBoundaryArn: boundary.managedPolicyArn,
    alarmTopicArn: new Topic(stack, 'Topic').topicArn,
    functionSubnets: subnets,
    functionSecurityGroups: [group.attrGroupId],
    tags: { vpc: vpc.vpcId },
    nodes: ['node-a', 'node-b'].map((name) => ({ name, ...node })),
  });
  const template = Template.fromStack(stack);
  const read = settingsHere();

  /** The settings of the functions; ARNs of what the app makes look as they will. */
  function settingsHere(): Settings {
    const variables = Object.entries(variablesOf(template, 'pod-sync'));
    return parseSettings({
      ...Object.fromEntries(variables.map(([name, value]) => [name, arnsIn(value)])),
      LAMBDALET_EVENT_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/123456789012/events',
      LAMBDALET_DEAD_LETTER_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead',
      LAMBDALET_FILES_BUCKET: 'bucket',
      AWS_REGION: 'eu-west-1',
      LAMBDA_TASK_ROOT: codeOf(stack, 'pod-sync'),
    });
  }

  function arnsIn(text: string): string {
    return text.replace(/arn:of:(\w+)\.Arn/g, (_, id: string) => {
      const [, service = '', kind = ''] = (resourcesOf(template).get(id)?.Type ?? '').split('::');
      const name = service === 'IAM' ? `:123456789012:role/${id}` : `eu-west-1:123456789012:${kind}/${id}`;
      return `arn:aws:${service.toLowerCase()}:${name}`;
    });
  }

  /** A value of a prop as it will be. */
  function later<T>(value: T): T {
    return JSON.parse(arnsIn(JSON.stringify(plain(stack.resolve(value))))) as T;
  }

  it('hands the functions what only the deployment knows, each text once', () => {
    const values = JSON.parse(
      arnsIn(variablesOf(template, 'pod-sync')['LAMBDALET_VALUES'] ?? ''),
    ) as unknown[];
    const made = [...subnets, group.attrGroupId, role.roleArn, execution.roleArn, vpc.vpcId];
    const expected = [...made, secret.secretArn];
    expect([...values].sort()).toEqual([...later(expected)].sort());
    expect(new Set(later(expected)).size).toBe(7);
  });

  it('is read by the functions as the props say', () => {
    expect(read.nodes).toMatchObject(['node-a', 'node-b'].map((name) => ({ name, ...later(node) })));
    expect(read.identity).toMatchObject({ secret: later(secret.secretArn) });
    expect(read).toMatchObject({
      encryptionKey: later(key.keyArn),
      eventBus: later(bus.eventBusName),
      networkProbes: true,
    });
  });

  it('has a policy for each of them', () => {
    const passed = rightsOf(template, 'pod-sync').find(({ actions }) => actions.includes('iam:PassRole'));
    expect(passed?.resources.map((resource) => arnsIn(resource))).toEqual(
      expect.arrayContaining(later([role.roleArn, execution.roleArn])),
    );
    const secrets = rightsOf(template, 'task-events').find(({ actions }) =>
      actions.includes('secretsmanager:GetSecretValue'),
    );
    expect(secrets?.resources).toEqual([later(secret.secretArn)]);
  });

  it('is in their subnets', () => {
    expect(plain(functionOf(template, 'pod-sync').Properties['VpcConfig'])).toMatchObject({
      SubnetIds: later(subnets),
      SecurityGroupIds: [plain(stack.resolve(group.attrGroupId))],
    });
  });

  it('bounds and tags what is its own, and leaves the rest alone', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      const isOurs = id.startsWith('Burst');
      expect('PermissionsBoundary' in Properties, id).toBe(isOurs);
      expect(JSON.stringify(Properties['Tags'] ?? []).includes('lambdalet:cluster'), id).toBe(isOurs);
    }
  });

  it('shows its functions and what holds state to the rest of the app', () => {
    expect(stack.resolve(cluster.controlLoop.functions['pod-sync'].role.roleArn)).toHaveProperty(
      'Fn::GetAtt',
    );
    expect(stack.resolve(cluster.state.table.tableName)).toHaveProperty('Ref');
  });
});

describe('the scopes of a virtual cluster', { timeout: 120_000 }, () => {
  const KINDS = [
    'AWS::DynamoDB::Table',
    'AWS::SQS::Queue',
    'AWS::S3::Bucket',
    'AWS::Lambda::Function',
    'AWS::CloudWatch::Dashboard',
    'AWS::CloudWatch::Alarm',
  ];
  const kindsIn = (stack: Stack): readonly string[] =>
    KINDS.filter((type) => resourcesOf(Template.fromStack(stack), type).size > 0);

  it('are its own where none is given', () => {
    const stack = new Stack(newApp(), 'One');
    new VirtualCluster(stack, 'Burst', PROPS);
    expect(kindsIn(stack)).toEqual(KINDS);
  });

  it('are stacks of their own where they are given', () => {
    const app = newApp();
    const [loop, state, seen] = ['Loop', 'State', 'Seen'].map((id) => new Stack(app, id)) as [
      Stack,
      Stack,
      Stack,
    ];
    new VirtualCluster(loop, 'Burst', { ...PROPS, stateScope: state, observabilityScope: seen });
    expect(kindsIn(state)).toEqual(KINDS.slice(0, 3));
    expect(kindsIn(loop)).toEqual(KINDS.slice(3, 4));
    expect(kindsIn(seen)).toEqual(KINDS.slice(4));
  });

  it('may hold the parts of several, also of the same path elsewhere', () => {
    const app = newApp();
    const state = new Stack(app, 'State');
    for (const clusterName of ['one', 'two']) {
      const stack = new Stack(app, clusterName);
      new VirtualCluster(stack, 'Burst', { ...PROPS, clusterName, stateScope: state });
    }
    expect(resourcesOf(Template.fromStack(state), 'AWS::DynamoDB::Table').size).toBe(2);
  });

  it('may hold several whole', () => {
    const stack = new Stack(newApp(), 'Both');
    for (const clusterName of ['one', 'two'])
      new VirtualCluster(stack, clusterName, { ...PROPS, clusterName });
    const names = [...resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function').values()].map(
      ({ Properties }) => Properties['FunctionName'],
    );
    expect(new Set(names).size).toBe(8);
  });
});

describe('a virtual cluster in any app', { timeout: 120_000 }, () => {
  it('is the same to the functions without the feature flags of this project', () => {
    const read = (flags?: object): Settings => {
      const stack = new Stack(newApp(flags as Record<string, unknown> | undefined), 'Theirs');
      new VirtualCluster(stack, 'Burst', PROPS);
      return settingsOf(stack, Template.fromStack(stack));
    };
    expect(read({})).toEqual(read());
  });

  it('lets the CLI look things up: what lookups answer before is no fault', () => {
    const app = newApp();
    const stack = new Stack(app, 'Theirs', { env: PLACE });
    const vpc = Vpc.fromLookup(stack, 'Vpc', { vpcName: 'main' });
    const group = SecurityGroup.fromLookupByName(stack, 'Group', 'pods', vpc);
    const zones = Object.fromEntries(
      vpc.privateSubnets.map(({ availabilityZone, subnetId }) => [availabilityZone, [subnetId]]),
    );
    new VirtualCluster(stack, 'Burst', {
      ...PROPS,
      secret: StringParameter.valueFromLookup(stack, '/lambdalet/secret'),
      nodes: [{ name: 'node-{zone}', zones, securityGroups: [group.securityGroupId] }],
    });
    expect(app.synth().manifest.missing?.map(({ provider }) => provider)).toEqual([
      'vpc-provider',
      'security-group',
      'ssm',
    ]);
  });

  it('may be in a stage of a pipeline', () => {
    const stage = new Stage(newApp(), 'Prod', { env: PLACE });
    const stack = new Stack(stage, 'Theirs');
    new VirtualCluster(stack, 'Burst', PROPS);
    expect(settingsOf(stack, Template.fromStack(stack)).cluster).toBe('test');
  });

  it('makes nothing that must be bootstrapped: no files but the code of the functions', () => {
    const stack = new Stack(newApp(), 'Theirs');
    new VirtualCluster(stack, 'Burst', PROPS);
    const template = Template.fromStack(stack);
    expect(resourcesOf(template, 'AWS::Lambda::Function').size).toBe(4);
    expect(onlyResource(template, 'AWS::ECS::Cluster').Properties['ClusterName']).toBe('lambdalet-test');
  });
});

describe('the faults of the props of a virtual cluster', () => {
  it('are thrown by the construct, all at once, with its path', () => {
    const stack = new Stack(new App(), 'Theirs');
    const make = (): unknown =>
      new VirtualCluster(stack, 'Burst', { ...PROPS, mode: 'fast' as 'watch', nodes: [] });
    expect(make).toThrow(
      /^Theirs\/Burst cannot be deployed:\n- mode is "fast": allowed is watch \| economy;.*\n- nodes is a list of 0: /,
    );
  });

  it('name a key that there is not', () => {
    expect(faultsIn({ clutserName: 'a' })).toEqual([
      expect.stringMatching(/^VirtualClusterProps has the unknown clutserName: allowed are clusterName, /),
    ]);
  });

  it('leave out what is set to undefined', () => {
    expect(faultsIn({ eksClusterName: undefined, nodes: [{ ...PROPS.nodes[0], zones: undefined }] })).toEqual(
      [],
    );
  });

  it('name what cannot be known only at deployment, because other things are named after it', () => {
    const stack = new Stack();
    const later = new CfnResource(stack, 'Any', { type: 'Any::Thing::Thing' }).ref;
    const node = PROPS.nodes[0];
    const faults = [
      ...faultsIn({ clusterName: later }),
      ...faultsIn({ nodes: [{ ...node, name: later }] }),
      ...faultsIn({ nodes: [{ ...node, labels: { [later]: 'a' } }] }),
      ...faultsIn({ namespaceCeilings: { [later]: { vcpu: 1 } } }),
    ];
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'clusterName',
      'nodes[0].name',
      expect.stringMatching(/^nodes\[0\]\.labels\./),
      expect.stringMatching(/^namespaceCeilings\./),
    ]);
  });

  it('name a list whose length is known only at deployment', () => {
    const subnets = Fn.split(',', Fn.importValue('subnets'));
    expect(faultsIn({ nodes: [{ name: 'a', subnets }] })).toEqual([
      expect.stringMatching(
        /^nodes\[0\]\.subnets\[0\] is "#\{Token.*: allowed is a list whose length is known while the app is built; name its items one by one$/,
      ),
    ]);
  });

  it('name zones and roles that are elsewhere than the stack, where that is known', () => {
    const node = {
      name: 'a',
      zones: { 'us-east-1a': ['subnet-00000000000000001'] },
      defaultTaskRole: 'arn:aws:iam::999999999999:role/web',
    };
    expect(faultsIn({ nodes: [node] })).toEqual([]);
    expect(faultsIn({ nodes: [node] }, PLACE)).toEqual([
      expect.stringMatching(/^nodes\[0\]\.zones has "us-east-1a": allowed are zones of eu-west-1/),
      expect.stringMatching(/^nodes\[0\]\.defaultTaskRole is a role of account 999999999999/),
    ]);
  });
});
