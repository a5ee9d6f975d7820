import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toTime, type Node, type NodeCondition } from '../../lib/core/kubernetes.ts';
import { nodeConditions } from '../../lib/core/node-conditions.ts';
import type { NodeFacts } from '../../lib/core/node-facts.ts';
import { OBSTACLES, type NodeObstacles, type Obstacle } from '../../lib/core/node-obstacles.ts';
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
const TYPES: Readonly<Record<Obstacle, string>> = {
  quota: 'FargateQuotaReached',
  capacity: 'FargateCapacityUnavailable',
  addresses: 'SubnetAddressesExhausted',
  access: 'AwsAccessRefused',
};
const met = (obstacle: Obstacle, words = 'no, says AWS.', until = NOW + MINUTE): NodeObstacles => ({
  writtenAt: ago(60),
  told: { [obstacle]: { since: ago(600), at: ago(60), until, message: words } },
});
const conditionOf = (words: Partial<NodeFacts>, type: string, before?: Node): NodeCondition | undefined =>
  nodeConditions(before, facts(words)).find((condition) => condition.type === type);

describe('a condition of what keeps launches from succeeding', () => {
  it.each([
    ['quota', 'QuotaUsedUp'],
    ['capacity', 'NoCapacity'],
    ['addresses', 'NoFreeAddress'],
    ['access', 'AccessRefused'],
  ] as const)(
    'is True for %s, in the words of AWS, with its beginning and its runbook',
    (obstacle, reason) => {
      const condition = conditionOf({ marked: { obstacles: met(obstacle) } }, TYPES[obstacle]);
      expect(condition).toMatchObject({ status: 'True', reason });
      expect(condition?.message).toMatch(
        new RegExp(`^since ${toTime(ago(600))}: no, says AWS\\. .*See the runbook "${TYPES[obstacle]}"\\.$`),
      );
    },
  );

  it('says nothing of the others', () => {
    const conditions = nodeConditions(undefined, facts({ marked: { obstacles: met('addresses') } }));
    const bad = conditions.filter(({ type, status }) => type !== 'Ready' && status !== 'False');
    expect(bad.map(({ type }) => type)).toEqual(['SubnetAddressesExhausted']);
  });

  it('is False once nobody confirms it any more', () => {
    const obstacles = met('capacity', 'full', NOW - 5 * MINUTE);
    expect(conditionOf({ marked: { obstacles } }, TYPES.capacity)).toMatchObject({ status: 'False' });
    const late = met('capacity', 'full', NOW - 5 * MINUTE + 1);
    expect(conditionOf({ marked: { obstacles: late } }, TYPES.capacity)).toMatchObject({ status: 'True' });
  });
});

describe('what the node says of the quotas', () => {
  const quota = { share: { limit: 6, available: 2.5 } };

  it('is what they are, and what of them its pods may request', () => {
    expect(conditionOf({ marked: { quota } }, 'FargateQuotaReached')).toMatchObject({
      status: 'False',
      message:
        'no launch was refused because of a quota; the quota is 6 vCPU, of which pods of this node may request 2500m in all',
    });
  });

  it.each([
    { where: 'the account has none', share: { limit: 0, available: 0 }, words: 'the quota is 0 vCPU' },
    { where: 'others take all of it', share: { limit: 6, available: 0 }, words: 'the quota is 6 vCPU' },
    {
      where: 'less is left than the smallest task takes',
      share: { limit: 6, available: 0.2 },
      words: 'the quota is 6 vCPU',
    },
  ])('is that nothing can be started where $where, although nothing is bound to be refused', (given) => {
    const condition = conditionOf({ marked: { quota: { share: given.share } } }, 'FargateQuotaReached');
    expect(condition).toMatchObject({ status: 'True', reason: 'NothingLeft' });
    expect(condition?.message).toContain(`nothing can be started here: ${given.words}`);
  });

  it('is no alarm while the smallest task fits', () => {
    const share = { limit: 6, available: 0.25 };
    expect(conditionOf({ marked: { quota: { share } } }, 'FargateQuotaReached')?.status).toBe('False');
  });

  it('is said while they are used up, too', () => {
    const marked = { quota, obstacles: met('quota', "You've reached the limit") };
    expect(conditionOf({ marked }, 'FargateQuotaReached')?.message).toBe(
      `since ${toTime(ago(600))}: You've reached the limit. The quota is 6 vCPU, of which pods of this node may request 2500m in all. See the runbook "FargateQuotaReached".`,
    );
  });

  it('is why they are not known, where they are not', () => {
    const marked = {
      quota: { unread: { since: NOW, why: 'servicequotas:GetServiceQuota L-3032A538: denied' } },
    };
    expect(conditionOf({ marked }, 'FargateQuotaReached')?.message).toContain(
      'not known, so the node shows the configured 40 vCPU (servicequotas:GetServiceQuota L-3032A538: denied)',
    );
  });
});

describe('a table that does not answer for a moment', () => {
  const obstacles = met('quota');
  const breaker = { since: ago(60), why: '60 of 100 tasks are absent', absent: 60 };
  const before = (marked: NodeFacts['marked']): Node => ({
    metadata: { name: 'node-1', uid: 'n1', resourceVersion: '1' },
    status: { conditions: nodeConditions(undefined, facts({ marked, now: ago(60) })) },
  });
  const statusesOf = (conditions: readonly NodeCondition[]) =>
    conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message }));

  it('makes the node say what it said', () => {
    const node = before({ obstacles, breaker });
    const now = nodeConditions(node, facts({ marked: undefined }));
    expect(statusesOf(now)).toEqual(statusesOf(node.status!.conditions!));
    expect(now.every(({ lastHeartbeatTime }) => lastHeartbeatTime === toTime(NOW))).toBe(true);
  });

  it('does not make it repeat what the node lifecycle controller said', () => {
    const node = before({});
    for (const condition of node.status!.conditions!) condition.status = 'Unknown';
    expect(conditionOf({ marked: undefined }, 'Degraded', node)).toMatchObject({ status: 'False' });
  });

  it('makes a Node that says nothing say that all is well', () => {
    expect(conditionOf({ marked: undefined }, 'Degraded')).toMatchObject({ status: 'False' });
  });
});

describe('the runbooks', () => {
  const pages = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const headings = [...pages.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);

  it('that conditions name are there', () => {
    const told = OBSTACLES.map((obstacle) => met(obstacle).told);
    const marked = {
      breaker: { since: NOW, why: 'gone', absent: 60 },
      obstacles: { writtenAt: NOW, told: Object.assign({}, ...told) as NodeObstacles['told'] },
    };
    const all = nodeConditions(undefined, facts({ marked, lastPassAt: NOW - 4 * MINUTE }));
    const named = all.flatMap(({ message = '' }) => /runbook "([^"]+)"/.exec(message)?.[1] ?? []);
    expect(named).toHaveLength(6);
    expect(named.filter((name) => !headings.includes(name))).toEqual([]);
  });
});
