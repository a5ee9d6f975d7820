import { describe, expect, it } from 'vitest';
import { SECTIONS } from '../../../infra/dashboard/dashboard-rows.ts';
import type { OwnLine, Statistic } from '../../../infra/dashboard/row-types.ts';
import { drawDashboard } from '../../../lib/local/picture/draw-dashboard.ts';
import { readEmf, type Sample } from '../../../lib/local/picture/read-emf.ts';
import { formatValue, scaleAxis } from '../../../lib/local/picture/scale-axis.ts';
import { curvesOf } from '../../../lib/local/picture/summarise.ts';
import { staleDashboards } from '../../../lib/local/picture/write-dashboards.ts';

/** A line as a function writes it. */
const emf = (at: number, values: Readonly<Record<string, unknown>>, node?: string): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: 'Lambdalet',
          Dimensions: [node === undefined ? ['cluster'] : ['cluster', 'node']],
          Metrics: Object.keys(values).map((Name) => ({ Name })),
        },
      ],
    },
    cluster: 'test',
    ...(node !== undefined && { node }),
    ...values,
  });

describe('lines of a function', () => {
  it('give their metrics with dimensions and all values', () => {
    const [age, pods] = readEmf(emf(1000, { HeartbeatAge: 12, PodsPending: [1, 2] }, 'a'));
    expect(age).toEqual({
      ...{ at: 1000, namespace: 'Lambdalet', metric: 'HeartbeatAge', values: [12] },
      dimensions: { cluster: 'test', node: 'a' },
    });
    expect(pods).toMatchObject({ metric: 'PodsPending', values: [1, 2] });
  });

  it.each(['', 'no JSON "CloudWatchMetrics"', '{"level":"INFO","message":"Node created"}'])(
    'give nothing when they are none: %j',
    (text) => {
      expect(readEmf(text)).toEqual([]);
    },
  );
});

describe('a curve', () => {
  const span = { from: 0, to: 25_000, periodMs: 10_000 };
  const line = (statistic: Statistic): OwnLine => ({
    ...{ of: 'lambdalet', metric: 'ApiLatency', statistic, label: 'requests' },
  });
  const sample = (at: number, values: readonly number[], node?: string): Sample => ({
    ...{ at, namespace: 'Lambdalet', metric: 'ApiLatency', values },
    dimensions: { cluster: 'test', ...(node !== undefined && { node }) },
  });
  const told = [sample(1000, [1, 2, 3, 4]), sample(9_999, [100]), sample(20_000, [7])];
  const valuesOf = (statistic: Statistic) =>
    curvesOf(line(statistic), told, span)[0]?.points.map(({ at, value }) => [at, value]);

  it.each<[Statistic, readonly (readonly [number, number])[]]>([
    [
      'Maximum',
      [
        [0, 100],
        [20_000, 7],
      ],
    ],
    [
      'p50',
      [
        [0, 3],
        [20_000, 7],
      ],
    ],
    [
      'p99',
      [
        [0, 100],
        [20_000, 7],
      ],
    ],
    [
      'Sum',
      [
        [0, 110],
        [10_000, 0],
        [20_000, 7],
      ],
    ],
    [
      'SampleCount',
      [
        [0, 5],
        [10_000, 0],
        [20_000, 1],
      ],
    ],
  ])('of %s has a point for each period; only what is counted is zero in silence', (statistic, points) => {
    expect(valuesOf(statistic)).toEqual(points);
  });

  it('is one of each node, by its name where there are several', () => {
    const labels = (...samples: Sample[]) =>
      curvesOf(line('Maximum'), samples, span).map(({ label }) => label);
    expect(labels(sample(0, [1], 'a'))).toEqual(['requests']);
    expect(labels(sample(0, [1], 'a'), sample(0, [1], 'b'))).toEqual(['a: requests', 'b: requests']);
  });

  it('of what nobody told is empty, or zero where it counts', () => {
    expect(curvesOf(line('p50'), [], span)).toEqual([{ label: 'requests', points: [] }]);
    expect(curvesOf(line('Sum'), [], span)[0]?.points.map(({ value }) => value)).toEqual([0, 0, 0]);
  });
});

describe('an axis', () => {
  it.each([
    [0, 'milliseconds', [0, 1]],
    [5, 'count', [0, 2, 4, 6]],
    [1, 'count', [0, 1]],
    [0.062, 'USD an hour', [0, 0.02, 0.04, 0.06, 0.08]],
    [36_000, 'milliseconds', [0, 10_000, 20_000, 30_000, 40_000]],
    [1.25, 'vCPU', [0, 0.5, 1, 1.5]],
  ] as const)('up to %d %s has round ticks', (highest, unit, ticks) => {
    const axis = scaleAxis(highest, unit);
    expect(axis.ticks).toEqual(ticks);
    expect(axis.max).toBeGreaterThanOrEqual(highest);
  });

  it.each([
    [250, 'milliseconds', '250 ms'],
    [1500, 'milliseconds', '1.5 s'],
    [25, 'seconds', '25 s'],
    [0.04, 'USD an hour', '$0.04'],
    [3, 'count', '3'],
    [0.25, 'vCPU', '0.25'],
  ] as const)('says %d %s as people read it', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });
});

describe('the picture', () => {
  const lines = [
    emf(0, { HeartbeatAge: 12, PodsPending: 5, PodsRunning: 0 }, 'a'),
    emf(30_000, { HeartbeatAge: 13, PodsPending: 0, PodsRunning: 5, LaunchToRunning: [30_000, 34_000] }, 'a'),
    emf(60_000, { ApiLatency: [3, 4, 800] }),
  ];
  const picture = drawDashboard(lines);
  const size = /viewBox="0 0 (\d+) (\d+)"/.exec(picture)?.slice(1).map(Number) ?? [];
  const charts = SECTIONS.flatMap(({ panels }) => panels).filter((panel) => panel.kind === 'chart');

  it('shows every chart with a metric of ours, under the heading of its section', () => {
    const drawn = [...picture.matchAll(/<text class="title"[^>]*>([^<]+)</g)].map(([, title]) => title);
    const own = charts.filter((chart) => chart.lines.some(({ of }) => of === 'lambdalet'));
    expect(drawn).toEqual(own.map(({ title }) => title));
    expect(picture).toContain('Is anything broken?');
    expect(picture).not.toContain('Do the functions run?');
  });

  it('is XML: every tag is closed, no number is missing', () => {
    const open: string[] = [];
    for (const [, end, name = '', rest = ''] of picture.matchAll(/<(\/?)([a-z]+)([^>]*)>/g)) {
      if (end === '/') expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/')) open.push(name);
    }
    expect(open).toEqual([]);
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws nothing outside of itself', () => {
    const [width = 0, height = 0] = size;
    for (const [, x] of picture.matchAll(/ (?:x|x1|x2|cx)="([^"]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThanOrEqual(width);
    }
    for (const [, y] of picture.matchAll(/ (?:y|y1|y2|cy)="([^"]+)"/g)) {
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThanOrEqual(height);
    }
  });

  it('draws a curve with as many points as periods that have a value', () => {
    const curves = [...picture.matchAll(/<polyline class="curve s0" points="([^"]*)"/g)].map(
      ([, points = '']) => points.split(' ').filter((point) => point !== '').length,
    );
    expect(curves[0], 'the heartbeat').toBe(2);
  });

  it('is read by day and by night: each colour has one for the dark', () => {
    const [light = '', dark = ''] = (/<style>([^]*)<\/style>/.exec(picture)?.[1] ?? '').split('@media');
    const classesIn = (style: string) =>
      new Set(
        [...style.matchAll(/([^{}]+)\{([^}]*#[^}]*)\}/g)].flatMap(([, selectors = '']) =>
          selectors.split(',').map((selector) => selector.trim().split('\n').at(-1)?.trim() ?? ''),
        ),
      );
    const inDark = classesIn(dark.replace(/^[^{]*\{/, ''));
    expect([...classesIn(light)].filter((selector) => !inDark.has(selector))).toEqual([]);
  });

  it('cannot be drawn of nothing', () => {
    expect(() => drawDashboard(['{"level":"INFO"}'])).toThrow('no metric');
  });
});

describe('the generated files of docs/dashboard', () => {
  it('are what the rows and the recorded demo say (else run `npm run generate`)', () => {
    expect(staleDashboards()).toEqual([]);
  });
});
