import { describe, expect, it } from 'vitest';
import { compareFigures } from './compare-figures.ts';

describe('two runs of the bench', () => {
  it('are compared figure by figure, however deep they are', () => {
    const before = { burst: { pods: 1000, cpuSeconds: 4 }, launchRate: [{ perSecond: 10 }] };
    const now = { burst: { pods: 1000, cpuSeconds: 3 }, launchRate: [{ perSecond: 15 }] };
    expect(compareFigures(before, now)).toBe(
      [
        'COMPARED with the saved run: 3 figures, 2 differ by more than 2 %',
        'burst.cpuSeconds  4 -> 3  (0.75)',
        'launchRate.0.perSecond  10 -> 15  (1.50)',
        '',
      ].join('\n'),
    );
  });

  it('may have different figures: only what both have is compared', () => {
    expect(compareFigures({ old: 1 }, { now: 1 })).toContain('0 figures');
  });

  it('name what was nothing before', () => {
    expect(compareFigures({ idlePass: { writes: 0 } }, { idlePass: { writes: 2 } })).toContain(
      'idlePass.writes  0 -> 2  (was none)',
    );
  });
});
