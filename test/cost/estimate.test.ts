import { describe, expect, it } from 'vitest';
import { sumOf } from '../../lib/cost/bill.ts';
import { estimate } from '../../lib/cost/estimate.ts';
import { DEFAULT_DEPLOYMENT } from '../../lib/cost/render-page.ts';
import { recordedCounts } from '../../lib/cost/write-cost-page.ts';

const counts = recordedCounts();
const result = estimate(counts, DEFAULT_DEPLOYMENT);
const exampleOf = (podsPerDay: number, steadyPods: number) => {
  const wish = { what: 'pods', podsPerDay, steadyPods };
  return estimate(counts, DEFAULT_DEPLOYMENT, [wish]).examples[0]!;
};

describe('an estimate', () => {
  it.each(['watch', 'economy'] as const)('of %s mode adds up to the lines of the control loop', (mode) => {
    const { usdPerMonth, lines } = result.idle[mode]!;
    expect(usdPerMonth).toBeCloseTo(sumOf(lines), 10);
    expect(new Set(lines.map(({ part }) => part)).has('Logs')).toBe(false);
  });

  it('has only the modes that were counted', () => {
    const { economy } = counts;
    const only = estimate({ economy: economy }, DEFAULT_DEPLOYMENT);
    expect(Object.keys(only.idle)).toEqual(['economy']);
    expect(Object.keys(only.examples[0]!.loopUsdPerMonth)).toEqual(['economy']);
  });

  it.each(['watch', 'economy'] as const)(
    'of pods in %s mode is a little for each, and never less than nothing',
    (mode) => {
      const { usdPerPod, usdPer1000Pods, usdPerRunningPodMonth } = result.pods[mode]!;
      expect(usdPer1000Pods).toBeCloseTo(1000 * usdPerPod, 10);
      expect(usdPerPod).toBeGreaterThan(1e-5);
      expect(usdPerPod).toBeLessThan(2e-4);
      expect(usdPerRunningPodMonth).toBeGreaterThan(0);
    },
  );

  it('of pods bills each event of a task, each write of a record, each file and each notice', () => {
    const units = (what: string) => result.pods.watch!.lines.find((line) => line.what === what)?.units;
    expect(units('PutEvents')).toBeCloseTo(3, 0);
    expect(units('PutObject')).toBeCloseTo(1, 5);
    expect(units('GetObject')).toBeCloseTo(1, 5);
    expect(units('SendMessage')).toBeGreaterThan(5);
    expect(units('UpdateItem')).toBeGreaterThan(5);
    expect(units('DeleteItem')).toBeGreaterThanOrEqual(1);
  });

  it('of an example is the control loop, and what its pods add', () => {
    const { idle, pods } = result;
    const { loopUsdPerMonth } = exampleOf(0, 100);
    const added = 100 * pods.economy!.usdPerRunningPodMonth;
    expect(loopUsdPerMonth.economy).toBeCloseTo(idle.economy!.usdPerMonth + added, 8);
    expect(exampleOf(0, 0).loopUsdPerMonth.watch).toBeCloseTo(idle.watch!.usdPerMonth, 8);
    expect(exampleOf(2000, 0).loopUsdPerMonth.watch).toBeGreaterThan(
      exampleOf(1000, 0).loopUsdPerMonth.watch!,
    );
  });

  it('of an example tells Fargate beside it, and AWS Config at two items a pod', () => {
    const { fargateUsdPerMonth, awsConfigUsdPerMonth } = exampleOf(1000, 0);
    expect(awsConfigUsdPerMonth).toBeCloseTo((1000 * 730 * 2 * 0.003) / 24, 8);
    const hourUsd = 0.25 * 0.04048 + 0.5 * 0.004445;
    expect(fargateUsdPerMonth).toBeCloseTo(((1000 * 730) / 24 / 6) * hourUsd, 8);
  });

  it('leaves out the calls of a secret that is not there', () => {
    const { idle } = estimate(counts, { ...DEFAULT_DEPLOYMENT, secret: false });
    expect(idle.watch!.apart.map(({ part }) => part)).toEqual(['Logs', 'Logs']);
  });

  it('follows the memory of pod-sync', () => {
    const { idle } = estimate(counts, { ...DEFAULT_DEPLOYMENT, podSyncMemory: 512 });
    expect(idle.watch!.usdPerMonth - result.idle.watch!.usdPerMonth).toBeGreaterThan(8.5);
  });
});
