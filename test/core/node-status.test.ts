import { describe, expect, it } from 'vitest';
import { toTime, type Node, type NodeCondition } from '../../lib/core/kubernetes.ts';
import {
  buildNode,
  deriveNodeStatus,
  dueNodeStatus,
  isOwnNode,
  kubeletVersion,
} from '../../lib/core/node.ts';
import type { NodeFacts } from '../../lib/core/node-facts.ts';
import { ago, aNodeSettings, MINUTE, NOW } from '../support/vocabulary.ts';

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
const breaker = { since: ago(60), why: '60 of 100 tasks are absent', absent: 60 };
const stalled = { lastPassAt: NOW - 3 * MINUTE - 1 } as const;

const messagesOf = (words: Partial<NodeFacts>): Record<string, string | undefined> =>
  Object.fromEntries(
    deriveNodeStatus(undefined, facts(words)).conditions.map(({ type, message }) => [type, message]),
  );

/** The Node as it was written a second ago, one of its conditions changed. */
function written(type: string, change: Partial<NodeCondition>): Node {
  const node = buildNode(facts({ now: ago(1) }));
  const conditions = (node.status?.conditions ?? []).map((condition) =>
    condition.type === type ? { ...condition, ...change } : condition,
  );
  return {
    ...node,
    metadata: { ...node.metadata, uid: 'n1', resourceVersion: '1' },
    status: { ...node.status, conditions },
  };
}

describe('what people read of the node', () => {
  it('says what machine there is, and that there is none', () => {
    expect(deriveNodeStatus(undefined, facts()).nodeInfo).toEqual({
      architecture: 'amd64',
      operatingSystem: 'linux',
      kubeletVersion: 'v1.36.1-lambdalet',
      kubeProxyVersion: '',
      containerRuntimeVersion: 'ecs://1.4.0',
      osImage: 'AWS Fargate',
      kernelVersion: '',
      machineID: 'node-1',
      systemUUID: 'node-1',
      bootID: 'node-1',
    });
  });

  it.each([
    [undefined, 'ecs://1.4.0'],
    ['LATEST', 'ecs://1.4.0'],
    ['1.3.0', 'ecs://1.3.0'],
  ])('names the platform version of its tasks: %s is %s', (platformVersion, version) => {
    const settings = aNodeSettings(platformVersion === undefined ? {} : { platformVersion });
    const { nodeInfo } = deriveNodeStatus(undefined, facts({ settings }));
    expect(nodeInfo?.containerRuntimeVersion).toBe(version);
  });

  it('has no address that is dialled and no port, because nothing listens, and says what to do instead', () => {
    const status = deriveNodeStatus(undefined, facts());
    expect(status.daemonEndpoints).toBeUndefined();
    expect(status.addresses).toEqual([
      {
        type: 'NoGateway',
        address: 'use "lambdalet logs <namespace>/<pod>", or switch the gateway on (docs/gateway.md)',
      },
    ]);
  });

  it('says in every condition why it is as it should be', () => {
    expect(messagesOf({})).toEqual({
      Ready: 'lambdalet keeps this node alive',
      MemoryPressure: 'every pod has its own Fargate task',
      DiskPressure: 'every pod has its own Fargate task',
      PIDPressure: 'every pod has its own Fargate task',
      NetworkUnavailable: 'pods have interfaces in the VPC',
      PodSyncStalled: 'pods are synced',
      Degraded: 'tasks and pods are all accounted for',
      FargateQuotaReached:
        'no launch was refused because of a quota; the Fargate quotas are not known, so the node shows the configured 40 vCPU (they have not been read yet)',
      FargateCapacityUnavailable: 'no launch was refused for want of capacity',
      SubnetAddressesExhausted: 'no launch was refused for want of an address',
      AwsAccessRefused: 'no launch was refused for want of rights',
    });
  });

  it('says how long pods have not been synced, and where the way out is written', () => {
    const message =
      'pod-sync has not completed a pass for 3 minutes; nothing new is bound here. See the runbook "PodSyncStalled".';
    expect(messagesOf(stalled)).toMatchObject({ PodSyncStalled: message });
    expect(messagesOf({ ...stalled, notReadyWhenStalled: true })).toMatchObject({ Ready: message });
  });

  it('says why it is degraded, what that holds back and where the way out is written', () => {
    const { conditions } = deriveNodeStatus(undefined, facts({ marked: { breaker } }));
    expect(conditions.find(({ type }) => type === 'Degraded')).toMatchObject({
      status: 'True',
      reason: 'TooMuchAbsent',
      message: expect.stringMatching(
        /^60 of 100 tasks are absent: nothing is stopped .* runbook "Degraded"\.$/,
      ) as string,
    });
  });

  it.each([
    ['v12.34.56', 'v12.34.56-lambdalet'],
    ['v1.36.15+k3s1', 'v1.36.15-lambdalet'],
    ['build-1.2.3', 'v1.30.0-lambdalet'],
    ['1.36', 'v1.30.0-lambdalet'],
  ])('reads the version of an API server of %s as %s', (server, version) => {
    expect(kubeletVersion(server)).toBe(version);
  });
});

describe('a node that is not ours', () => {
  it('has our name as the value of another taint', () => {
    const metadata = { name: 'node-1', uid: 'n', resourceVersion: '1' };
    const taints = [{ key: 'provider', value: 'lambdalet', effect: 'NoSchedule' as const }];
    expect(isOwnNode({ metadata, spec: { taints } })).toBe(false);
  });
});

describe('the status is written at once', () => {
  it.each([
    { when: 'a status turned', type: 'MemoryPressure', change: { status: 'True' } },
    { when: 'a reason changed', type: 'MemoryPressure', change: { reason: 'NodeStatusUnknown' } },
    { when: 'the first condition is gone', type: 'Ready', change: { type: 'Other' } },
    { when: 'the last condition is gone', type: 'AwsAccessRefused', change: { type: 'Other' } },
  ])('when $when', ({ type, change }) => {
    expect(dueNodeStatus(written(type, change), facts())).toBeDefined();
  });

  it('when the breaker trips, and again when it is released', () => {
    const marked = { breaker };
    const sound = written('Degraded', {});
    expect(dueNodeStatus(sound, facts())).toBeUndefined();
    expect(dueNodeStatus(sound, facts({ marked }))).toBeDefined();
    const held = { ...sound, status: deriveNodeStatus(sound, facts({ marked })) };
    expect(dueNodeStatus(held, facts())).toBeDefined();
  });
});

describe('the age of the status', () => {
  it('is that of Ready, whatever the other conditions say', () => {
    const old = toTime(ago(60));
    expect(dueNodeStatus(written('Ready', { lastHeartbeatTime: old }), facts())).toBeDefined();
    expect(dueNodeStatus(written('MemoryPressure', { lastHeartbeatTime: old }), facts())).toBeUndefined();
    expect(dueNodeStatus(foreignFirst(old), facts())).toBeUndefined();
  });
});

/** The Node as it was written a second ago, with an older condition of someone else before ours. */
function foreignFirst(lastHeartbeatTime: string): Node {
  const node = written('Ready', {});
  const foreign = { type: 'NTP', status: 'True', lastHeartbeatTime };
  return { ...node, status: { ...node.status, conditions: [foreign, ...(node.status?.conditions ?? [])] } };
}
