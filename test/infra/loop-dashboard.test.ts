import { describe, expect, it } from 'vitest';
import { LOOP_FUNCTIONS, SECTIONS, TROUBLE_QUERY } from '../../infra/dashboard/dashboard-rows.ts';
import { ALARMS } from '../../infra/dashboard/alarm-rows.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../lib/core/metrics.ts';
import { synthesizeLoop, type Widget } from './loop-under-test.ts';

const NODES = ['node-a', 'node-b'];
const { widgets } = synthesizeLoop({ nodes: NODES });
const titled = (title: string): Widget['properties'] => {
  const found = widgets.find(({ properties }) => properties.title === title);
  if (found === undefined) throw new Error(`no widget is called ${title}`);
  return found.properties;
};
const drawn = widgets.flatMap(({ properties }) => properties.metrics ?? []);
const charts = SECTIONS.flatMap(({ panels }) => panels).filter((panel) => panel.kind === 'chart');

describe('the dashboard', () => {
  it.each(Object.keys(METRICS) as MetricName[])('shows %s with exactly its dimensions', (metric) => {
    const dimensions =
      METRICS[metric].scope === 'node'
        ? NODES.map((node) => ['cluster', 'test', 'node', node])
        : [['cluster', 'test']];
    const shown = drawn
      .filter(([namespace, name]) => namespace === METRIC_NAMESPACE && name === metric)
      .map((entry) => entry.slice(2).filter((part) => typeof part === 'string'));
    expect(new Set(shown.map(String))).toEqual(new Set(dimensions.map(String)));
  });

  it('shows no metric of ours that nobody emits', () => {
    const own = drawn.filter(([namespace]) => namespace === METRIC_NAMESPACE).map(([, name]) => name);
    expect([...new Set(own)].filter((name) => !((name as string) in METRICS))).toEqual([]);
  });

  it('begins with what is broken: the alarms, what to do, the heartbeat, the trouble in words', () => {
    expect(widgets.slice(0, 7).map(({ type, properties }) => properties.title ?? type)).toEqual([
      'Alarms',
      'text',
      'text',
      'Heartbeat age',
      'Trouble',
      'Take-overs',
      'What the trouble is',
    ]);
  });

  it('explains each alarm, and links to the runbooks when it is known where they are', () => {
    const textOf = (from: readonly Widget[]): string => from[1]?.properties.markdown ?? '';
    for (const { name, means } of ALARMS) {
      expect(textOf(widgets)).toContain(`| **${name}** | ${means} |`);
    }
    const linked = textOf(synthesizeLoop({ runbookUrl: 'https://wiki.example.com/o' }).widgets);
    expect(linked).toContain('[Event queue age](https://wiki.example.com/o#event-queue-age)');
  });

  it('is there without alarms, too', () => {
    const { widgets: alone } = synthesizeLoop({ withAlarms: false });
    expect(alone.map(({ type }) => type)).not.toContain('alarm');
    expect(alone.length).toBe(widgets.length - 1);
  });

  it('has a widget for each hundred alarms, and each alarm once', () => {
    const nodes = Array.from({ length: 100 }, (_, at) => `node-${at}`);
    const { alarms, widgets: many } = synthesizeLoop({ nodes });
    const lists = many.flatMap(({ type, properties }) => (type === 'alarm' ? [properties.alarms ?? []] : []));
    expect(alarms.length).toBeGreaterThan(300);
    expect(lists.map(({ length }) => length)).toEqual([
      ...Array<number>(Math.floor(alarms.length / 100)).fill(100),
      alarms.length % 100,
    ]);
    expect(new Set(lists.flat()).size).toBe(alarms.length);
    expect(many.filter(({ type }) => type === 'alarm').map(({ properties }) => properties.title)).toEqual(
      lists.map((_, at) => `Alarms ${at + 1} of ${lists.length}`),
    );
  });

  it('fills its rows: nothing overlaps, nothing sticks out', () => {
    const cells = new Set<string>();
    for (const { x, y, width, height } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1)
        for (let row = y; row < y + height; row += 1) {
          expect(cells.has(`${column},${row}`), `two widgets at ${column},${row}`).toBe(false);
          cells.add(`${column},${row}`);
        }
    }
    const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
    expect(cells.size).toBe(24 * bottom);
  });

  it('asks the logs of the functions for the trouble', () => {
    const { query = '' } = titled('What the trouble is');
    for (const name of LOOP_FUNCTIONS) expect(query).toContain(`SOURCE '/lambdalet/test/functions/${name}'`);
    expect(query).toContain(TROUBLE_QUERY.join('\n| '));
  });

  it('compares the vCPU in use with the quotas of the account, without a metric of ours for it', () => {
    const { metrics = [] } = titled('Fargate vCPU');
    const usage = [
      'AWS/Usage',
      'ResourceCount',
      'Service',
      'Fargate',
      'Type',
      'Resource',
      'Resource',
      'vCPU',
    ];
    for (const [id, capacity] of [
      ['usedOnDemand', 'Standard/OnDemand'],
      ['usedSpot', 'Standard/Spot'],
    ] as const) {
      const line = metrics.find((entry) => (entry.at(-1) as { id?: string }).id === id);
      expect(line).toEqual(expect.arrayContaining([...usage, 'Class', capacity]));
      const expressions = metrics.map((entry) => (entry.at(-1) as { expression?: string }).expression);
      expect(expressions).toContain(`SERVICE_QUOTA(${id})`);
    }
  });

  it('draws the limits that mean something', () => {
    expect(titled('Heartbeat age').annotations?.horizontal?.map(({ value }) => value)).toEqual([25, 40]);
    expect(titled('Age of the oldest task event').annotations?.horizontal?.map(({ value }) => value)).toEqual(
      [60],
    );
  });

  it('draws the thresholds of alarms where it draws what they judge', () => {
    for (const { limits = [], lines } of charts) {
      const thresholds = ALARMS.filter(
        ({ line }) => line.statistic === 'Maximum' && lines.some((drawnLine) => sameSource(drawnLine, line)),
      ).map(({ threshold }) => ('above' in threshold ? threshold.above : threshold.below));
      const positive = thresholds.filter((value) => value > 0);
      expect(limits.map(({ value }) => value)).toEqual(expect.arrayContaining(positive));
    }
  });
});

function sameSource(one: object, other: object): boolean {
  const sourceOf = ({ of, metric, queue }: { of?: string; metric?: string; queue?: string }) =>
    `${of} ${metric} ${queue}`;
  return sourceOf(one) === sourceOf(other);
}
