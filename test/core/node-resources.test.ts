import { describe, expect, it } from 'vitest';
import type { Node } from '../../lib/core/kubernetes.ts';
import { buildNode, dueNodeStatus } from '../../lib/core/node.ts';
import type { NodeFacts } from '../../lib/core/node-facts.ts';
import { nodeResources } from '../../lib/core/node-resources.ts';
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
const leaving = (limit: number, available: number): Pick<NodeFacts, 'marked'> => ({
  marked: { quota: { share: { limit, available } } },
});
const cpuOf = (words: Partial<NodeFacts>, before?: Node): string => {
  const { capacity, allocatable } = nodeResources(before, facts(words));
  return `${capacity['cpu']} / ${allocatable['cpu']}`;
};

describe('the CPU that the node shows', () => {
  it.each<{ where: string; words: Partial<NodeFacts>; cpu: string }>([
    { where: 'no quota is known', words: {}, cpu: '40 / 40' },
    { where: 'the quota is far away', words: leaving(4000, 40), cpu: '40 / 40' },
    { where: 'the quota is lower', words: leaving(6, 6), cpu: '6 / 6' },
    { where: 'others take of the quota', words: leaving(6, 2.25), cpu: '6 / 2250m' },
    { where: 'others leave less than is configured', words: leaving(4000, 12), cpu: '40 / 12' },
    { where: 'nothing is left', words: leaving(6, 0), cpu: '6 / 0' },
    {
      where: 'the settings were lowered since the last look',
      words: {
        ...leaving(4000, 40),
        settings: aNodeSettings({ capacity: { ...aNodeSettings().capacity, cpu: '8' } }),
      },
      cpu: '8 / 8',
    },
    {
      where: 'the node has a lower ceiling',
      words: { ...leaving(30, 20), settings: aNodeSettings({ ceiling: { vcpu: 10.5 } }) },
      cpu: '30 / 10500m',
    },
    {
      where: 'the node has a higher ceiling',
      words: { ...leaving(30, 20), settings: aNodeSettings({ ceiling: { vcpu: 25 } }) },
      cpu: '30 / 20',
    },
    {
      where: 'the ceiling is one of cost',
      words: { ...leaving(30, 20), settings: aNodeSettings({ ceiling: { usdPerHour: 1 } }) },
      cpu: '30 / 20',
    },
    {
      where: 'the quotas could not be read for long',
      words: {
        marked: {
          quota: { share: { limit: 6, available: 2 }, unread: { since: NOW - 20 * MINUTE, why: 'denied' } },
        },
      },
      cpu: '40 / 40',
    },
  ])('is right where $where', ({ words, cpu }) => {
    expect(cpuOf(words)).toBe(cpu);
  });

  it('changes nothing else', () => {
    const { capacity, allocatable } = nodeResources(undefined, facts(leaving(6, 2)));
    expect(capacity).toEqual({ ...aNodeSettings().capacity, cpu: '6' });
    expect(allocatable).toEqual({ ...aNodeSettings().capacity, cpu: '2' });
  });

  it('goes on with no pods where they are not synced', () => {
    const { allocatable } = nodeResources(
      undefined,
      facts({ ...leaving(6, 2), lastPassAt: NOW - 4 * MINUTE }),
    );
    expect(allocatable).toMatchObject({ cpu: '2', pods: '0' });
  });

  it('keeps the way in which it was configured', () => {
    const capacity = { ...aNodeSettings().capacity, cpu: '2k' };
    const settings = aNodeSettings({ capacity });
    expect(cpuOf({ settings })).toBe('2k / 2k');
    expect(cpuOf({ settings, ...leaving(2000, 2000) })).toBe('2k / 2k');
  });
});

describe('a table that does not answer for a moment', () => {
  const node = (words: Partial<NodeFacts>): Node => {
    const built = buildNode(facts({ ...words, now: ago(30) }));
    return { ...built, metadata: { ...built.metadata, uid: 'n1', resourceVersion: '1' } };
  };

  it('makes the node promise neither more nor less', () => {
    const before = node(leaving(6, 2));
    expect(cpuOf({ marked: undefined }, before)).toBe('6 / 2');
    expect(dueNodeStatus(before, facts({ marked: undefined }))).toBeUndefined();
  });

  it('does not hide settings that were lowered', () => {
    const settings = aNodeSettings({ capacity: { ...aNodeSettings().capacity, cpu: '1' } });
    expect(cpuOf({ marked: undefined, settings }, node(leaving(6, 2)))).toBe('1 / 1');
  });

  it('leaves a node that says nothing of its CPU with what is configured', () => {
    const bare: Node = { metadata: { name: 'node-1', uid: 'n1', resourceVersion: '1' } };
    expect(cpuOf({ marked: undefined }, bare)).toBe('40 / 40');
  });
});

describe('the status', () => {
  const written = (words: Partial<NodeFacts>): Node => {
    const built = buildNode(facts({ ...words, now: ago(30) }));
    return { ...built, metadata: { ...built.metadata, uid: 'n1', resourceVersion: '1' } };
  };

  it('is written at once when what is marked of the quotas changed, which it does by whole vCPU', () => {
    expect(dueNodeStatus(written(leaving(6, 4)), facts(leaving(6, 4)))).toBeUndefined();
    expect(dueNodeStatus(written(leaving(6, 4)), facts(leaving(6, 3)))?.allocatable['cpu']).toBe('3');
    expect(dueNodeStatus(written(leaving(6, 4)), facts(leaving(12, 4)))?.capacity['cpu']).toBe('12');
  });
});
