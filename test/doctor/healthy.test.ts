import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../lib/doctor/finding.ts';
import { openPractice, type Practice } from './doctor-here.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

describe('a deployment in which everything is well', () => {
  it('is told so, check by check', async () => {
    const { code, general, clusters, isGood, summary } = await practice.report();
    const findings = [...general, ...clusters.flatMap((one) => one.findings)];
    const bad = findings.filter(({ status }) => status !== 'ok' && status !== 'skipped');
    expect(bad).toEqual([]);
    expect({ code, isGood }).toEqual({ code: 0, isGood: true });
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(Object.keys(CHECKS)));
    expect(summary).toMatchObject({ fault: 0, unknown: 0, warning: 0 });
  });
});
