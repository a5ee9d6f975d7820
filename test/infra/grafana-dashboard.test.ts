import { describe, expect, it } from 'vitest';
import { SECTIONS } from '../../infra/dashboard/dashboard-rows.ts';
import { grafanaDashboard } from '../../infra/dashboard/grafana-dashboard.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../lib/core/metrics.ts';
import { synthesizeLoop } from './loop-under-test.ts';
import { resourcesOf, synthesize } from './synthesize.ts';

interface Target {
  readonly refId: string;
  readonly id: string;
  readonly queryMode: 'Metrics' | 'Logs';
  readonly region: string;
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic?: string;
  readonly period?: string;
  readonly expression: string;
  readonly logGroupNames?: readonly string[];
}

interface Panel {
  readonly id: number;
  readonly type: 'row' | 'timeseries' | 'table';
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly regex?: string;
  readonly query: unknown;
}

const dashboard = JSON.parse(JSON.stringify(grafanaDashboard())) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly schemaVersion: number;
};
const { panels } = dashboard;
const targets = panels.flatMap((panel) => panel.targets ?? []);

describe('the dashboard for Grafana', () => {
  it('has the panels of the rows, each section under its heading', () => {
    const titles = SECTIONS.flatMap((section) => [
      section.title,
      ...section.panels.map(({ title }) => title),
    ]);
    expect(panels.map(({ title }) => title)).toEqual(titles);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('lets people choose data source, Region, cluster, nodes and queues, in this order', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual([
      'datasource',
      'region',
      'cluster',
      'node',
      'taskEvents',
      'deadLetters',
    ]);
    expect(dashboard.templating.list[0]).toMatchObject({ type: 'datasource', query: 'cloudwatch' });
  });

  it.each([
    ['taskEvents', 'TaskEventsQueue'],
    ['deadLetters', 'TaskEventsDeadLetters'],
  ])(
    'finds the queue %s by the tag of its cluster and by its construct, in a stack of any name',
    (name, id) => {
      const variable = dashboard.templating.list.find((one) => one.name === name);
      expect(variable?.query).toMatchObject({
        ...{ queryType: 'resourceARNs', region: '$region', resourceType: 'sqs' },
        tags: { 'lambdalet:cluster': ['$cluster'] },
      });
      const queues = [...resourcesOf(synthesize().state, 'AWS::SQS::Queue')];
      for (const [, { Properties }] of queues)
        expect(Properties['Tags']).toContainEqual({ Key: 'lambdalet:cluster', Value: 'test' });
      const regex = new RegExp((variable?.regex ?? '').slice(1, -1));
      const found = queues.flatMap(
        ([logicalId]) => regex.exec(`arn:aws:sqs:eu-west-1:123456789012:any-${logicalId}-XYZ`)?.[1] ?? [],
      );
      expect(found).toEqual([expect.stringMatching(`^any-\\w*${id}[0-9A-F]{8}-XYZ$`)]);
    },
  );

  it('uses no variable that nobody can choose', () => {
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-zA-Z]+)\b(?!\()/g)].map(([, name]) => name);
    const known = dashboard.templating.list.map(({ name }) => name);
    expect([...new Set(used)].filter((name) => !known.includes(name ?? ''))).toEqual([]);
  });

  it.each(Object.keys(METRICS) as MetricName[])('shows %s with exactly its dimensions', (name) => {
    const own = targets.filter(
      ({ namespace, metricName }) => namespace === METRIC_NAMESPACE && metricName === name,
    );
    expect(own.length).toBeGreaterThan(0);
    const { scope } = METRICS[name];
    for (const { dimensions } of own)
      expect(dimensions).toEqual({ cluster: '$cluster', ...(scope === 'node' && { node: '$node' }) });
  });

  it('asks for what CloudWatch’s own dashboard asks for', () => {
    const { widgets } = synthesizeLoop();
    const ours = targets.flatMap(({ namespace, metricName }) =>
      namespace === undefined || namespace === '' ? [] : [`${namespace} ${metricName}`],
    );
    const theirs = widgets
      .flatMap(({ properties }) => properties.metrics ?? [])
      .flatMap(([namespace, metric]) =>
        typeof namespace === 'string' ? [`${namespace} ${String(metric)}`] : [],
      );
    expect([...new Set(ours)].sort()).toEqual([...new Set(theirs)].sort());
  });

  it('has what Grafana needs in every query of a metric', () => {
    for (const target of targets.filter(({ queryMode }) => queryMode === 'Metrics')) {
      expect(target).toMatchObject({
        datasource: { type: 'cloudwatch', uid: '${datasource}' },
        region: '$region',
        metricQueryType: 0,
        period: expect.stringMatching(/^\d+$/) as unknown,
      });
    }
  });

  it('has what Grafana needs in every query of the logs', () => {
    const logs = targets.filter(({ queryMode }) => queryMode === 'Logs');
    expect(logs.length).toBe(2);
    for (const { logGroupNames = [], expression } of logs) {
      for (const name of logGroupNames) expect(name).toMatch(/^\/lambdalet\/\$cluster\/functions\/[\w-]+$/);
      expect(expression).toMatch(/^filter /);
    }
  });

  it('names each query of a panel once, and asks for quotas of metrics that are there', () => {
    for (const { title, targets: own = [] } of panels) {
      expect(new Set(own.map(({ refId }) => refId)).size, title).toBe(own.length);
      for (const { expression } of own.filter(({ queryMode }) => queryMode === 'Metrics')) {
        if (expression === '') continue;
        const id = /^SERVICE_QUOTA\((\w+)\)$/.exec(expression)?.[1];
        expect(own.map((target) => target.id)).toContain(id);
      }
    }
  });

  it('fills its rows: nothing overlaps, nothing sticks out', () => {
    const cells = new Set<string>();
    for (const { gridPos: at } of panels) {
      expect(at.x + at.w).toBeLessThanOrEqual(24);
      for (let x = at.x; x < at.x + at.w; x += 1)
        for (let y = at.y; y < at.y + at.h; y += 1) {
          expect(cells.has(`${x},${y}`)).toBe(false);
          cells.add(`${x},${y}`);
        }
    }
    expect(cells.size).toBe(24 * Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)));
  });
});
