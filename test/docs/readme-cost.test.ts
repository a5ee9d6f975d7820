import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALARMS } from '../../infra/dashboard/alarm-rows.ts';
import { estimateAnotherNode } from '../../lib/cost/another-node.ts';
import { estimate } from '../../lib/cost/estimate.ts';
import { alarmMetrics } from '../../lib/cost/fixed-parts.ts';
import { DEFAULT_DEPLOYMENT } from '../../lib/cost/render-page.ts';
import { recordedCounts } from '../../lib/cost/write-cost-page.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
const { idle, pods } = estimate(recordedCounts(), DEFAULT_DEPLOYMENT);

/** The second cell of the row of the README that begins so. */
function cellOf(begin: string): string | undefined {
  const row = README.split('\n').find((line) => line.startsWith(`| ${begin}`));
  return row?.split('|')[2]?.trim();
}

describe('what README says of the cost', () => {
  it('is that of the idle control loop on docs/cost.md', () => {
    expect(cellOf('watch mode')).toBe(idle.watch?.usdPerMonth.toFixed(2));
    expect(cellOf('economy mode')).toBe(idle.economy?.usdPerMonth.toFixed(2));
  });

  it('is that of 1,000 pods there', () => {
    const thousand = (mode: 'watch' | 'economy'): string => (1000 * (pods[mode]?.usdPerPod ?? 0)).toFixed(2);
    expect(cellOf('1,000 pods')).toBe(`${thousand('watch')} (${thousand('economy')} in economy mode)`);
  });

  it('is what each further node adds there', () => {
    const counts = recordedCounts();
    const added = (mode: 'watch' | 'economy'): string =>
      estimateAnotherNode(
        counts[mode].idle.counted,
        counts[mode].twoNodes,
        DEFAULT_DEPLOYMENT,
      ).usdPerMonth.toFixed(2);
    expect(cellOf('each further node')).toBe(`${added('watch')} (${added('economy')} in economy mode)`);
  });

  it('is what is told apart there, in whole USD', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/cost.md'), 'utf8');
    const apart = /<!-- generated: apart -->([^]*?)<!-- end/.exec(page)?.[1] ?? '';
    const sum = [...apart.matchAll(/^\| [^|]+ \| ([\d.]+) \|/gm)].reduce(
      (all, [, usd]) => all + Number(usd),
      0,
    );
    expect(sum).toBeGreaterThan(1);
    expect(cellOf('apart')).toBe(`about ${Math.round(sum)}`);
    expect(README).toContain(`| apart: ${ALARMS.length} alarms on ${alarmMetrics(1)} metrics, dashboard,`);
  });
});
