import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lib/core/metrics.ts';
import { estimateAnotherNode } from '../../lib/cost/another-node.ts';
import { sumOf } from '../../lib/cost/bill.ts';
import { alarmMetrics } from '../../lib/cost/fixed-parts.ts';
import { DEFAULT_DEPLOYMENT } from '../../lib/cost/render-page.ts';
import { recordedCounts } from '../../lib/cost/write-cost-page.ts';

const counts = recordedCounts();
const METRIC_USD = 0.3;
const ALARM_USD = 0.1;

describe.each(['watch', 'economy'] as const)('another node in %s mode', (mode) => {
  const { idle, twoNodes } = counts[mode];
  const added = estimateAnotherNode(idle.counted, twoNodes, DEFAULT_DEPLOYMENT);
  const units = (what: string): number | undefined => added.lines.find((line) => line.what === what)?.units;

  it('adds up to its lines', () => {
    expect(added.usdPerMonth).toBeCloseTo(sumOf(added.lines), 10);
    expect(added.usdPerMonth).toBeGreaterThan(0);
  });

  it('costs nothing where two cost what one does', () => {
    const same = estimateAnotherNode(idle.counted, idle.counted, DEFAULT_DEPLOYMENT);
    expect(same.usdPerMonth).toBe(0);
  });

  it('brings no holder, and no trigger and no queue of its own', () => {
    expect(units('pod-sync, 256 MB, all the time') ?? 0).toBeCloseTo(0, 0);
    for (const what of ['Invoke', 'SendMessageBatch', 'pod-sync, invocations', 'node-heartbeat, invocations'])
      expect(units(what), what).toBe(0);
    expect(units('GetItem')).toBeGreaterThan(0);
    expect(units('node-heartbeat, 256 MB')).toBeGreaterThan(0);
  });

  it('has metrics of its own, and alarms unless they are off', () => {
    const metrics = Object.values(METRICS).filter(({ scope }) => scope === 'node').length;
    const alarms = alarmMetrics(2) - alarmMetrics(1);
    const without = estimateAnotherNode(idle.counted, twoNodes, { ...DEFAULT_DEPLOYMENT, alarms: false });
    expect(added.apartUsdPerMonth - without.apartUsdPerMonth).toBeCloseTo(alarms * ALARM_USD, 10);
    const logs = without.apartUsdPerMonth - metrics * METRIC_USD;
    expect(logs, 'log lines').toBeGreaterThan(0);
    expect(logs).toBeLessThan(0.2);
  });
});
