import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleValues, parseDeployment, readDeployment } from '../../infra/read-deployment.ts';
import {
  CLUSTER,
  clusterOf,
  deploymentOf,
  EKS,
  faultsOf,
  faultsWith,
  fileOf,
  KEY,
  NODE,
  textOf,
  VPC,
  type Changes,
} from './deployment-text.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** Ten aliases of ten aliases of .. */
function bombOf(depth: number): string {
  const rows = Array.from({ length: depth }, (_, at) => {
    const item = at === 0 ? '1' : `*canary${at - 1}`;
    return `row${at}: &canary${at} [${Array.from({ length: 10 }, () => item).join(', ')}]`;
  });
  return `${rows.join('\n')}\n`;
}

describe('a deployment file', () => {
  it('may say once what its clusters have in common', () => {
    const yaml = `
clusters:
  - &base
    clusterName: one
    identityMode: kubeconfig
    secret: &secret test/one
    profile: dev
    nodes: &nodes [{ name: node-a, subnets: [subnet-00000000000000001] }]
  - <<: *base
    clusterName: two
    secret: test/two
    nodes: [{ name: node-b, subnets: [subnet-00000000000000001] }]
`;
    expect(parseDeployment(yaml, 'file').clusters).toMatchObject([
      { clusterName: 'one', profile: 'dev', secret: 'test/one', nodes: [{ name: 'node-a' }] },
      { clusterName: 'two', profile: 'dev', secret: 'test/two', nodes: [{ name: 'node-b' }] },
    ]);
  });

  it('gets every default filled in', () => {
    expect(clusterOf({ nodes: [{ name: 'node-a', subnets: NODE.subnets }] })).toEqual({
      ...CLUSTER,
      accessEntries: false,
      impersonateNodes: false,
      admissionPolicy: true,
      flowSchema: true,
      acceptNewCluster: false,
      mode: 'watch',
      podSyncMemory: 256,
      notReadyWhenStalled: false,
      ecsShare: 1,
      namespaceCeilings: {},
      functionDualStack: false,
      functionLogRetentionDays: 30,
      eventBusName: 'default',
      rolePath: '/',
      alarms: true,
      dashboard: true,
      tags: {},
      nodes: [
        {
          name: 'node-a',
          subnets: NODE.subnets,
          architectures: ['amd64'],
          capacityTypes: ['on-demand'],
          cpu: '1000',
          memory: '8000Gi',
          pods: '1000',
          ephemeralStorage: '20Ti',
          labels: {},
          taints: [],
          securityGroups: [],
          assignPublicIp: false,
          podsReady: true,
        },
      ],
    });
  });

  it('may use everything there is', () => {
    const everything = {
      profile: 'production',
      mode: 'economy',
      ...EKS,
      ...VPC,
      accessEntries: true,
      impersonateNodes: true,
      podConfigNamespaces: ['shop', 'web'],
      admissionPolicy: false,
      flowSchema: false,
      acceptNewCluster: true,
      podSyncMemory: 512,
      notReadyWhenStalled: true,
      functionDualStack: true,
      networkProbes: false,
      ecsClusterName: 'platform',
      eventBusName: 'pods',
      ecsShare: 0.5,
      fargateLaunchRate: 50,
      namespaceCeilings: { '*': { vcpu: 1 }, shop: { usdPerHour: 2 } },
      functionLogRetentionDays: 7,
      encryptionKeyArn: KEY,
      permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/boundary',
      rolePath: '/platform/',
      alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:on-call',
      dashboard: false,
      tags: { team: 'platform', 'cost-center': '4711' },
    };
    const node = {
      ...NODE,
      name: 'node-{zone}-{architecture}-{capacityType}',
      architectures: ['arm64', 'amd64'],
      capacityTypes: ['on-demand', 'spot', 'mixed'],
      spotPercent: 50,
      ceiling: { vcpu: 64, usdPerHour: 4 },
      labels: { 'example.com/team': 'a', empty: '' },
      taints: [{ key: 'spot', value: 'yes', effect: 'NoSchedule' }],
      securityGroups: ['sg-00000000000000001'],
      assignPublicIp: true,
      subnets: undefined,
      zones: { 'eu-west-1a': ['subnet-00000000000000001'] },
      podsReady: false,
    };
    const place = { region: 'eu-west-1', account: '123456789012' };
    const { clusters, ...top } = deploymentOf([{ ...everything, nodes: [node] }], place);
    expect(top).toEqual(place);
    expect(clusters).toMatchObject([
      { ...JSON.parse(JSON.stringify(everything)), nodes: [{ zones: node.zones, spotPercent: 50 }] },
    ]);
  });

  it('may take the compute type of EKS back, and give one key two effects', () => {
    const labels = { 'eks.amazonaws.com/compute-type': 'lambdalet' };
    const taints = [
      { key: 'a', effect: 'NoSchedule' },
      { key: 'a', effect: 'NoExecute' },
    ];
    expect(clusterOf({ nodes: [{ ...NODE, labels, taints }] }).nodes).toMatchObject([{ labels, taints }]);
  });

  it('takes a number for a quantity, as YAML reads one', () => {
    const [node] = clusterOf({ nodes: [{ ...NODE, cpu: 0.5, pods: 110, memory: '64Gi' }] }).nodes;
    expect(node).toMatchObject({ cpu: '0.5', pods: '110', memory: '64Gi' });
  });

  const examples = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));

  it.each(examples)('is shipped with functions that act as their nodes: %s', (file) => {
    for (const { impersonateNodes } of readDeployment(join(EXAMPLES, file)).clusters)
      expect(impersonateNodes).toBe(true);
  });

  it.each(examples)('is valid as shipped, and says what is still the example: %s', (file) => {
    const places = exampleValues(readDeployment(join(EXAMPLES, file)));
    expect(places).toContainEqual(
      expect.stringMatching(/^clusters\[0\]\.nodes\[0\]\.\S+ is the example's subnet-\w+: put your own$/),
    );
  });

  it('with values of its own is not called an example', () => {
    expect(exampleValues(deploymentOf([VPC, { ...EKS, clusterName: 'other' }]))).toEqual([]);
  });
});

describe('the faults of a deployment file', () => {
  it('come all at once, also those between fields', () => {
    const nodes = [NODE, { ...NODE, subnets: [] }];
    const broken = { clusterName: 'Not A Name', mode: 'fast', podLogRetentionDays: 8, nodes, colour: 'red' };
    const faults = faultsOf(fileOf([broken, { clusterName: 'b', nodes: [] }], { region: 'Europe' }));
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'region',
      'clusters[0].clusterName',
      'clusters[0].mode',
      'clusters[0].podLogRetentionDays',
      'clusters[0].nodes[1].subnets',
      'clusters[0]',
      'clusters[1].nodes',
      'clusters[0].nodes[1].name',
    ]);
  });

  it('say path, value seen, values allowed and a way out', () => {
    expect(faultsOf(textOf({ mode: 'fast' }))).toEqual([
      'clusters[0].mode is "fast": allowed is watch | economy; watch reacts at once; economy costs pennies and reacts within about 12 s',
    ]);
    expect(faultsOf(textOf({ nodes: [{ ...NODE, subnets: ['subnet-x'] }] }))).toEqual([
      'clusters[0].nodes[0].subnets[0] is "subnet-x": allowed is a subnet id such as subnet-0123456789abcdef0; find yours with `aws ec2 describe-subnets`',
    ]);
  });

  it.each([
    ['a missing key', { clusterName: undefined }, /^clusterName is missing: allowed is lower-case letters/],
    ['an empty key', { tags: null }, /^tags is empty: allowed is a mapping of at most 49 tag keys/],
    [
      'an unknown key',
      { clutserName: 'a' },
      /^ has the unknown clutserName: allowed are region, account, clusterName/,
    ],
    ['a list for a mapping', { tags: ['a'] }, /^tags is a list of 1: allowed is a mapping of at most 49 tag/],
    [
      'an account without quotes',
      { account: 123456789012 },
      /^account is 123456789012: allowed is twelve digits in quotes/,
    ],
    [
      'an unknown identity',
      { identityMode: 'oidc' },
      /^identityMode is "oidc": allowed is eks \| kubeconfig \| token; choose how/,
    ],
    [
      'a bad label key',
      { nodes: [{ ...NODE, labels: { 'a b': 'c' } }] },
      /^nodes\[0\]\.labels\.a b is "a b": allowed is a Kubernetes label key/,
    ],
    [
      'a bad quantity',
      { nodes: [{ ...NODE, memory: '3GiB' }] },
      /^nodes\[0\]\.memory is "3GiB": allowed is a Kubernetes quantity of bytes above 0 with its unit/,
    ],
    [
      'a quantity below nothing',
      { nodes: [{ ...NODE, cpu: -1 }] },
      /^nodes\[0\]\.cpu is -1: allowed is a Kubernetes quantity/,
    ],
    [
      'a node without CPU',
      { nodes: [{ ...NODE, cpu: 0 }] },
      /^nodes\[0\]\.cpu is 0: allowed is a Kubernetes quantity of CPU above 0 such as 40, 0\.5 or 500m; leave/,
    ],
    [
      'thousandths of a byte',
      { nodes: [{ ...NODE, memory: '500m' }] },
      /^nodes\[0\]\.memory is "500m": allowed is a Kubernetes quantity of bytes above 0 with its unit, such as 160Gi; leave/,
    ],
    [
      'half a pod',
      { nodes: [{ ...NODE, pods: 1.5 }] },
      /^nodes\[0\]\.pods is 1\.5: allowed is a whole number of pods from 1, such as 110; leave/,
    ],
    [
      'thousandths of a pod',
      { nodes: [{ ...NODE, pods: '100m' }] },
      /^nodes\[0\]\.pods is "100m": allowed is a whole number of pods/,
    ],
    [
      'a label that says what the node is not',
      { nodes: [{ ...NODE, labels: { 'kubernetes.io/os': 'windows' } }] },
      /^nodes\[0\]\.labels has kubernetes\.io\/os: "windows": allowed are labels besides type, .*; leave it out, or choose/,
    ],
    [
      'the label that keeps DaemonSets off',
      { nodes: [{ ...NODE, labels: { type: 'x' } }] },
      /^nodes\[0\]\.labels has type: "x": allowed are labels besides/,
    ],
    [
      'a taint twice, whatever its value',
      {
        nodes: [
          {
            ...NODE,
            taints: [
              { key: 'a', value: 'x', effect: 'NoSchedule' },
              { key: 'a', value: 'y', effect: 'NoSchedule' },
            ],
          },
        ],
      },
      /^nodes\[0\]\.taints\[1\] is "a:NoSchedule", as taints\[0\] is: allowed is one taint of a key and effect; leave one/,
    ],
    [
      'the taint that every node has',
      { nodes: [{ ...NODE, taints: [{ key: 'virtual-kubelet.io/provider', effect: 'NoSchedule' }] }] },
      /^nodes\[0\]\.taints\[0\] is "virtual-kubelet\.io\/provider:NoSchedule", which every node has: .*; leave it out$/,
    ],
    [
      'a tag of the product',
      { tags: { 'lambdalet:cluster': 'other' } },
      /^tags\.lambdalet:cluster is "lambdalet:cluster": allowed is a tag key of at most 128 characters that does not begin with aws: or/,
    ],
    [
      'a share of nothing',
      { ecsShare: 0 },
      /^ecsShare is 0: allowed is a number from 0\.01 to 1; divide 1 among/,
    ],
    ['a share in percent', { ecsShare: 50 }, /^ecsShare is 50: allowed is a number from 0\.01 to 1/],
    [
      'a launch rate with its unit',
      { fargateLaunchRate: '20/s' },
      /^fargateLaunchRate is "20\/s": allowed is tasks per second from 1 to 1000; leave it out/,
    ],
    [
      'a fraction of a MB',
      { podSyncMemory: 256.5 },
      /^podSyncMemory is 256.5: allowed is a whole number of MB from 256 to 3008/,
    ],
    [
      'a fraction of a percent, which the functions would refuse',
      { nodes: [{ ...NODE, capacityTypes: ['mixed'], spotPercent: 70.5 }] },
      /^nodes\[0\]\.spotPercent is 70\.5: allowed is a whole percentage from 1 to 99/,
    ],
    ['no node', { nodes: [] }, /^nodes is a list of 0: allowed is 1 to 100 entries/],
    [
      'no zone',
      { nodes: [{ ...NODE, subnets: undefined, zones: {} }] },
      /^nodes\[0\]\.zones is a mapping: .*name one zone at least$/,
    ],
    [
      'a ceiling of nothing',
      { namespaceCeilings: { shop: {} } },
      /^namespaceCeilings\.shop is a mapping: allowed is a mapping of vcpu or usdPerHour; give one/,
    ],
    [
      'a path without slashes',
      { rolePath: 'platform' },
      /^rolePath is "platform": allowed is a path that begins and ends with a slash/,
    ],
    [
      'the alias of a key',
      { encryptionKeyArn: 'alias/mine' },
      /^encryptionKeyArn is "alias\/mine": allowed is the ARN of a KMS key \(not of an alias\)/,
    ],
    [
      'a tag of AWS',
      { tags: { 'aws:x': 'y' } },
      /^tags\.aws:x is "aws:x": allowed is a tag key of at most 128 characters that does not begin with aws:/,
    ],
    [
      'more tags than AWS takes',
      { tags: Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`t${at}`, 'x'])) },
      /^tags is a mapping: allowed is a mapping of at most 49/,
    ],
    [
      'a topic without alarms',
      { alarms: false, alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:on-call' },
      /^alarmTopicArn is set although alarms is false/,
    ],
    ['a very long value', { clusterName: 'x'.repeat(200) }, /^clusterName is "x{59}\.\.\.: allowed/],
  ])('name %s', (_, changes, expected) => {
    expect(faultsWith(changes)).toEqual([expect.stringMatching(expected)]);
  });

  it('name a file without clusters, and one of none', () => {
    expect(faultsOf('region: eu-west-1\n')).toEqual([
      'clusters is missing: allowed is 1 to 50 clusters; describe at least one',
    ]);
    expect(faultsOf('clusters: []\n')).toEqual([
      'clusters is a list of 0: allowed is 1 to 50 clusters; describe at least one',
    ]);
    expect(faultsOf('')).toEqual([
      'the file is empty: allowed is a mapping of region, account, clusters; begin with one of examples/*.yaml',
    ]);
  });

  it('never show what may be a pasted secret', () => {
    const kubeconfig = 'users: [{token: canary}]';
    const seen = [
      ...faultsWith({ secret: kubeconfig }),
      ...faultsWith({ secret: { token: 'canary' } }),
      ...faultsOf('clusters: "canary" "canary"\n'),
    ];
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.join('\n')).not.toContain('canary');
  });

  it('name the place of broken YAML', () => {
    expect(faultsOf('clusters: [')).toEqual([
      expect.stringMatching(/at line 1, column \d+: correct the YAML there$/),
    ]);
    expect(faultsOf('region: a\nregion: b\n')).toEqual([expect.stringMatching(/unique.*line 2/)]);
  });

  it.each([
    [
      'no anchor',
      'clusters: *canary\n',
      /^The alias at line 1, column 11 has no anchor before it: allowed is/,
    ],
    ['no anchor to merge', 'clusters:\n  - <<: *canary\n', /^The alias at line 2, column 9 has no anchor/],
    [
      'itself',
      'clusters: &canary [*canary]\n',
      /^The alias at line 1, column 20 is a part of what it stands for/,
    ],
    ['itself to merge', 'clusters: &canary\n  <<: *canary\n', /^The alias at line 2, column 7 is a part of/],
    ['no mapping to merge', 'clusters:\n  - <<: canary\n', /^A merge key \(<<\) has another value than map/],
    ['a bomb', bombOf(8), /^The YAML cannot be resolved \(.*\): allowed are 1000 repetitions of the values/],
  ])('name an alias of %s', (_what, yaml, message) => {
    const faults = faultsOf(yaml);
    expect(faults).toEqual([expect.stringMatching(message)]);
    expect(faults.join('\n')).not.toContain('canary');
  });

  it('name each alias that has no value', () => {
    expect(faultsOf('region: *a\naccount: *b\n')).toHaveLength(2);
  });

  it('name values that only a CDK app could resolve, each once', () => {
    const token = '${Token[TOKEN.42]}';
    const subnets = [NODE.subnets[0], token];
    expect(faultsWith({ clusterName: token, secret: token, nodes: [{ ...NODE, subnets }] })).toEqual([
      expect.stringMatching(/^clusterName is .*: allowed is/),
      expect.stringMatching(/^secret is a token of the CDK: allowed is the value itself; write it out, or/),
      expect.stringMatching(/^nodes\[0\]\.subnets\[1\] is a token of the CDK/),
    ]);
  });

  it('name a file that cannot be read', () => {
    expect(() => readDeployment('/nowhere/deployment.yaml')).toThrow(
      /cannot be read \(ENOENT.*-c config=FILE/,
    );
  });

  it('are listed in the message, one a line', () => {
    expect(() => parseDeployment(textOf({ mode: 'x', profile: 'y' }), 'my.yaml')).toThrow(
      /^my\.yaml cannot be deployed:\n- clusters\[0\]\.mode is "x".*\n- clusters\[0\]\.profile is "y"[^\n]*$/,
    );
  });
});

describe('the identity of a deployment file', () => {
  it('has the keys of its mode, and none of another', () => {
    expect(faultsWith({ secret: undefined })).toEqual([
      'secret is missing: allowed is a value, because identityMode is kubeconfig; give secret',
    ]);
    expect(faultsWith({ ...EKS, endpoint: undefined, secret: 'a' })).toEqual([
      'secret has a value although identityMode is eks: allowed are eksClusterName, endpoint, certificateAuthority; leave it out',
      'endpoint is missing: allowed is a value, because identityMode is eks; give eksClusterName, endpoint, certificateAuthority',
    ]);
    expect(faultsWith({ identityMode: 'token', eksClusterName: 'a', accessEntries: true })).toEqual([
      expect.stringMatching(/^eksClusterName has a value although identityMode is token/),
      expect.stringMatching(/^accessEntries is true: allowed is true only with identityMode eks/),
    ]);
    expect(faultsWith({ ...EKS, secretKeyArn: KEY })).toEqual([
      expect.stringMatching(/^secretKeyArn has a value although identityMode is eks, which has no secret/),
    ]);
  });

  it('that acts as its nodes gives them no label that NodeRestriction keeps from them', () => {
    const labels = {
      'example.com/a': 'b',
      'node-role.kubernetes.io/virtual': '',
      'node.kubernetes.io/x': '',
    };
    const nodes = [{ ...NODE, labels }];
    expect(faultsWith({ nodes })).toEqual([]);
    expect(faultsWith({ nodes, impersonateNodes: true })).toEqual([
      expect.stringMatching(
        /^nodes\[0\]\.labels has node-role\.kubernetes\.io\/virtual: .*let an administrator set it on the Node, or leave it out$/,
      ),
    ]);
  });
});

describe('the ARNs of a deployment file', () => {
  const place = { region: 'eu-west-1', account: '123456789012' };
  const named = (region: string, account: string, partition = 'aws'): Changes => ({
    secret: `arn:${partition}:secretsmanager:${region}:${account}:secret:mine-AbCdEf`,
    secretKeyArn: `arn:${partition}:kms:${region}:${account}:key/1`,
    encryptionKeyArn: `arn:${partition}:kms:${region}:${account}:key/2`,
    alarmTopicArn: `arn:${partition}:sns:${region}:${account}:on-call`,
    permissionsBoundaryArn: `arn:${partition}:iam::${account}:policy/boundary`,
    nodes: [{ ...NODE, defaultTaskRole: `arn:${partition}:iam::${account}:role/web` }],
  });
  const placesOf = (changes: Changes, top: Changes = place): readonly (string | undefined)[] =>
    faultsOf(fileOf([changes], top)).map(
      (fault) => /^clusters\[0\]\.(\S+ is a \w+ of (partition|Region|account) \S+):/.exec(fault)?.[1],
    );

  it('may be those of the place of the cluster, and of any where it is not known', () => {
    expect(placesOf(named('eu-west-1', '123456789012'))).toEqual([]);
    expect(placesOf(named('cn-north-1', '123456789012', 'aws-cn'), { region: 'cn-north-1' })).toEqual([]);
    expect(placesOf(named('us-east-1', '999999999999'), {})).toEqual([]);
    expect(placesOf({ permissionsBoundaryArn: 'arn:aws:iam::aws:policy/PowerUserAccess' })).toEqual([]);
  });

  it('are of its Region, but for those of IAM', () => {
    expect(placesOf(named('us-east-1', '123456789012'))).toEqual([
      'secret is a secret of Region us-east-1',
      'secretKeyArn is a key of Region us-east-1',
      'encryptionKeyArn is a key of Region us-east-1',
      'alarmTopicArn is a topic of Region us-east-1',
    ]);
  });

  it('are of its account where IAM wants it, and may be shared by another elsewhere', () => {
    expect(placesOf(named('eu-west-1', '999999999999'))).toEqual([
      'permissionsBoundaryArn is a policy of account 999999999999',
      'nodes[0].defaultTaskRole is a role of account 999999999999',
    ]);
  });

  it('are of the partition of its Region', () => {
    expect(placesOf(named('cn-north-1', '123456789012'), { region: 'cn-north-1' })).toEqual([
      'secret is a secret of partition aws',
      'secretKeyArn is a key of partition aws',
      'encryptionKeyArn is a key of partition aws',
      'alarmTopicArn is a topic of partition aws',
      'permissionsBoundaryArn is a policy of partition aws',
      'nodes[0].defaultTaskRole is a role of partition aws',
    ]);
    const role = 'arn:aws-us-gov:iam::123456789012:role/web';
    expect(faultsOf(fileOf([{ nodes: [{ ...NODE, defaultTaskRole: role }] }], place))).toEqual([
      'clusters[0].nodes[0].defaultTaskRole is a role of partition aws-us-gov: allowed is a role of aws, the partition of the cluster; let ' +
        'the program assume the other role, or correct one of them',
    ]);
  });

  it('and the zones without a region are those of one Region', () => {
    const node = { ...NODE, name: 'node-{zone}', subnets: undefined };
    const zones = (...names: readonly string[]): object =>
      Object.fromEntries(names.map((zone) => [zone, NODE.subnets]));
    expect(faultsWith({ nodes: [{ ...node, zones: zones('eu-west-1a', 'eu-west-1b') }] })).toEqual([]);
    expect(faultsWith({ nodes: [{ ...node, zones: zones('eu-west-1a', 'us-east-1a') }] })).toEqual([
      'nodes[0].zones has "us-east-1a", and nodes[0].zones has "eu-west-1a": allowed are zones of one Region, that of the cluster; correct ' +
        'one of them, or make a cluster in each Region',
    ]);
  });
});

describe('functions in a VPC', () => {
  it('have security groups, and what is only for them comes with subnets', () => {
    expect(faultsWith(VPC)).toEqual([]);
    expect(faultsWith({ functionSubnets: VPC.functionSubnets })).toEqual([
      expect.stringMatching(/^functionSecurityGroups is missing: allowed are 1 to 5 security group ids/),
    ]);
    const { functionSecurityGroups } = VPC;
    expect(faultsWith({ functionSecurityGroups, functionDualStack: true, networkProbes: true })).toEqual([
      expect.stringMatching(/^functionSecurityGroups has a value: allowed only with functionSubnets/),
      expect.stringMatching(/^functionDualStack is true: allowed only with functionSubnets/),
      expect.stringMatching(/^networkProbes is true: allowed only with functionSubnets/),
    ]);
  });
});

describe('several clusters', () => {
  const region = 'eu-west-1';
  const faults = (second: Changes, top: Changes = { region }): readonly string[] =>
    faultsOf(fileOf([{}, second], top));
  const named = { nodes: [{ ...NODE, name: 'node-b' }] };

  it('may have one name in two Regions or accounts, and in no place twice', () => {
    expect(faults({ region: 'eu-central-1' })).toEqual([]);
    expect(faults({ account: '999999999999' })).toEqual([]);
    const twice = [
      'clusters[1].clusterName is "test", as clusters[0].clusterName is: allowed is a name of its own in its account and Region; rename one of them',
    ];
    expect(faults(named)).toEqual(twice);
    expect(faults({ ...named, region }), 'said twice').toEqual(twice);
    expect(faults(named, {})).toEqual(twice);
  });

  it('of different Kubernetes clusters may have nodes of one name', () => {
    expect(faults({ clusterName: 'other', secret: 'other/kubeconfig' })).toEqual([]);
    expect(faults({ clusterName: 'other', region: 'eu-central-1' }), 'another secret of that name').toEqual(
      [],
    );
    expect(faults({ clusterName: 'other', ...EKS })).toEqual([]);
  });

  it('of one Kubernetes cluster have nodes of their own', () => {
    const fault = (same: string): readonly unknown[] => [
      `clusters[1].nodes[0].name gives "node-a", as clusters[0].nodes[0].name does, and both clusters have ${same}, which is one ` +
        `Kubernetes cluster: allowed is a node in one of its entries; rename one of them, or correct ${same}`,
    ];
    const other = { clusterName: 'other' };
    expect(faults(other)).toEqual(fault('the same secret'));
    const secret = `arn:aws:secretsmanager:${region}:123456789012:secret:test/kubeconfig-AbCdEf`;
    expect(faults({ ...other, secret }), 'by its ARN').toEqual(fault('the same secret'));
    expect(faults({ ...other, nodes: [{ ...NODE, name: 'node-b' }] })).toEqual([]);
    const eks = (changes: Changes): readonly string[] =>
      faultsOf(fileOf([EKS, { ...EKS, ...other, ...changes }], { region }));
    expect(eks({})).toEqual(fault('the same endpoint'));
    expect(eks({ region: 'eu-central-1' })).toEqual(fault('the same endpoint'));
    expect(eks({ endpoint: 'https://other.example.com' })).toEqual(fault('the same eksClusterName'));
    expect(eks({ eksClusterName: 'other', endpoint: 'https://other.example.com' })).toEqual([]);
    const nodes = [{ ...NODE, name: 'node-{architecture}', architectures: ['amd64', 'arm64'] }];
    expect(faults({ ...other, nodes: [...nodes, NODE] }), 'among several').toEqual([
      expect.stringMatching(/^clusters\[1\]\.nodes\[1\]\.name gives "node-a", as clusters\[0\]\.nodes\[0\]/),
    ]);
  });
});
