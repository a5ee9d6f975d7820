import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPractice, type Practice, type Trouble } from './doctor-here.ts';
import { Refusal } from './script-aws.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

const CA = Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n').toString('base64');
const ENDPOINT = 'https://ABCDEF0123456789.gr7.eu-west-1.eks.amazonaws.com';
const CLUSTER = {
  name: 'prod',
  status: 'ACTIVE',
  endpoint: ENDPOINT,
  certificateAuthority: { data: CA },
  accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  resourcesVpcConfig: {
    endpointPublicAccess: true,
    endpointPrivateAccess: true,
    publicAccessCidrs: ['0.0.0.0/0'],
  },
};
const IDENTITY = {
  ...{ identityMode: 'eks', secret: undefined, eksClusterName: 'prod', endpoint: ENDPOINT },
  ...{ certificateAuthority: CA, accessEntries: true },
};
const OUTSIDE = { functionSubnets: undefined, functionSecurityGroups: undefined };

const eks = (change: object, cluster: object = {}): Trouble => ({
  aws: { 'eks:GET /clusters/prod': { cluster: { ...CLUSTER, ...change } } },
  deployment: { cluster: { ...IDENTITY, ...cluster } },
});
const vpc = (change: object): object => ({
  resourcesVpcConfig: { ...CLUSTER.resourcesVpcConfig, ...change },
});

describe('the EKS cluster', () => {
  it.each<[string, Trouble, string, RegExp, RegExp?]>([
    ['is as the file says', eks({}), 'ok', /endpoint, CA and authentication mode/],
    [
      'is not there',
      { ...eks({}), aws: { 'eks:GET /clusters/prod': new Refusal('ResourceNotFoundException', 404) } },
      'fault',
      /no EKS cluster prod/,
      /list-clusters/,
    ],
    [
      'may not be looked at',
      { ...eks({}), aws: { 'eks:GET /clusters/prod': new Refusal('AccessDeniedException', 403) } },
      'unknown',
      /may not eks:DescribeCluster \(AccessDeniedException\)/,
    ],
    [
      'has another endpoint',
      eks({ endpoint: 'https://OTHER.eks.amazonaws.com' }),
      'fault',
      /that of the cluster is https:\/\/OTHER/,
      /describe-cluster/,
    ],
    [
      'has another CA',
      eks({ certificateAuthority: { data: 'b3RoZXI=' } }),
      'fault',
      /not the CA of the cluster/,
    ],
    ['is being made', eks({ status: 'CREATING' }), 'fault', /is CREATING: allowed is ACTIVE/],
    [
      'knows no access entries',
      eks({ accessConfig: { authenticationMode: 'CONFIG_MAP' } }),
      'fault',
      /authentication mode of the cluster is CONFIG_MAP/,
      /authenticationMode=API_AND_CONFIG_MAP/,
    ],
    [
      'knows no access entries, and needs none',
      eks({ accessConfig: { authenticationMode: 'CONFIG_MAP' } }, { accessEntries: false }),
      'ok',
      /CA/,
    ],
    [
      'has a private endpoint only, for functions in its VPC',
      eks(vpc({ endpointPublicAccess: false })),
      'ok',
      /CA/,
    ],
    [
      'has a private endpoint only, for functions outside',
      eks(vpc({ endpointPublicAccess: false }), OUTSIDE),
      'fault',
      /no public endpoint/,
      /functionSubnets/,
    ],
    [
      'admits some addresses only',
      eks(vpc({ publicAccessCidrs: ['198.51.100.0/24'] }), OUTSIDE),
      'fault',
      /admits 198\.51\.100\.0\/24 only/,
    ],
    [
      'has no endpoint at all',
      eks(vpc({ endpointPublicAccess: false, endpointPrivateAccess: false })),
      'fault',
      /neither a public nor a private/,
    ],
  ])('%s', async (_what, trouble, status, message, fix) => {
    const findings = await practice.findings('eks-cluster', trouble);
    const found = findings.find((one) => one.status === status && message.test(one.message));
    expect(found, JSON.stringify(findings, null, 2)).toBeDefined();
    if (fix !== undefined) expect(found?.fix).toMatch(fix);
  });

  it('is entered with the AWS identity of whoever asks, whose rights are not those of the functions', async () => {
    const { url } = practice.api;
    const authority = /certificate-authority-data: (?:>-\s+)?(\S+)/.exec(practice.kubeconfig)?.[1] ?? '';
    const trouble: Trouble = {
      ...eks({}, { endpoint: url, certificateAuthority: authority }),
      cluster: { '/selfsubjectreviews': { status: { userInfo: { username: 'ada' } } } },
    };
    const before = practice.api.seen.length;
    expect(await practice.findings('cluster-access', trouble)).toMatchObject([
      { status: 'ok', message: 'reached over TLS as ada, with your AWS identity' },
    ]);
    const seen = practice.api.seen.slice(before);
    const [token = ''] = seen.map(({ headers }) => headers.authorization ?? '');
    expect(token).toMatch(/^Bearer k8s-aws-v1\./);
    const url64 = Buffer.from(token.replace('Bearer k8s-aws-v1.', ''), 'base64url').toString('utf8');
    expect(url64).toMatch(/^https:\/\/sts\.eu-west-1\.amazonaws\.com\/\?Action=GetCallerIdentity/);
    const asked = seen.filter(({ path }) => path.endsWith('/subjectaccessreviews'));
    expect(asked.length).toBeGreaterThan(10);
    for (const { body } of asked)
      expect(body).toMatchObject({ spec: { groups: ['lambdalet-shop', 'system:authenticated'] } });
  });
});
