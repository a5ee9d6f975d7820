import { describe, expect, it } from 'vitest';
import { toTime, type Node } from '../../lib/core/kubernetes.ts';
import {
  buildNode,
  deriveNodeStatus,
  dueNodeLabels,
  dueNodeStatus,
  isOwnNode,
  kubeletVersion,
  nodeLabels,
} from '../../lib/core/node.ts';
import { HEARTBEAT, type NodeFacts } from '../../lib/core/node-facts.ts';
import { isRestrictedLabel } from '../../lib/core/node-restriction.ts';
import { mergeNodeStatus } from '../memory/merge-status.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { ago, aNodeSettings, MINUTE, NOW, SECOND } from '../support/vocabulary.ts';

const facts = (words: Partial<NodeFacts> = {}): NodeFacts => ({
  settings: aNodeSettings(),
  serverVersion: 'v1.36.1',
  lastPassAt: ago(10),
  notReadyWhenStalled: false,
  hasGateway: false,
  marked: {},
  now: NOW,
  ...words,
});
const stalled = { lastPassAt: NOW - 3 * MINUTE - 1 } as const;

/** The Node as it stands after it was created at that time. */
const created = (at = NOW, words: Partial<NodeFacts> = {}): Node => {
  const node = buildNode(facts({ ...words, now: at }));
  return { ...node, metadata: { ...node.metadata, uid: 'n1', resourceVersion: '1' } };
};
const changed = (node: Node, status: Partial<NonNullable<Node['status']>>): Node => ({
  ...node,
  status: mergeNodeStatus(node.status, status),
});

describe('the Node', () => {
  it('is created Ready, tainted and with its labels', () => {
    const node = buildNode(
      facts({ settings: aNodeSettings({ taints: [{ key: 'a', effect: 'NoSchedule' }] }) }),
    );
    expect(node).toMatchObject({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } });
    expect(node.spec?.taints).toEqual([
      { key: 'virtual-kubelet.io/provider', value: 'lambdalet', effect: 'NoSchedule' },
      { key: 'a', effect: 'NoSchedule' },
    ]);
    expect(node.metadata.labels).toEqual(nodeLabels(aNodeSettings()));
  });

  it('keeps DaemonSets and load balancers off by its labels', () => {
    expect(nodeLabels(aNodeSettings())).toEqual({
      type: 'virtual-kubelet',
      'eks.amazonaws.com/compute-type': 'fargate',
      'lambdalet.dev/capacity-type': 'on-demand',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': 'node-1',
      'node.kubernetes.io/instance-type': 'fargate',
      'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
      'topology.kubernetes.io/region': 'eu-west-1',
    });
  });

  it('names a zone only if it lies in one, and takes the labels of the settings', () => {
    const labels = nodeLabels(aNodeSettings({ zone: 'eu-west-1a', labels: { team: 'x', type: 'mine' } }));
    expect(labels).toMatchObject({ 'topology.kubernetes.io/zone': 'eu-west-1a', team: 'x', type: 'mine' });
    expect(Object.keys(nodeLabels(aNodeSettings()))).not.toContain('topology.kubernetes.io/zone');
  });

  it.each(['on-demand', 'spot', 'mixed'] as const)('says that it is %s by a label', (capacityType) => {
    expect(nodeLabels(aNodeSettings({ capacityType }))['lambdalet.dev/capacity-type']).toBe(capacityType);
  });

  it('has no providerID, which a cloud controller would look up', () => {
    expect(buildNode(facts()).spec).not.toHaveProperty('providerID');
  });

  it('has only labels that a kubelet may give its Node', () => {
    const labels = nodeLabels(aNodeSettings({ zone: 'eu-west-1a' }));
    expect(Object.keys(labels).filter(isRestrictedLabel)).toEqual([]);
  });

  it('says all eleven conditions', () => {
    expect(conditionsOf(deriveNodeStatus(undefined, facts()) as never)).toEqual({
      Ready: 'True KubeletReady',
      MemoryPressure: 'False KubeletHasSufficientMemory',
      DiskPressure: 'False KubeletHasNoDiskPressure',
      PIDPressure: 'False KubeletHasSufficientPID',
      NetworkUnavailable: 'False RouteCreated',
      PodSyncStalled: 'False PassesComplete',
      Degraded: 'False NothingInDoubt',
      FargateQuotaReached: 'False QuotaNotReached',
      FargateCapacityUnavailable: 'False CapacityFound',
      SubnetAddressesExhausted: 'False AddressesFree',
      AwsAccessRefused: 'False AccessGranted',
    });
  });

  it.each([
    ['v1.36.3', 'v1.36.3-lambdalet'],
    ['1.34.2', 'v1.34.2-lambdalet'],
    ['v1.34.2-eks-abc', 'v1.34.2-lambdalet'],
    ['v1.33.4+k3s1', 'v1.33.4-lambdalet'],
    ['unknown', 'v1.30.0-lambdalet'],
  ])('follows an API server of %s with %s', (server, version) => {
    expect(kubeletVersion(server)).toBe(version);
    expect(deriveNodeStatus(undefined, facts({ serverVersion: server })).nodeInfo?.kubeletVersion).toBe(
      version,
    );
  });
});

describe('a Node of our name', () => {
  const bare = (words: Partial<Node>): Node => ({
    metadata: { name: 'node-1', uid: 'n', resourceVersion: '1' },
    ...words,
  });
  const kubelet = (kubeletVersion: string): Partial<Node> => ({
    status: { nodeInfo: { kubeletVersion } as never },
  });

  it.each([
    { that: 'we created', node: created(), own: true },
    { that: 'lost our taint', node: bare(kubelet('v1.36.1-lambdalet')), own: true },
    {
      that: 'has our taint and no status yet',
      node: bare({ spec: { taints: buildNode(facts()).spec?.taints ?? [] } }),
      own: true,
    },
    { that: 'a real kubelet runs', node: bare({ spec: {}, ...kubelet('v1.36.1') }), own: false },
    {
      that: 'another virtual kubelet runs',
      node: bare({
        spec: { taints: [{ key: 'virtual-kubelet.io/provider', value: 'aws', effect: 'NoSchedule' }] },
      }),
      own: false,
    },
    { that: 'says nothing of itself', node: bare({}), own: false },
  ])('that $that is ours: $own', ({ node, own }) => {
    expect(isOwnNode(node)).toBe(own);
  });
});

describe('a node whose pods are not synced', () => {
  it('takes no new pods, says why and stays Ready', () => {
    const status = deriveNodeStatus(undefined, facts(stalled));
    expect(status.allocatable).toEqual({ ...aNodeSettings().capacity, pods: '0' });
    expect(status.capacity).toEqual(aNodeSettings().capacity);
    expect(conditionsOf(status as never)).toMatchObject({
      Ready: 'True KubeletReady',
      PodSyncStalled: 'True NoRecentPass',
    });
  });

  it('is not Ready if the settings ask for that', () => {
    const status = deriveNodeStatus(undefined, facts({ ...stalled, notReadyWhenStalled: true }));
    expect(conditionsOf(status as never)).toMatchObject({ Ready: 'False PodSyncStalled' });
  });

  it.each([
    { age: 'three minutes exactly', lastPassAt: NOW - HEARTBEAT.stalledMs },
    { age: 'not known', lastPassAt: undefined },
  ])('is not judged so when the last pass is $age', ({ lastPassAt }) => {
    const status = deriveNodeStatus(undefined, facts({ lastPassAt, notReadyWhenStalled: true }));
    expect(conditionsOf(status as never)).toMatchObject({ PodSyncStalled: 'False PassesComplete' });
    expect(status.allocatable['pods']).toBe('100');
  });
});

describe('the times of the conditions', () => {
  it('move with every status, but the transition only with a change', () => {
    const node = created(ago(120));
    const status = deriveNodeStatus(node, facts(stalled));
    const byType = new Map(status.conditions.map((condition) => [condition.type, condition]));
    expect(byType.get('Ready')).toMatchObject({
      lastHeartbeatTime: toTime(NOW),
      lastTransitionTime: toTime(ago(120)),
    });
    expect(byType.get('PodSyncStalled')).toMatchObject({ lastTransitionTime: toTime(NOW) });
  });
});

describe('the status to write', () => {
  const flapped = (node: Node): Node =>
    changed(node, {
      conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'x' }],
    });
  const age = (seconds: number): Node => created(ago(seconds));

  it.each([
    { when: 'written just now: nothing to do', node: age(0), due: false },
    { when: 'written 59 s ago: nothing to do', node: age(59), due: false },
    { when: 'written a minute ago', node: age(60), due: true },
    { when: 'Ready went Unknown (the lease alone never restores it)', node: flapped(age(1)), due: true },
    { when: 'no status at all', node: { ...age(0), status: undefined as never }, due: true },
    { when: 'another capacity', node: changed(age(1), { capacity: { cpu: '1' } }), due: true },
    { when: 'no capacity at all', node: changed(age(1), { capacity: undefined as never }), due: true },
    {
      when: 'a resource that is missing',
      node: changed(age(1), { capacity: { cpu: undefined as never } }),
      due: true,
    },
    { when: 'another allocatable', node: changed(age(1), { allocatable: { pods: '0' } }), due: true },
    {
      when: 'another version',
      node: changed(age(1), { nodeInfo: { kubeletVersion: 'v1.35.0' } as never }),
      due: true,
    },
    {
      when: 'a condition of someone else more: nothing to do',
      node: changed(age(1), { conditions: [{ type: 'NTP', status: 'True' }] }),
      due: false,
    },
  ])('$when', ({ node, due }) => {
    expect(dueNodeStatus(node, facts()) !== undefined).toBe(due);
  });

  it('leaves nothing to write once it is written', () => {
    const node = flapped(age(100));
    const after = changed(node, dueNodeStatus(node, facts()) ?? {});
    expect(dueNodeStatus(after, facts({ now: NOW + SECOND }))).toBeUndefined();
  });

  it('follows the API server to its next version at once', () => {
    const status = dueNodeStatus(age(1), facts({ serverVersion: 'v1.37.0' }));
    expect(status?.nodeInfo?.kubeletVersion).toBe('v1.37.0-lambdalet');
  });
});

describe('the labels to write', () => {
  it('are none when all are there, whatever else is', () => {
    const node = created();
    node.metadata.labels = { ...node.metadata.labels, 'beta.kubernetes.io/os': 'linux' };
    expect(dueNodeLabels(node, aNodeSettings())).toBeUndefined();
  });

  it('are those that are missing or changed', () => {
    const node = created();
    node.metadata.labels = { ...node.metadata.labels, type: 'other' };
    Reflect.deleteProperty(node.metadata.labels, 'kubernetes.io/os');
    expect(dueNodeLabels(node, aNodeSettings())).toEqual({
      type: 'virtual-kubelet',
      'kubernetes.io/os': 'linux',
    });
    Reflect.deleteProperty(node.metadata, 'labels');
    expect(dueNodeLabels(node, aNodeSettings())).toEqual(nodeLabels(aNodeSettings()));
  });
});
