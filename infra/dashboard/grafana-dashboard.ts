import { METRIC_NAMESPACE, METRICS } from '../../lib/core/metrics.ts';
import { namesOf } from '../names.ts';
import { SECTIONS } from './dashboard-rows.ts';
import type { Chart, ChartUnit, FunctionLine, Line, LogTable, OwnLine, UsageLine } from './row-types.ts';

/** Where the panels get their data: whatever is chosen above the dashboard. */
const DATASOURCE = { type: 'cloudwatch', uid: '${datasource}' } as const;
const NAMES = namesOf({ cluster: '$cluster' });

const UNITS: Readonly<Record<ChartUnit, string>> = {
  count: 'short',
  milliseconds: 'ms',
  seconds: 's',
  vCPU: 'none',
  'USD an hour': 'currencyUSD',
};

const CHART_HEIGHT = 8;
const TABLE_HEIGHT = 7;
/** Of Grafana 10: newer ones bring it up to date as they import it. */
const SCHEMA_VERSION = 39;

/** The dashboard for Grafana and its CloudWatch data source: the rows of the CloudWatch dashboard, any cluster, any Region. */
export function grafanaDashboard(): object {
  return {
    title: 'Lambdalet',
    uid: 'lambdalet',
    description:
      'Virtual nodes on Fargate: what is broken first. Generated from infra/dashboard/dashboard-rows.ts.',
    tags: ['lambdalet'],
    editable: true,
    graphTooltip: 1,
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    schemaVersion: SCHEMA_VERSION,
    templating: { list: variables() },
    panels: layOut(),
  };
}

interface Target {
  readonly id?: string;
  readonly [field: string]: unknown;
}

function variables(): object[] {
  const ask = (
    name: string,
    label: string,
    query: Readonly<Record<string, unknown>>,
    more: object = {},
  ): object => ({
    ...{ name, label, type: 'query', datasource: DATASOURCE, refresh: 1, sort: 1 },
    query: { refId: 'CloudWatchVariableQueryEditor-VariableQuery', region: '$region', ...query },
    ...more,
  });
  const valuesOf = (
    namespace: string,
    metricName: string,
    dimensionKey: string,
    dimensionFilters: object = {},
  ): Readonly<Record<string, unknown>> => ({
    ...{ queryType: 'dimensionValues', namespace, metricName, dimensionKey, dimensionFilters },
  });
  // CloudFormation names the queues, in a stack of whatever name, after the constructs that make them, and cuts what is too long: the tag
  // says whose they are. The name of one cluster may begin that of another.
  const queueOf = (name: string, label: string, beginning: string): object => {
    const tags = { 'lambdalet:cluster': ['$cluster'] };
    const regex = `/([^:]*${beginning}[^:]*)$/`;
    return ask(name, label, { queryType: 'resourceARNs', resourceType: 'sqs', tags }, { regex });
  };
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'cloudwatch' },
    ask('region', 'Region', { queryType: 'regions' }),
    ask('cluster', 'Cluster', valuesOf(METRIC_NAMESPACE, 'TakeOvers', 'cluster')),
    ask('node', 'Node', valuesOf(METRIC_NAMESPACE, 'HeartbeatAge', 'node', { cluster: '$cluster' }), {
      ...{ multi: true, includeAll: true, current: { text: ['All'], value: ['$__all'] } },
    }),
    queueOf('taskEvents', 'Queue of task events', 'TaskEventsQ'),
    queueOf('deadLetters', 'Queue of dead letters', 'TaskEventsD'),
  ];
}

/** Panels from left to right and from top to bottom, 24 columns wide; each section under its heading. */
function layOut(): object[] {
  const panels: object[] = [];
  let y = 0;
  const add = (gridPos: object, panel: object): number =>
    panels.push({ id: panels.length + 1, gridPos, ...panel });
  for (const section of SECTIONS) {
    add({ x: 0, y, w: 24, h: 1 }, { type: 'row', title: section.title, collapsed: false, panels: [] });
    y += 1;
    let x = 0;
    for (const panel of section.panels) {
      const h = panel.kind === 'chart' ? CHART_HEIGHT : TABLE_HEIGHT;
      add({ x, y, w: panel.width, h }, panel.kind === 'chart' ? chartPanel(panel) : tablePanel(panel));
      x = (x + panel.width) % 24;
      if (x === 0) y += h;
    }
  }
  return panels;
}

function chartPanel({ title, about, unit, lines, limits = [] }: Chart): object {
  const steps = limits.map(({ value }) => ({ color: 'red', value }));
  return {
    ...{ type: 'timeseries', title, description: about, datasource: DATASOURCE },
    fieldConfig: {
      defaults: {
        ...{ unit: UNITS[unit], min: 0 },
        custom: {
          ...{ drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'auto', spanNulls: 600_000 },
          ...(steps.length > 0 && { thresholdsStyle: { mode: 'dashed' } }),
        },
        thresholds: { mode: 'absolute', steps: [{ color: 'green', value: null }, ...steps] },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi' },
    },
    targets: withRefIds(lines.flatMap(targetsOf)),
  };
}

function tablePanel({ title, about, functions, query }: LogTable): object {
  const target = {
    ...{ datasource: DATASOURCE, queryMode: 'Logs', region: '$region', id: '' },
    logGroupNames: functions.map(NAMES.functionLogGroup),
    expression: query.join('\n| '),
    statsGroups: [],
  };
  return {
    ...{ type: 'table', title, description: about, datasource: DATASOURCE },
    fieldConfig: { defaults: {}, overrides: [] },
    options: { showHeader: true },
    targets: withRefIds([target]),
  };
}

function targetsOf(line: Line): Target[] {
  switch (line.of) {
    case 'lambdalet':
      return [ownTarget(line)];
    case 'functions':
      return functionTargets(line);
    case 'queue':
      return [metricTarget(line, 'AWS/SQS', line.metric, { QueueName: `$${line.queue}` })];
    case 'usage':
      return [usageTarget(line)];
  }
}

function ownTarget(line: OwnLine): Target {
  switch (METRICS[line.metric].scope) {
    case 'cluster':
      return metricTarget(line, METRIC_NAMESPACE, line.metric, { cluster: '$cluster' });
    case 'node': {
      const dimensions = { cluster: '$cluster', node: '$node' };
      const label = `\${PROP('Dim.node')}: ${line.label}`;
      return metricTarget({ ...line, label }, METRIC_NAMESPACE, line.metric, dimensions);
    }
  }
}

function functionTargets(line: FunctionLine): Target[] {
  return line.functions.map((name) =>
    metricTarget({ ...line, label: name }, 'AWS/Lambda', line.metric, {
      FunctionName: NAMES.functionName(name),
    }),
  );
}

function usageTarget(line: UsageLine): Target {
  const id = line.class === 'Standard/Spot' ? 'usedSpot' : 'usedOnDemand';
  if (line.quota)
    return { ...metricTarget(line, '', '', {}), metricEditorMode: 1, expression: `SERVICE_QUOTA(${id})` };
  const dimensions = { Service: 'Fargate', Type: 'Resource', Resource: 'vCPU', Class: line.class };
  return { ...metricTarget(line, 'AWS/Usage', 'ResourceCount', dimensions), id };
}

function metricTarget(
  { statistic, label, periodMinutes = 1 }: Line,
  namespace: string,
  metricName: string,
  dimensions: Readonly<Record<string, string>>,
): Target {
  return {
    ...{ datasource: DATASOURCE, queryMode: 'Metrics', metricQueryType: 0, metricEditorMode: 0 },
    ...{ region: '$region', namespace, metricName, dimensions, matchExact: true },
    ...{ statistic, period: String(periodMinutes * 60), label, id: '', expression: '' },
  };
}

/** `A`, `B`, .. within a panel. */
function withRefIds(targets: readonly Target[]): object[] {
  return targets.map((target, at) => ({ refId: String.fromCharCode(65 + at), ...target }));
}
