// A deployment in which everything is well, and the AWS and the cluster that go with it.
import { renderBootstrap } from '../../infra/render-bootstrap.ts';
import { objectsOf } from '../../lib/doctor/kubernetes/rights-of-bootstrap.ts';
import type { SeenRequest, ScriptedAnswer } from '../support/script-server.ts';
import type { AwsScript } from './script-aws.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/0a0a0a0a-1111-2222-3333-444444444444`;

/** A deployment file. */
export const DEPLOYMENT = {
  region: REGION,
  account: ACCOUNT,
  clusters: [
    {
      clusterName: 'shop',
      identityMode: 'kubeconfig',
      secret: 'lambdalet/shop/kubeconfig',
      functionSubnets: ['subnet-0f000001'],
      functionSecurityGroups: ['sg-0f000001'],
      eventBusName: 'orders',
      alarmTopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:on-call`,
      permissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/boundary`,
      encryptionKeyArn: KEY,
      ecsClusterName: 'mine',
      nodes: [
        {
          name: 'fargate',
          zones: { [`${REGION}a`]: ['subnet-0a000001'] },
          securityGroups: ['sg-0a000001'],
          cpu: 4,
          pods: 50,
          defaultTaskRole: `arn:aws:iam::${ACCOUNT}:role/app/web`,
        },
      ],
    },
  ],
};

const HTTPS_OUT = [{ ipProtocol: '-1', ipRanges: [{ cidrIp: '0.0.0.0/0' }] }];
const TRUST = JSON.stringify({
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});

export const SUBNETS = [
  {
    subnetId: 'subnet-0a000001',
    vpcId: 'vpc-1',
    availabilityZone: `${REGION}a`,
    cidrBlock: '10.0.1.0/24',
    availableIpAddressCount: 200,
    ipv6CidrBlockAssociationSet: [],
  },
  {
    subnetId: 'subnet-0f000001',
    vpcId: 'vpc-1',
    availabilityZone: `${REGION}a`,
    cidrBlock: '10.0.9.0/24',
    availableIpAddressCount: 200,
    ipv6CidrBlockAssociationSet: [
      { ipv6CidrBlock: '2001:db8::/64', ipv6CidrBlockState: { state: 'associated' } },
    ],
  },
];

/** The one route table of the VPC, with these routes. */
export const routes = (...routeSet: object[]): object => ({
  routeTableSet: [
    {
      routeTableId: 'rtb-1',
      vpcId: 'vpc-1',
      associationSet: [{ main: true }],
      routeSet: [{ destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local', state: 'active' }, ...routeSet],
    },
  ],
});

export const GROUPS = [
  {
    groupId: 'sg-0a000001',
    groupName: 'pods',
    vpcId: 'vpc-1',
    ipPermissions: [],
    ipPermissionsEgress: HTTPS_OUT,
  },
  {
    groupId: 'sg-0f000001',
    groupName: 'functions',
    vpcId: 'vpc-1',
    ipPermissions: [],
    ipPermissionsEgress: HTTPS_OUT,
  },
  {
    groupId: 'sg-0d000001',
    groupName: 'default',
    vpcId: 'vpc-1',
    ipPermissions: [],
    ipPermissionsEgress: HTTPS_OUT,
  },
];

/** Only those that are asked for, by the values of the filter. */
function filtered(list: string, key: string, all: readonly Record<string, unknown>[]) {
  return ({ input }: { readonly input: Readonly<Record<string, unknown>> }): object => {
    const isVpc = input['Filter.1.Name'] === 'vpc-id';
    const values = Object.entries(input).flatMap(([name, value]) =>
      name.startsWith('Filter.1.Value') ? [value] : [],
    );
    return { [list]: all.filter((one) => values.includes(one[isVpc ? 'vpcId' : key])) };
  };
}

export const subnets = (all: readonly Record<string, unknown>[]) => filtered('subnetSet', 'subnetId', all);
export const groups = (all: readonly Record<string, unknown>[]) =>
  filtered('securityGroupInfo', 'groupId', all);

/** AWS as it must be, deployed for `now`. */
export function healthyAws(kubeconfig: string, now: number): AwsScript {
  const stack = (status: string): object => ({ Stacks: [{ StackStatus: status }] });
  return {
    'sts:GetCallerIdentity': { Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/ada`, UserId: 'x' },
    'ssm:GetParameter': { Parameter: { Name: 'x', Value: '21' } },
    'iam:GetRole': ({ input }) => {
      const name = String(input['RoleName']);
      return {
        Role: {
          Arn: `arn:aws:iam::${ACCOUNT}:role/app/${name}`,
          AssumeRolePolicyDocument: encodeURIComponent(TRUST),
        },
      };
    },
    'iam:GetPolicy': { Policy: { PolicyName: 'boundary' } },
    'servicequotas:GetServiceQuota': {
      Quota: {
        Value: 100,
        UsageMetric: {
          MetricNamespace: 'AWS/Usage',
          MetricName: 'ResourceCount',
          MetricDimensions: {
            Service: 'Fargate',
            Type: 'Resource',
            Resource: 'vCPU',
            Class: 'Standard/OnDemand',
          },
        },
      },
    },
    'servicequotas:GetAWSDefaultServiceQuota': { Quota: { Value: 6 } },
    'cloudwatch:GetMetricStatistics': {
      Datapoints: [
        { Timestamp: 1, Maximum: 9 },
        { Timestamp: 2, Maximum: 3.5 },
      ],
    },
    'cloudwatch:DescribeAlarms': { MetricAlarms: [] },
    'ec2:DescribeSubnets': subnets(SUBNETS),
    'ec2:DescribeRouteTables': routes({
      destinationCidrBlock: '0.0.0.0/0',
      natGatewayId: 'nat-1',
      state: 'active',
    }),
    'ec2:DescribeVpcEndpoints': { vpcEndpointSet: [] },
    'ec2:DescribeSecurityGroups': groups(GROUPS),
    'secretsmanager:DescribeSecret': { Name: 'lambdalet/shop/kubeconfig' },
    'secretsmanager:GetSecretValue': { SecretString: kubeconfig },
    'kms:DescribeKey': { KeyMetadata: { Arn: KEY, KeyState: 'Enabled' } },
    'events:DescribeEventBus': { Name: 'orders' },
    'sns:GetTopicAttributes': { Attributes: {} },
    'ecs:DescribeClusters': {
      clusters: [{ status: 'ACTIVE', capacityProviders: ['FARGATE', 'FARGATE_SPOT'] }],
    },
    'cloudformation:DescribeStacks': stack('UPDATE_COMPLETE'),
    'cloudformation:DescribeStackResources': {
      StackResources: [
        {
          ResourceType: 'AWS::DynamoDB::Table',
          LogicalResourceId: 'RecordsTable1',
          PhysicalResourceId: 'records',
        },
        {
          ResourceType: 'AWS::SQS::Queue',
          LogicalResourceId: 'TaskEventsQueue1',
          PhysicalResourceId: 'https://sqs/queue',
        },
        {
          ResourceType: 'AWS::SQS::Queue',
          LogicalResourceId: 'TaskEventsDeadLetters1',
          PhysicalResourceId: 'https://sqs/letters',
        },
      ],
    },
    'dynamodb:GetItem': { Item: { lastPassAt: { N: String(now - 9_000) } } },
    'sqs:GetQueueAttributes': { Attributes: { ApproximateNumberOfMessages: '0' } },
  };
}

const OWN_NODE = {
  metadata: { name: 'fargate', uid: 'u', resourceVersion: '1' },
  status: {
    nodeInfo: { kubeletVersion: 'v1.36.0-lambdalet' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  },
};

/** What an API server answers, by the end of the path. */
export type ClusterScript = Readonly<Record<string, object | number>>;

/** The cluster as it must be: all rights, the bootstrap, a node with a fresh lease. */
export function healthyCluster(now: number, more: ClusterScript = {}) {
  const applied = objectsOf(
    renderBootstrap({
      ...{ clusterName: 'shop', nodeNames: ['fargate'], identityMode: 'kubeconfig', impersonateNodes: false },
      ...{ admissionPolicy: true, flowSchema: true },
    }),
  );
  const script: ClusterScript = {
    '/version': { gitVersion: 'v1.36.2' },
    '/selfsubjectreviews': {
      status: { userInfo: { username: 'system:serviceaccount:lambdalet-shop:lambdalet-shop' } },
    },
    '/selfsubjectaccessreviews': { status: { allowed: true } },
    '/subjectaccessreviews': { status: { allowed: true } },
    '/nodes/fargate': OWN_NODE,
    '/leases/fargate': { spec: { renewTime: new Date(now - 6_000).toISOString() } },
    '/daemonsets': { items: [] },
    ...Object.fromEntries(applied.map((object) => [`/${kindIn(object)}/${nameIn(object)}`, object])),
    ...more,
  };
  return ({ path }: SeenRequest): ScriptedAnswer => {
    const found = Object.entries(script).find(([end]) => path.toLowerCase().endsWith(end.toLowerCase()));
    const answer = found?.[1] ?? 404;
    return typeof answer === 'number'
      ? { status: answer, body: { kind: 'Status', message: `no ${path}`, code: answer } }
      : { status: 200, body: answer };
  };
}

function nameIn(object: object): string {
  return (object as { metadata: { name: string } }).metadata.name;
}

/** Plural, as in paths. */
function kindIn(object: object): string {
  return `${(object as { kind: string }).kind.toLowerCase()}s`.replace(/ys$/, 'ies');
}
