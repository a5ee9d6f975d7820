import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CHECKS } from '../../lib/doctor/finding.ts';
import { openPractice, type Practice, type Trouble } from './doctor-here.ts';
import { WITH_GATEWAY } from './gateway-fixture.ts';
import { ACCOUNT, GROUPS, groups, REGION, routes, SUBNETS, subnets } from './deployment-fixture.ts';
import { Refusal, type AwsScript } from './script-aws.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

type Row = [what: string, trouble: Trouble, status: string, message: RegExp, fix?: RegExp];

function check(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    it.each<Row>(rows)('%s', async (_what, trouble, status, message, fix) => {
      const findings = await practice.findings(name, trouble);
      const found = findings.find((one) => one.status === status && message.test(one.message));
      expect(found, JSON.stringify(findings, null, 2)).toBeDefined();
      if (status === 'fault') expect(findings.every((one) => one.status !== 'ok')).toBe(true);
      if (fix !== undefined) expect(found?.fix).toMatch(fix);
    });
  });
}

const ids = (more: object): Trouble => ({ deployment: { node: more as Record<string, unknown> } });
/** A file of another account, which names nothing of the first one. */
const otherAccount: Trouble = {
  deployment: {
    file: { account: '999999999999' },
    cluster: { permissionsBoundaryArn: undefined },
    node: { defaultTaskRole: undefined },
  },
};
const nat = { destinationCidrBlock: '0.0.0.0/0', natGatewayId: 'nat-1', state: 'active' };
const igw = { destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1', state: 'active' };
const ec2 = (table: object, more: Record<string, object> = {}): AwsScript => ({
  'ec2:DescribeRouteTables': table,
  ...more,
});

check('aws-credentials', [
  ['who they are, and where', {}, 'ok', /arn:aws:iam::111122223333:user\/ada in eu-west-1/],
  [
    'of another account',
    otherAccount,
    'fault',
    /of account 111122223333 .* and the file says 999999999999/,
    /AWS_PROFILE/,
  ],
  [
    'that have ended',
    { aws: { 'sts:GetCallerIdentity': new Refusal('ExpiredToken') } },
    'fault',
    /sts:GetCallerIdentity was refused \(ExpiredToken/,
    /aws sso login/,
  ],
  [
    'without an answer from AWS',
    { environment: { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' } },
    'unknown',
    /sts:GetCallerIdentity got no answer from 127\.0\.0\.1:9/,
  ],
]);

describe('a topic of another Region than that of the environment', () => {
  it('is a fault, where the file names no Region', async () => {
    vi.stubEnv('AWS_REGION', REGION);
    onTestFinished(() => void vi.stubEnv('AWS_REGION', undefined));
    const findings = await practice.findings('aws-credentials', {
      deployment: {
        file: { region: undefined },
        cluster: { alarmTopicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:on-call` },
      },
    });
    expect(findings).toEqual([
      expect.objectContaining({
        status: 'fault',
        message: 'alarmTopicArn is in us-east-1, and the stacks will be in eu-west-1',
      }),
    ]);
  });
});

check('cdk-bootstrap', [
  ['is there', {}, 'ok', /version 21/],
  [
    'is not there',
    { aws: { 'ssm:GetParameter': new Refusal('ParameterNotFound') } },
    'fault',
    /not bootstrapped/,
    /npx cdk bootstrap aws:\/\/111122223333\/eu-west-1/,
  ],
  [
    'is too old',
    { aws: { 'ssm:GetParameter': { Parameter: { Value: '5' } } } },
    'fault',
    /version 5: allowed is 6/,
  ],
]);

check('ecs-service-role', [
  [
    'is not there',
    { aws: { 'iam:GetRole': new Refusal('NoSuchEntity', 404) } },
    'warning',
    /service-linked role of ECS is not there/,
    /create-service-linked-role/,
  ],
]);

check('fargate-quota', [
  ['leaves room', {}, 'ok', /on demand: 100 vCPU, 3\.5 in use; the nodes promise at most 4/],
  [
    'is less than what the nodes promise',
    ids({ cpu: 400 }),
    'warning',
    /on demand: 100 vCPU, 3\.5 in use, and the nodes promise 400/,
    /request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value 400/,
  ],
  ['counts a ceiling', ids({ cpu: 400, ceiling: { vcpu: 50 } }), 'ok', /promise at most 50/],
  [
    'is used up',
    { aws: { 'cloudwatch:GetMetricStatistics': { Datapoints: [{ Timestamp: 1, Maximum: 100 }] } } },
    'fault',
    /not even the smallest task can start/,
    /--desired-value 101/,
  ],
  [
    'was never changed, so that only its default is known',
    { aws: { 'servicequotas:GetServiceQuota': new Refusal('NoSuchResourceException') } },
    'ok',
    /on demand: 6 vCPU/,
  ],
  ['of Spot', ids({ capacityTypes: ['spot'] }), 'ok', /Spot: 100 vCPU/],
  ['of both, for a mixed node', ids({ capacityTypes: ['mixed'] }), 'ok', /Spot: 100 vCPU/],
  [
    'without use, which is none',
    { aws: { 'cloudwatch:GetMetricStatistics': { Datapoints: [] } } },
    'ok',
    /, 0 in use/,
  ],
]);

const quotas = (lambda: number) => ({
  'servicequotas:GetServiceQuota': ({ input }: { input: Readonly<Record<string, unknown>> }): object => ({
    Quota: { Value: input['ServiceCode'] === 'lambda' ? lambda : 100 },
  }),
});
check('lambda-concurrency', [
  ['is enough', {}, 'ok', /100 invocations at a time/],
  [
    'is that of a new account',
    { aws: quotas(10) },
    'warning',
    /10 invocations may run at a time/,
    /--service-code lambda --quota-code L-B99A9384/,
  ],
]);

check('pod-subnets', [
  ['are there', {}, 'ok', /in vpc-1, with 400 free addresses/],
  [
    'are not there',
    { aws: { 'ec2:DescribeSubnets': subnets(SUBNETS.slice(1)) } },
    'fault',
    /subnet-0a000001 of fargate is not there/,
    /describe-subnets/,
  ],
  [
    'are of two VPCs',
    {
      ...ids({ zones: { [`${REGION}a`]: ['subnet-0a000001', 'subnet-0a000002'] } }),
      aws: {
        'ec2:DescribeSubnets': subnets([
          ...SUBNETS,
          { ...SUBNETS[0], subnetId: 'subnet-0a000002', vpcId: 'vpc-2' },
        ]),
      },
    },
    'fault',
    /in vpc-1 and vpc-2: allowed is one VPC/,
  ],
  [
    'are in another zone than the node says',
    {
      aws: {
        'ec2:DescribeSubnets': subnets(SUBNETS.map((one) => ({ ...one, availabilityZone: `${REGION}c` }))),
      },
    },
    'fault',
    /subnet-0a000001 is in eu-west-1c, and node fargate says eu-west-1a/,
    /zones: eu-west-1c/,
  ],
  [
    'have fewer addresses than the node shows pods',
    ids({ pods: 5000 }),
    'warning',
    /room for 5000 pods, and its subnets have 200 free addresses/,
    /set pods: 200/,
  ],
  [
    'have none left',
    {
      aws: { 'ec2:DescribeSubnets': subnets(SUBNETS.map((one) => ({ ...one, availableIpAddressCount: 0 }))) },
    },
    'fault',
    /no free address: no pod can start/,
  ],
  [
    'that only a rule allows must be there, too',
    ids({ allow: [{ namespace: '*', serviceAccount: '*', subnets: ['subnet-0a0000ff'] }] }),
    'fault',
    /subnet-0a0000ff of fargate is not there/,
  ],
]);

const endpoint = (service: string, more: object = {}): object => ({
  vpcEndpointId: `vpce-${service}`,
  serviceName: `com.amazonaws.${REGION}.${service}`,
  vpcId: 'vpc-1',
  vpcEndpointType: 'Interface',
  state: 'available',
  privateDnsEnabled: true,
  groupSet: [{ groupId: 'sg-0e000001' }],
  ...more,
});
const gateway = endpoint('s3', {
  vpcEndpointType: 'Gateway',
  privateDnsEnabled: false,
  groupSet: [],
  routeTableIdSet: ['rtb-1'],
});
const taskEndpoints = [...['ecr.api', 'ecr.dkr', 'logs'].map((one) => endpoint(one)), gateway];
const admitting = (rule: object): object => ({
  groupId: 'sg-0e000001',
  groupName: 'endpoints',
  vpcId: 'vpc-1',
  ipPermissions: [{ ipProtocol: 'tcp', fromPort: '443', toPort: '443', ...rule }],
  ipPermissionsEgress: [],
});
const byEndpoints = (rule: object, found: readonly object[] = taskEndpoints): AwsScript =>
  ec2(routes(), {
    'ec2:DescribeVpcEndpoints': { vpcEndpointSet: found },
    'ec2:DescribeSecurityGroups': groups([...GROUPS, admitting(rule)] as typeof GROUPS),
  });
const helper = ids({ helperImage: `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/busybox:1.37.0-musl` });

check('pod-routes', [
  ['through a NAT gateway', {}, 'ok', /subnet-0a000001 by nat-1/],
  [
    'to an internet gateway, without public addresses',
    { aws: ec2(routes(igw)) },
    'fault',
    /internet gateway, which serves public addresses only/,
    /assignPublicIp: true/,
  ],
  [
    'to an internet gateway, with public addresses',
    { ...ids({ assignPublicIp: true }), aws: ec2(routes(igw)) },
    'ok',
    /by igw-1/,
  ],
  ['to nowhere', { aws: ec2(routes()) }, 'fault', /no VPC endpoint for ecr\.api, ecr\.dkr, s3, logs/],
  [
    'to a gateway that is gone',
    { aws: ec2(routes({ ...nat, state: 'blackhole' })) },
    'fault',
    /nat-1, which is gone/,
  ],
  [
    'to a transit gateway',
    { aws: ec2(routes({ destinationCidrBlock: '0.0.0.0/0', transitGatewayId: 'tgw-1', state: 'active' })) },
    'unknown',
    /leaves through tgw-1, and where that leads cannot be seen/,
  ],
  [
    'to endpoints that let the subnet in',
    { ...helper, aws: byEndpoints({ ipRanges: [{ cidrIp: '10.0.0.0/16' }] }) },
    'ok',
    /by VPC endpoints/,
  ],
  [
    'to endpoints that let the group in',
    { ...helper, aws: byEndpoints({ groups: [{ groupId: 'sg-0a000001' }] }) },
    'ok',
    /by VPC endpoints/,
  ],
  [
    'to endpoints that let others in',
    {
      ...helper,
      aws: byEndpoints({ ipRanges: [{ cidrIp: '10.0.1.128/25' }], groups: [{ groupId: 'sg-0f000001' }] }),
    },
    'fault',
    /endpoint vpce-ecr\.api for ecr\.api does not let HTTPS in/,
    /authorize-security-group-ingress --group-id sg-0e000001 .* --cidr 10\.0\.1\.0\/24/,
  ],
  [
    'to endpoints without the helper image',
    { aws: byEndpoints({ ipRanges: [{ cidrIp: '0.0.0.0/0' }] }) },
    'warning',
    /public\.ecr\.aws is not reached/,
    /helperImage/,
  ],
  [
    'to an S3 gateway of another route table',
    {
      ...helper,
      aws: byEndpoints({ ipRanges: [{ cidrIp: '10.0.0.0/8' }] }, [
        ...taskEndpoints.slice(0, 3),
        { ...gateway, routeTableIdSet: ['rtb-2'] },
      ]),
    },
    'fault',
    /no VPC endpoint for s3/,
  ],
  [
    'to endpoints whose names lead nowhere',
    {
      ...helper,
      aws: byEndpoints(
        {},
        taskEndpoints.map((one) => ({ ...one, privateDnsEnabled: false })),
      ),
    },
    'fault',
    /no VPC endpoint for ecr\.api, ecr\.dkr, logs/,
  ],
]);

check('security-groups', [
  ['fit', {}, 'ok', /sg-0a000001 fit their subnets/],
  [
    'are not there',
    ids({ securityGroups: ['sg-0b0000ff'] }),
    'fault',
    /sg-0b0000ff of node fargate is not there/,
  ],
  [
    'are of another VPC',
    {
      aws: {
        'ec2:DescribeSecurityGroups': groups(
          GROUPS.map((one) => (one.groupName === 'pods' ? { ...one, vpcId: 'vpc-2' } : one)),
        ),
      },
    },
    'fault',
    /sg-0a000001 of node fargate is in vpc-2, and its subnets are in vpc-1/,
  ],
  [
    'let nothing out',
    {
      aws: {
        'ec2:DescribeSecurityGroups': groups(GROUPS.map((one) => ({ ...one, ipPermissionsEgress: [] }))),
      },
    },
    'fault',
    /sg-0a000001 let no HTTPS out: pods of node fargate cannot pull images/,
    /authorize-security-group-egress/,
  ],
  ['are the default one', ids({ securityGroups: [] }), 'ok', /default group of the VPC/],
]);

const functionServices = [
  'dynamodb',
  'ecs',
  'events',
  'monitoring',
  's3',
  'secretsmanager',
  'servicequotas',
  'sqs',
];
const dual = { deployment: { cluster: { functionDualStack: true } } };
const ipv6 = { destinationIpv6CidrBlock: '::/0', egressOnlyInternetGatewayId: 'eigw-1', state: 'active' };

check('function-network', [
  ['through a NAT gateway', {}, 'ok', /subnet-0f000001 reach AWS/],
  [
    'outside of a VPC',
    { deployment: { cluster: { functionSubnets: undefined, functionSecurityGroups: undefined } } },
    'skipped',
    /outside of any VPC/,
  ],
  [
    'to an internet gateway',
    { aws: ec2(routes(igw)) },
    'fault',
    /an internet gateway, which takes no functions/,
    /functionDualStack/,
  ],
  [
    'to endpoints for everything',
    {
      aws: ec2(routes(), {
        'ec2:DescribeVpcEndpoints': { vpcEndpointSet: functionServices.map((one) => endpoint(one)) },
      }),
    },
    'ok',
    /reach AWS/,
  ],
  [
    'to endpoints for not everything',
    {
      aws: ec2(routes(), {
        'ec2:DescribeVpcEndpoints': { vpcEndpointSet: functionServices.slice(1).map((one) => endpoint(one)) },
      }),
    },
    'fault',
    /no VPC endpoint for dynamodb$/,
  ],
  [
    'to endpoints for what it cannot do without',
    {
      aws: ec2(routes(), {
        'ec2:DescribeVpcEndpoints': {
          vpcEndpointSet: functionServices.filter((one) => one !== 'events').map((one) => endpoint(one)),
        },
      }),
    },
    'warning',
    /no VPC endpoint for events: notices are lost/,
  ],
  [
    'by IPv6, and to S3 by a gateway endpoint',
    {
      ...dual,
      aws: ec2(routes(ipv6), {
        'ec2:DescribeVpcEndpoints': { vpcEndpointSet: [gateway] },
      }),
    },
    'ok',
    /reach AWS/,
  ],
  ['by IPv6, and to S3 by NAT', { ...dual, aws: ec2(routes(ipv6, nat)) }, 'ok', /reach AWS/],
  [
    'by IPv6 alone, which the answers to CloudFormation cannot take',
    { ...dual, aws: ec2(routes(ipv6)) },
    'fault',
    /no way to S3 over IPv4: node-teardown could not answer CloudFormation/,
    /create-vpc-endpoint/,
  ],
  ['by IPv6 without a route', { ...dual, aws: ec2(routes(nat)) }, 'fault', /no route for IPv6/, /::\/0/],
  [
    'by IPv6 without addresses',
    {
      ...dual,
      aws: ec2(routes(ipv6), {
        'ec2:DescribeSubnets': subnets(SUBNETS.map((one) => ({ ...one, ipv6CidrBlockAssociationSet: [] }))),
      }),
    },
    'fault',
    /subnet-0f000001 of functionSubnets has no IPv6 block/,
  ],
  [
    'with a group that is not there',
    { deployment: { cluster: { functionSecurityGroups: ['sg-0b0000ff'] } } },
    'fault',
    /sg-0b0000ff of functionSecurityGroups is not there/,
  ],
  [
    'in a subnet that is not there',
    { deployment: { cluster: { functionSubnets: ['subnet-0b0000ff'] } } },
    'fault',
    /subnet-0b0000ff of functionSubnets is not there/,
  ],
  [
    'through something else',
    { aws: ec2(routes({ destinationCidrBlock: '0.0.0.0/0', networkInterfaceId: 'eni-1', state: 'active' })) },
    'unknown',
    /leaves through eni-1/,
  ],
]);

const trust = (policy: object) => ({
  Role: {
    Arn: `arn:aws:iam::${ACCOUNT}:role/app/web`,
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)),
  },
});

check('roles', [
  ['trust ECS', {}, 'ok', /all 1 trust ecs-tasks\.amazonaws\.com/],
  ['are named nowhere', ids({ defaultTaskRole: undefined }), 'skipped', /no roles/],
  [
    'are not there',
    { aws: { 'iam:GetRole': new Refusal('NoSuchEntity', 404) } },
    'fault',
    /role\/app\/web is not there/,
  ],
  [
    'have another path',
    {
      aws: {
        'iam:GetRole': { Role: { Arn: `arn:aws:iam::${ACCOUNT}:role/web`, AssumeRolePolicyDocument: '' } },
      },
    },
    'fault',
    /is not there/,
  ],
  [
    'trust the OIDC provider of the cluster only',
    {
      aws: {
        'iam:GetRole': trust({
          Statement: {
            Effect: 'Allow',
            Principal: { Federated: 'oidc' },
            Action: 'sts:AssumeRoleWithWebIdentity',
          },
        }),
      },
    },
    'fault',
    /does not trust ecs-tasks/,
    /"Service":"ecs-tasks\.amazonaws\.com"/,
  ],
  [
    'trust several services in one statement',
    {
      aws: {
        'iam:GetRole': trust({
          Statement: {
            Effect: 'Allow',
            Principal: { Service: ['lambda.amazonaws.com', 'ecs-tasks.amazonaws.com'] },
            Action: ['sts:AssumeRole', 'sts:TagSession'],
          },
        }),
      },
    },
    'ok',
    /trust/,
  ],
  [
    'deny what they seem to trust',
    {
      aws: {
        'iam:GetRole': trust({
          Statement: [
            { Effect: 'Deny', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        }),
      },
    },
    'fault',
    /does not trust/,
  ],
]);

const NOT_THERE = new Refusal('ResourceNotFoundException');
check('event-bus', [
  ['is there', {}, 'ok', /orders is there/],
  ['is the default one', { deployment: { cluster: { eventBusName: undefined } } }, 'skipped', /default bus/],
  [
    'is not there',
    { aws: { 'events:DescribeEventBus': NOT_THERE } },
    'fault',
    /no event bus orders/,
    /create-event-bus --name orders/,
  ],
]);
check('alarm-topic', [
  ['is there', {}, 'ok', /on-call is there/],
  [
    'is not there',
    { aws: { 'sns:GetTopicAttributes': new Refusal('NotFound', 404) } },
    'fault',
    /no topic arn:aws:sns/,
  ],
  ['is not named', { deployment: { cluster: { alarmTopicArn: undefined } } }, 'skipped', /tell nobody/],
]);
check('permissions-boundary', [
  ['is there', {}, 'ok', /policy\/boundary is there/],
  [
    'is not there',
    { aws: { 'iam:GetPolicy': new Refusal('NoSuchEntity', 404) } },
    'fault',
    /no role can be made/,
  ],
  ['is not named', { deployment: { cluster: { permissionsBoundaryArn: undefined } } }, 'skipped', /none/],
]);
check('encryption-key', [
  ['is enabled', {}, 'ok', /is enabled/],
  [
    'is disabled',
    { aws: { 'kms:DescribeKey': { KeyMetadata: { Arn: 'a', KeyState: 'Disabled' } } } },
    'fault',
    /is Disabled/,
    /enable-key/,
  ],
  ['is not there', { aws: { 'kms:DescribeKey': new Refusal('NotFoundException') } }, 'fault', /is not there/],
  ['is not named', { deployment: { cluster: { encryptionKeyArn: undefined } } }, 'skipped', /keys of AWS/],
]);
check('ecs-cluster', [
  ['has its providers', {}, 'ok', /mine has FARGATE/],
  [
    'is not there',
    { aws: { 'ecs:DescribeClusters': { clusters: [], failures: [{ reason: 'MISSING' }] } } },
    'fault',
    /mine is not there/,
  ],
  [
    'lacks a provider',
    {
      aws: {
        'ecs:DescribeClusters': { clusters: [{ status: 'ACTIVE', capacityProviders: ['FARGATE', 'own'] }] },
      },
    },
    'fault',
    /lacks the capacity providers FARGATE_SPOT/,
    /--capacity-providers FARGATE own FARGATE_SPOT/,
  ],
  ['is made', { deployment: { cluster: { ecsClusterName: undefined } } }, 'skipped', /one is made/],
]);

describe('a check that AWS does not allow', () => {
  // Asked only where something else was answered before.
  const LATER = new Set(['servicequotas:GetAWSDefaultServiceQuota', 'kms:Decrypt']);
  const rows = Object.entries(CHECKS).flatMap(([name, { rights }]) =>
    (rights as readonly string[]).filter((right) => !LATER.has(right)).map((right) => [name, right] as const),
  );
  const EKS = 'eks-cluster';
  const OF_GATEWAY = new Set(['gateway', 'gateway-addresses', 'container-insights']);

  it.each(rows.filter(([name]) => name !== EKS))(
    '%s is unknown without %s, never ok',
    async (name, right) => {
      const code = right.startsWith('ec2:') ? 'UnauthorizedOperation' : 'AccessDeniedException';
      const base = OF_GATEWAY.has(name) ? WITH_GATEWAY : { aws: {}, deployment: { cluster: {} } };
      const secretKeyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;
      const findings = await practice.findings(name, {
        ...base,
        aws: { ...base.aws, [right]: new Refusal(code, 403) },
        deployment: { cluster: { ...base.deployment.cluster, secretKeyArn } },
      });
      expect(findings.map(({ status }) => status)).not.toContain('ok');
      const unknown = findings.find(({ status }) => status === 'unknown');
      expect(unknown?.message, JSON.stringify(findings)).toContain(`may not ${right} (${code})`);
    },
  );

  it('makes the whole examination end with 1, unless unknown is allowed', async () => {
    const trouble = { aws: { 'iam:GetPolicy': new Refusal('AccessDenied', 403) } };
    expect((await practice.report(trouble)).code).toBe(1);
    expect((await practice.report({ ...trouble, argv: ['--allow-unknown'] })).code).toBe(0);
  });
});

describe('an answer without the number that was asked for', () => {
  it.each([
    ['fargate-quota', 'servicequotas:GetServiceQuota', { Quota: {} }],
    ['cdk-bootstrap', 'ssm:GetParameter', { Parameter: { Value: 'latest' } }],
    ['dead-letters', 'sqs:GetQueueAttributes', { Attributes: {} }],
    ['last-pass', 'dynamodb:GetItem', { Item: { lastPassAt: { N: 'soon' } } }],
    ['pod-subnets', 'ec2:DescribeSubnets', subnets([{ ...SUBNETS[0], availableIpAddressCount: '' }])],
  ])('makes %s unknown: %s', async (name, action, answer) => {
    const [finding] = await practice.findings(name, { aws: { [action]: answer } });
    expect(finding).toMatchObject({
      status: 'unknown',
      message: `${action} was answered without the number that was asked for`,
    });
  });
});

describe('what hangs on something that is not there', () => {
  it('is not told to be well', async () => {
    const { clusters } = await practice.report({ aws: { 'ec2:DescribeSubnets': subnets([]) } });
    const statuses = (name: string) =>
      clusters[0]?.findings.filter(({ check: one }) => one === name).map(({ status }) => status);
    expect(statuses('pod-subnets')).toEqual(['fault']);
    expect(statuses('pod-routes')).toEqual(['unknown']);
    expect(statuses('security-groups')).toEqual(['unknown']);
    expect(statuses('function-network')).toEqual(['fault']);
  });
});

describe('what is asked of another account', () => {
  it('is not taken for an answer', async () => {
    const { clusters, summary } = await practice.report(otherAccount);
    expect(summary['ok']).toBeLessThanOrEqual(2);
    const routesOf = clusters[0]?.findings.find(({ check: name }) => name === 'pod-routes');
    expect(routesOf).toMatchObject({
      status: 'unknown',
      message: 'the credentials are of account 111122223333, not of 999999999999',
    });
  });
});
