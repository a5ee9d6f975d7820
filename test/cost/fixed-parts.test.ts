import { describe, expect, it } from 'vitest';
import { alarmMetrics, fixedParts, mostMetrics } from '../../lib/cost/fixed-parts.ts';
import { DEFAULT_DEPLOYMENT } from '../../lib/cost/render-page.ts';
import { synthesizeLoop } from '../infra/loop-under-test.ts';

const NODES = ['node-a', 'node-b', 'node-c'];

describe('what is billed by the month', () => {
  it.each([1, 2, 3])('counts the alarms of %i nodes as CloudFormation gets them', (nodes) => {
    const { alarms } = synthesizeLoop({ nodes: NODES.slice(0, nodes) });
    const billed = alarms.map(
      ({ Metrics }) => Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1,
    );
    expect(alarmMetrics(nodes)).toBe(billed.reduce((sum, metrics) => sum + metrics, 0));
  });

  it('counts at most 15 custom metrics for a cluster of one node', () => {
    expect(mostMetrics(1)).toBe(15);
    expect(mostMetrics(3)).toBe(4 + 3 * 11);
  });

  it('leaves out what is not deployed', () => {
    const bare = { alarms: false, dashboard: false, secret: false };
    expect(fixedParts({ ...DEFAULT_DEPLOYMENT, ...bare }).map(({ price }) => price)).toEqual(['metricMonth']);
  });

  it('has the task of a gateway, and its public address, only where there is one', () => {
    const usdOf = (gateway: 'none' | 'private' | 'public'): number =>
      fixedParts({ ...DEFAULT_DEPLOYMENT, gateway })
        .filter(({ what }) => what.startsWith('gateway'))
        .reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
    expect(usdOf('none')).toBe(0);
    expect(usdOf('private')).toBeCloseTo(7.21, 2);
    expect(usdOf('public')).toBeCloseTo(7.21 + 3.65, 2);
  });

  it('has Container Insights for one kind of pod and one pod, only where it is on', () => {
    const usdOf = (containerInsights: boolean): number[] =>
      fixedParts({ ...DEFAULT_DEPLOYMENT, containerInsights })
        .filter(({ what }) => what.startsWith('Container Insights'))
        .map(({ usdPerMonth }) => usdPerMonth);
    expect(usdOf(false)).toEqual([]);
    expect(usdOf(true)).toEqual([3, 3, expect.closeTo(0.015, 6)]);
  });

  it('has a NAT gateway only where the functions need one to reach AWS', () => {
    const natOf = (behindNat: boolean) =>
      fixedParts({ ...DEFAULT_DEPLOYMENT, behindNat }).find(({ price }) => price === 'natHour')?.usdPerMonth;
    expect(natOf(true)).toBeCloseTo(32.85, 2);
    expect(natOf(false)).toBeUndefined();
  });
});
