import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderPage } from '../../lib/cost/render-page.ts';
import { isPageFresh, recordedCounts } from '../../lib/cost/write-cost-page.ts';

const counts = recordedCounts();

describe('docs/cost.md', () => {
  it('is what the counts on record say (else: node lib/cost/write-cost-page.ts)', () => {
    expect(isPageFresh()).toBe(true);
  });

  it('generates every table that it shows', () => {
    const page = readFileSync('docs/cost.md', 'utf8');
    const generated = page.split('<!-- generated: ').slice(1);
    expect(generated.length).toBeGreaterThan(5);
    expect(page.replace(/<!-- generated: [^]*?<!-- end of generated -->/g, '')).not.toContain('| --- |');
  });

  it('changes when a price or a count does', () => {
    const { watch, economy } = counts;
    const { counted } = watch.idle;
    const calls = { ...counted.calls, 'dynamodb.GetItem': { calls: 1, units: 1 } };
    const changed = {
      economy,
      watch: { ...watch, idle: { pods: 0, counted: { ...counted, calls } } },
    };
    const page = '<!-- generated: calls -->\n<!-- end of generated -->';
    expect(renderPage(page, changed)).not.toBe(renderPage(page, counts));
  });

  it.each(['watch', 'economy'] as const)('tells what each further node adds in %s mode', (mode) => {
    const page = '<!-- generated: formula -->\n<!-- end of generated -->';
    const line = (of: typeof counts): string =>
      renderPage(page, of)
        .split('\n')
        .find((one) => one.startsWith(mode)) ?? '';
    expect(line(counts)).toMatch(/ \+ 0\.\d\d x \(nodes - 1\) \+ /);
    const { idle } = counts[mode];
    const free = { ...counts, [mode]: { ...counts[mode], twoNodes: idle.counted } };
    expect(line(free)).toContain(' + 0.00 x (nodes - 1) + ');
  });

  it('keeps what stands outside of the markers, and fails for a marker that nothing is known for', () => {
    const page = 'before\n<!-- generated: config -->\nold\n<!-- end of generated -->\nafter\n';
    expect(renderPage(page, counts)).toMatch(
      /^before\n<!-- generated: config -->\n\n[^]+\n\n<!-- end of generated -->\nafter\n$/,
    );
    expect(() => renderPage(page.replace('config', 'weather'), counts)).toThrow('the marker weather');
  });
});
