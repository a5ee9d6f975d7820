import { describe, expect, it } from 'vitest';
import { clusterOf, faultsOf, faultsWith, fileOf, NODE, POD_SETTINGS, VPC } from './deployment-text.ts';

const ROLE = POD_SETTINGS.defaultTaskRole;
const faultsOfNode = (changes: object): readonly string[] => faultsWith({ nodes: [{ ...NODE, ...changes }] });
const faultsOfRule = (changes: object): readonly string[] =>
  faultsOfNode({ allow: [{ namespace: 'shop', serviceAccount: 'web', ...changes }] });

describe('what a node says of its pods', () => {
  it('is taken as it is written', () => {
    const [node] = clusterOf({ nodes: [{ ...NODE, ...POD_SETTINGS }] }).nodes;
    expect(node).toMatchObject(POD_SETTINGS);
  });

  it('is left out where the file leaves it out, so that its defaults stand in one place', () => {
    const [node] = clusterOf().nodes;
    for (const name of Object.keys(POD_SETTINGS)) expect(node).not.toHaveProperty(name);
  });
});

describe('the faults of what a node says of its pods', () => {
  it.each([
    ['a platform', { platformVersion: 1.4 }, 'platformVersion is 1.4: allowed is LATEST or a version'],
    [
      'an image without a registry',
      { helperImage: 'busybox' },
      'helperImage is "busybox": allowed is a complete image',
    ],
    [
      'an endpoint with https',
      { apiEndpoint: 'https://a:6443' },
      'apiEndpoint is "https://a:6443": allowed is host or host:port',
    ],
    [
      'roles without a namespace',
      { taskRoles: { web: ROLE } },
      'taskRoles.web is "web": allowed is <namespace>/<service account>',
    ],
    ['roles as a list', { taskRoles: [ROLE] }, 'taskRoles is a list of 1: allowed is a mapping'],
    [
      'a role by its name',
      { taskRoles: { 'shop/web': 'web' } },
      'taskRoles.shop/web is "web": allowed is the ARN of an IAM role',
    ],
    [
      'every role',
      { defaultTaskRole: 'arn:aws:iam::123456789012:role/*' },
      'defaultTaskRole is "arn:aws:iam::123456789012:role/*": allowed is the ARN of an IAM role such as arn:aws:iam::123456789012:role/web, without a wildcard',
    ],
    [
      'a user',
      { defaultTaskRole: 'arn:aws:iam::123456789012:user/a' },
      'defaultTaskRole is "arn:aws:iam::123456789012:user/a": allowed',
    ],
    ['no rule', { allow: [] }, 'allow is a list of 0: allowed is 1 to 50 rules'],
    [
      'an unknown policy',
      { networkPolicies: 'enforce' },
      'networkPolicies is "enforce": allowed is warn | refuse',
    ],
    ['a word for a flag', { serviceLinks: 'yes' }, 'serviceLinks is "yes": allowed is true | false'],
    ['a label', { costLabels: ['a b'] }, 'costLabels[0] is "a b": allowed is a Kubernetes label key'],
    [
      'a domain with a dot at its end',
      { clusterDomain: 'cluster.local.' },
      'clusterDomain is "cluster.local.": allowed is a DNS domain',
    ],
    ['a misspelt setting', { costLabel: ['a'] }, 'has the unknown costLabel: allowed are name,'],
  ])('name %s', (_, changes, expected) => {
    expect(faultsOfNode(changes)).toEqual([expect.stringMatching(/^nodes\[0\]/)]);
    expect(faultsOfNode(changes)[0]).toContain(expected);
  });

  it.each([
    [
      'a rule for nobody',
      { namespace: undefined },
      'namespace is missing: allowed is the name of a namespace, or "*"',
    ],
    [
      'a pattern of accounts',
      { serviceAccount: 'web-*' },
      'serviceAccount is "web-*": allowed is the name of a service account',
    ],
    ['an empty list', { taskRoles: [] }, 'taskRoles is a list of 0: allowed is 1 to 50 roles'],
    ['a bad role', { executionRoles: ['x'] }, 'executionRoles[0] is "x": allowed is the ARN'],
    [
      'a capacity type',
      { capacityTypes: ['SPOT'] },
      'capacityTypes[0] is "SPOT": allowed is on-demand | spot',
    ],
    ['a misspelt right', { subnet: [] }, 'has the unknown subnet: allowed are namespace, serviceAccount'],
  ])('name %s in a rule', (_, changes, expected) => {
    expect(faultsOfRule(changes)).toEqual([expect.stringMatching(/^nodes\[0\]\.allow\[0\]/)]);
    expect(faultsOfRule(changes)[0]).toContain(expected);
  });

  it('name every role of another account, with its place', () => {
    const other = 'arn:aws:iam::999999999999:role/web';
    const node = {
      ...NODE,
      defaultTaskRole: other,
      taskRoles: { 'shop/web': other, 'shop/db': ROLE },
      allow: [{ namespace: '*', serviceAccount: '*', taskRoles: [ROLE, other], executionRoles: [other] }],
    };
    const nodes = [NODE, { ...node, name: 'node-b' }];
    const faults = faultsOf(fileOf([{ nodes }], { account: '123456789012' }));
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'clusters[0].nodes[1].defaultTaskRole',
      'clusters[0].nodes[1].taskRoles.shop/web',
      'clusters[0].nodes[1].allow[0].taskRoles[1]',
      'clusters[0].nodes[1].allow[0].executionRoles[0]',
    ]);
    expect(faults[0]).toBe(
      'clusters[0].nodes[1].defaultTaskRole is a role of account 999999999999: allowed is a role of 123456789012, the account of the ' +
        'cluster; let the program assume the other role, or correct one of them',
    );
    expect(faultsOf(fileOf([{ nodes, account: '999999999999' }], { account: '123456789012' }))).toEqual([
      expect.stringMatching(
        /^clusters\[0\]\.nodes\[1\]\.taskRoles\.shop\/db is a role of account 123456789012/,
      ),
      expect.stringMatching(
        /^clusters\[0\]\.nodes\[1\]\.allow\[0\]\.taskRoles\[0\] is a role of account 123456789012/,
      ),
    ]);
    expect(faultsWith({ nodes: [node] })).toEqual([]);
  });

  it('name more roles than the policies of a function have room for', () => {
    const rolesOf = (count: number): object =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`shop/a${at}`, `arn:aws:iam::123456789012:role/web-${at}`]),
      );
    const faults = (count: number): readonly string[] =>
      faultsWith({
        nodes: [
          { ...NODE, taskRoles: rolesOf(count) },
          { ...NODE, name: 'b', taskRoles: rolesOf(9) },
        ],
      });
    expect(faults(320)).toEqual([]);
    expect(faults(321)).toEqual([
      'nodes name 321 roles of pods, which count 32100 characters (100 for each at least): allowed are 32000, which is what the policies of a ' +
        'function have room for; let pods share roles, or spread the nodes over several clusters of this kind',
    ]);
  });
});

describe('probes from the functions', () => {
  it('may be asked for only in a VPC, and left out there', () => {
    expect(faultsWith({ networkProbes: true })).toEqual([
      expect.stringMatching(
        /^networkProbes is true: allowed only with functionSubnets; add functionSubnets, or leave it out/,
      ),
    ]);
    expect(faultsWith({ networkProbes: false })).toEqual([]);
    expect(faultsWith({ networkProbes: true, ...VPC })).toEqual([]);
    expect(faultsWith({ networkProbes: false, ...VPC })).toEqual([]);
    expect(faultsWith({ networkProbes: 'no', ...VPC })).toEqual([
      expect.stringMatching(/^networkProbes is "no": allowed is true \| false/),
    ]);
  });
});

describe('the secret of the kubeconfig', () => {
  it.each([
    'lambdalet/test/env/kubeconfig',
    'arn:aws:secretsmanager:eu-west-1:123456789012:secret:lambdalet/test/pull/a-AbCdEf',
  ])('may not be one that is written and deleted as pods come and go: %s', (secret) => {
    expect(faultsWith({ secret })).toEqual([
      expect.stringMatching(
        /^secret has a name among the copies .*lambdalet\/test\/pull\/ or lambdalet\/test\/env\/; call it lambdalet\/test\/kubeconfig$/,
      ),
    ]);
  });

  it('may have the name that is proposed', () => {
    expect(faultsWith({ secret: 'lambdalet/test/kubeconfig' })).toEqual([]);
    expect(faultsWith({ identityMode: 'token', secret: 'lambdalet/test/token' })).toEqual([]);
  });
});
