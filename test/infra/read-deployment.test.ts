import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleValues, parseDeployment, readDeployment } from '../../infra/read-deployment.ts';
import { deploymentOf, EKS, faultsOf, faultsWith, NODE, SMALL, textOf } from './deployment-text.ts';

const SHIPPED = join(import.meta.dirname, '../../infra/deployment.yaml');

describe('a deployment file', () => {
  it('gets every default filled in', () => {
    expect(deploymentOf()).toEqual({
      ...SMALL,
      mode: 'watch',
      acceptNewCluster: false,
      notReadyWhenStalled: false,
      eventBus: 'default',
      ecsShare: 1,
      nodes: [
        {
          ...NODE,
          capacity: { cpu: '40', memory: '160Gi', pods: '100', 'ephemeral-storage': '2Ti' },
          labels: {},
          taints: [],
          securityGroups: [],
          assignPublicIp: false,
          capacityType: 'on-demand',
          podsReady: true,
        },
      ],
    });
  });

  it('may use everything there is', () => {
    const everything = {
      region: 'eu-west-1',
      account: '123456789012',
      profile: 'production',
      mode: 'economy',
      identity: { ...EKS, accessEntries: true },
      acceptNewCluster: true,
      notReadyWhenStalled: true,
      functionsVpc: {
        subnets: ['subnet-00000000000000001'],
        securityGroups: ['sg-00000000000000001'],
        dualStack: true,
      },
      eventBus: 'pods',
      ecsShare: 0.5,
      fargateLaunchRate: 50,
      alarms: { topic: 'arn:aws:sns:eu-west-1:123456789012:on-call' },
      nodes: [
        {
          ...NODE,
          labels: { 'example.com/team': 'a', empty: '' },
          taints: [{ key: 'spot', value: 'yes', effect: 'NoSchedule' }],
          securityGroups: ['sg-00000000000000001'],
          assignPublicIp: true,
          capacityType: 'spot',
          zone: 'eu-west-1a',
          podsReady: false,
        },
      ],
    };
    expect(deploymentOf(everything)).toMatchObject({
      region: 'eu-west-1',
      mode: 'economy',
      nodes: [{ zone: 'eu-west-1a' }],
    });
  });

  it('as shipped is valid, and says what is still the example', () => {
    expect(exampleValues(readDeployment(SHIPPED))).toEqual([
      expect.stringMatching(/^identity\.secret is the example's .*: create a secret/),
      expect.stringMatching(/^nodes\[0\]\.subnets\[0\] is the example's subnet-\w+: put your own$/),
    ]);
  });

  it('with values of its own is not called an example', () => {
    const vpc = { subnets: NODE.subnets, securityGroups: ['sg-00000000000000001'] };
    expect(exampleValues(deploymentOf({ functionsVpc: vpc }))).toEqual([]);
    expect(exampleValues(deploymentOf({ identity: EKS }))).toEqual([]);
  });
});

describe('the faults of a deployment file', () => {
  it('come all at once, also those between fields', () => {
    const faults = faultsWith({
      cluster: 'Not A Name',
      region: 'eu-west-1',
      mode: 'fast',
      podLogs: { retentionDays: 8 },
      nodes: [NODE, { ...NODE, zone: 'us-east-1a', subnets: [] }],
      colour: 'red',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'cluster',
      'mode',
      'podLogs.retentionDays',
      'nodes[1].subnets',
      'the',
      'nodes[1].name',
      'nodes[1].zone',
    ]);
  });

  it('say path, value seen, values allowed and a way out', () => {
    expect(faultsWith({ mode: 'fast' })).toEqual([
      'mode is "fast": allowed is watch | economy; watch reacts at once; economy costs pennies and reacts within about 12 s',
    ]);
    expect(faultsWith({ nodes: [{ ...NODE, subnets: ['subnet-x'] }] })).toEqual([
      'nodes[0].subnets[0] is "subnet-x": allowed is a subnet id such as subnet-0123456789abcdef0; find yours with `aws ec2 describe-subnets`',
    ]);
  });

  it.each([
    ['a missing key', { cluster: undefined }, /^cluster is missing: allowed is lower-case letters/],
    ['an empty key', { alarms: null }, /^alarms is empty: allowed is a mapping of topic/],
    ['an unknown key', { clutser: 'a' }, /^the file has the unknown clutser: allowed are cluster, region/],
    [
      'a list for a mapping',
      { podLogs: [14] },
      /^podLogs is a list of 1: allowed is a mapping of retentionDays/,
    ],
    [
      'an account without quotes',
      { account: 123456789012 },
      /^account is 123456789012: allowed is twelve digits in quotes/,
    ],
    [
      'an unknown identity',
      { identity: { kind: 'token', token: 'x' } },
      /^identity\.kind is "token": allowed is kind: kubeconfig \| eks/,
    ],
    [
      'an identity that is no mapping',
      { identity: 'eks' },
      /^identity is "eks": allowed is kind: kubeconfig \| eks/,
    ],
    [
      'a bad label key',
      { nodes: [{ ...NODE, labels: { 'a b': 'c' } }] },
      /^nodes\[0\]\.labels\.a b is "a b": allowed is a Kubernetes label key/,
    ],
    [
      'a bad quantity',
      { nodes: [{ ...NODE, capacity: { ...NODE.capacity, memory: '3GiB' } }] },
      /^nodes\[0\]\.capacity\.memory is "3GiB": allowed is a Kubernetes quantity/,
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
    ['no node', { nodes: [] }, /^nodes is a list of 0: allowed is 1 to 20 nodes/],
    ['a very long value', { cluster: 'x'.repeat(200) }, /^cluster is "x{59}\.\.\.: allowed/],
  ])('name %s', (_, changes, expected) => {
    expect(faultsWith(changes)).toEqual([expect.stringMatching(expected)]);
  });

  it('never show what may be a pasted secret', () => {
    const kubeconfig = 'users: [{token: canary}]';
    const seen = [
      ...faultsWith({ identity: { kind: 'kubeconfig', secret: kubeconfig } }),
      ...faultsWith({ identity: { kind: 'kubeconfig', secret: { token: 'canary' } } }),
      ...faultsOf('identity: "canary" "canary"\n'),
    ];
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.join('\n')).not.toContain('canary');
  });

  it('name the place of broken YAML', () => {
    expect(faultsOf('cluster: [')).toEqual([
      expect.stringMatching(/at line 1, column \d+: correct the YAML there$/),
    ]);
    expect(faultsOf('cluster: a\ncluster: b\n')).toEqual([expect.stringMatching(/unique.*line 2/)]);
  });

  it('name a file that cannot be read', () => {
    expect(() => readDeployment('/nowhere/deployment.yaml')).toThrow(
      /cannot be read \(ENOENT.*-c deployment=FILE/,
    );
  });

  it('name nodes that together do not fit into the environment of a function', () => {
    const nodes = Array.from({ length: 20 }, (_, at) => ({ ...NODE, name: `node-${at}` }));
    expect(faultsWith({ nodes })).toEqual([
      expect.stringMatching(/^the file makes up to \d+ bytes of environment \(nodes\[0\] .*allowed is 4096/),
    ]);
  });

  it('are listed in the message, one a line', () => {
    expect(() => parseDeployment(textOf({ mode: 'x', profile: 'y' }), 'my.yaml')).toThrow(
      /^my\.yaml cannot be deployed:\n- profile is "y".*\n- mode is "x"[^\n]*$/,
    );
  });
});
