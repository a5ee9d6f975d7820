import { describe, expect, it } from 'vitest';
import { expandNode } from '../../infra/expand-nodes.ts';
import { clusterOf, faultsWith, NODE } from './deployment-text.ts';

const ZONES = { 'eu-west-1a': ['subnet-0000000a'], 'eu-west-1b': ['subnet-0000000b', 'subnet-0000000c'] };
const nodesOf = (entry: object): readonly ReturnType<typeof expandNode>[number][] =>
  clusterOf({ nodes: [entry] }).nodes.flatMap(expandNode);
const faultsOfNodes = (...nodes: readonly object[]): readonly string[] => faultsWith({ nodes });

describe('an entry of nodes', () => {
  it('is one node where it has one of everything', () => {
    expect(nodesOf(NODE)).toMatchObject([
      { name: 'node-a', architecture: 'arm64', capacityType: 'on-demand', subnets: NODE.subnets },
    ]);
  });

  it('is a node for each combination, in the order of the file', () => {
    const nodes = nodesOf({
      name: 'n-{zone}-{architecture}-{capacityType}',
      zones: ZONES,
      architectures: ['arm64', 'amd64'],
      capacityTypes: ['spot', 'on-demand'],
    });
    expect(nodes.map(({ name }) => name)).toEqual([
      'n-eu-west-1a-arm64-spot',
      'n-eu-west-1a-arm64-on-demand',
      'n-eu-west-1a-amd64-spot',
      'n-eu-west-1a-amd64-on-demand',
      'n-eu-west-1b-arm64-spot',
      'n-eu-west-1b-arm64-on-demand',
      'n-eu-west-1b-amd64-spot',
      'n-eu-west-1b-amd64-on-demand',
    ]);
    expect(nodes[7]).toMatchObject({
      zone: 'eu-west-1b',
      architecture: 'amd64',
      capacityType: 'on-demand',
      subnets: ZONES['eu-west-1b'],
    });
  });

  it('gives its size, its ceiling and its share of Spot to those that it is for', () => {
    const entry = {
      ...NODE,
      name: 'n-{capacityType}',
      capacityTypes: ['on-demand', 'mixed'],
      spotPercent: 40,
    };
    const [onDemand, mixed] = nodesOf({ ...entry, ceiling: { vcpu: 8 } });
    for (const node of [onDemand, mixed]) {
      expect(node?.capacity).toEqual({ cpu: '40', memory: '160Gi', pods: '100', 'ephemeral-storage': '2Ti' });
      expect(node?.ceiling).toEqual({ vcpu: 8 });
    }
    expect(onDemand).not.toHaveProperty('spotPercent');
    expect(mixed).toHaveProperty('spotPercent', 40);
  });

  it('has no zone where its subnets are given without one', () => {
    expect(nodesOf(NODE)[0]).not.toHaveProperty('zone');
  });
});

describe('the names of nodes', () => {
  it('differ where an entry has several of anything', () => {
    expect(faultsOfNodes({ ...NODE, architectures: ['arm64', 'amd64'] })).toEqual([
      'nodes[0].name is "node-a", which gives "node-a" twice: allowed is a name with {zone}, {architecture} or {capacityType} ' +
        'for each of them that has several values; add them',
    ]);
    const half = {
      ...NODE,
      name: 'n-{zone}',
      subnets: undefined,
      zones: ZONES,
      capacityTypes: ['spot', 'mixed'],
    };
    expect(faultsOfNodes(half)).toHaveLength(2);
    expect(faultsOfNodes({ ...half, name: 'n-{zone}-{capacityType}' })).toEqual([]);
  });

  it('differ between entries, also where one comes of a pattern', () => {
    expect(faultsOfNodes(NODE, { ...NODE, name: 'node-b' })).toEqual([]);
    expect(faultsOfNodes({ ...NODE, name: 'node-arm64' }, { ...NODE, name: 'node-{architecture}' })).toEqual([
      'nodes[1].name gives "node-arm64", as nodes[0].name does: allowed is a name of its own; rename one of them',
    ]);
  });

  it.each([
    [
      'too long with its zone',
      { name: `${'n'.repeat(60)}-{zone}`, subnets: undefined, zones: ZONES },
      2,
      'shorten',
    ],
    ['an empty label', { name: 'a..b' }, 1, 'shorten or correct it'],
    ['a dash at its end', { name: 'node-' }, 1, 'shorten or correct it'],
    ['a zone without zones', { name: 'node-{zone}' }, 1, 'use {zone} only with zones'],
  ])('are what the API server takes: not with %s', (_, changes, count, wayOut) => {
    const faults = faultsOfNodes({ ...NODE, ...changes });
    expect(faults).toHaveLength(count);
    for (const fault of faults) {
      expect(fault).toMatch(/^nodes\[0\]\.name gives ".*": allowed is a lower-case DNS name of at most 63/);
      expect(fault).toContain(wayOut);
    }
  });

  it('know no other place in braces', () => {
    expect(faultsOfNodes({ ...NODE, name: 'node-{region}' })).toEqual([
      expect.stringMatching(
        /^nodes\[0\]\.name is "node-\{region\}": allowed is a lower-case DNS name, which may/,
      ),
    ]);
  });
});

describe('the place of a node', () => {
  it('is either subnets or zones', () => {
    expect(faultsOfNodes({ ...NODE, subnets: undefined })).toEqual([
      expect.stringMatching(/^nodes\[0\] has neither subnets nor zones: allowed is one of both/),
    ]);
    expect(faultsOfNodes({ ...NODE, zones: ZONES, name: 'n-{zone}' })).toEqual([
      expect.stringMatching(/^nodes\[0\] has subnets and zones: allowed is one of both/),
    ]);
  });

  it('is in the Region of its cluster', () => {
    const node = { ...NODE, name: 'n-{zone}', subnets: undefined, zones: ZONES };
    expect(faultsWith({ region: 'eu-west-1', nodes: [node] })).toEqual([]);
    expect(faultsWith({ region: 'us-east-1', nodes: [node] })).toEqual([
      'nodes[0].zones has "eu-west-1a": allowed are zones of us-east-1, the region of the cluster; correct one of them',
      'nodes[0].zones has "eu-west-1b": allowed are zones of us-east-1, the region of the cluster; correct one of them',
    ]);
  });

  it('has one fault where its zones are no zones', () => {
    const node = { ...NODE, subnets: undefined };
    expect(faultsOfNodes({ ...node, zones: ['eu-west-1a'] })).toEqual([
      expect.stringMatching(/^nodes\[0\]\.zones is a list of 1: allowed is a mapping of availability zones/),
    ]);
    expect(faultsOfNodes({ ...node, zones: { 'eu-west-1a': 'subnet-0000000a' } })).toEqual([
      expect.stringMatching(
        /^nodes\[0\]\.zones\.eu-west-1a is "subnet-0000000a": allowed is 1 to 16 subnet ids/,
      ),
    ]);
    expect(faultsOfNodes({ ...node, zones: { ireland: ['subnet-0000000a'] } })).toEqual([
      expect.stringMatching(
        /^nodes\[0\]\.zones\.ireland is "ireland": allowed is an availability zone such as/,
      ),
    ]);
  });
});

describe('a share of Spot', () => {
  it('is for mixed nodes only', () => {
    expect(faultsOfNodes({ ...NODE, capacityTypes: ['spot'], spotPercent: 50 })).toEqual([
      'nodes[0].spotPercent has a value: allowed only with mixed among capacityTypes; add mixed, or leave it out',
    ]);
  });
});

describe('the nodes of a cluster', () => {
  it('are at most a hundred, whatever entries they come of', () => {
    const entry = (at: number): object => ({
      ...NODE,
      name: `n${at}-{zone}-{architecture}-{capacityType}`,
      subnets: undefined,
      zones: ZONES,
      architectures: ['arm64', 'amd64'],
      capacityTypes: ['on-demand', 'spot'],
    });
    const entries = (count: number): readonly object[] => Array.from({ length: count }, (_, at) => entry(at));
    expect(faultsOfNodes(...entries(12))).toEqual([]);
    expect(faultsOfNodes(...entries(13))).toEqual([
      'nodes stands for 104 nodes: allowed are 100; spread them over several clusters of this kind, or leave out zones, architectures or ' +
        'capacityTypes',
    ]);
  });
});
