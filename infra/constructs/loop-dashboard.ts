import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Alarm, IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { SECTIONS } from '../dashboard/dashboard-rows.ts';
import { describeAlarms } from '../dashboard/describe-alarms.ts';
import type { Chart, LogTable, Section } from '../dashboard/row-types.ts';
import { namesOf } from '../names.ts';
import { metricsOf, type LoopSources } from './loop-metrics.ts';

export interface LoopDashboardProps extends LoopSources {
  readonly dashboardName: string;
  /** Shown first, with what to do about them. */
  readonly alarms: readonly Alarm[];
  /**
   * Where people read docs/operations.md.
   *
   * @default - the runbooks are named, without links
   */
  readonly runbookUrl?: string;
}

const CHART_HEIGHT = 6;
const TABLE_HEIGHT = 5;
const FULL_WIDTH = 24;
/** An alarm widget takes no more (CloudWatch, properties of an alarm status widget object). */
const ALARMS_IN_WIDGET = 100;

/** The dashboard of a virtual cluster, for someone who was just called: what is broken first. */
export class LoopDashboard extends Construct {
  constructor(scope: Construct, id: string, props: LoopDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: props.dashboardName,
      defaultInterval: Duration.hours(3),
      widgets: [...headOf(props), ...SECTIONS.flatMap((section) => rowsOf(section, props))],
    });
  }
}

/** The alarms beside what to do about them; the many of many nodes go on below. */
function headOf({ alarms, clusterName, runbookUrl }: LoopDashboardProps): IWidget[][] {
  const half = { width: FULL_WIDTH / 2, height: 9 };
  const runbooks = new TextWidget({ ...half, markdown: describeAlarms(clusterName, runbookUrl) });
  const [first, ...more] = chunksOf(alarms).map((chunk, at, { length }) => {
    const title = length === 1 ? 'Alarms' : `Alarms ${at + 1} of ${length}`;
    const size = at === 0 ? half : { width: FULL_WIDTH, height: TABLE_HEIGHT };
    return new AlarmStatusWidget({ ...size, title, alarms: chunk });
  });
  return [first === undefined ? [runbooks] : [first, runbooks], ...more.map((widget) => [widget])];
}

function chunksOf(alarms: readonly Alarm[]): Alarm[][] {
  const count = Math.ceil(alarms.length / ALARMS_IN_WIDGET);
  return Array.from({ length: count }, (_, at) =>
    alarms.slice(at * ALARMS_IN_WIDGET, (at + 1) * ALARMS_IN_WIDGET),
  );
}

function rowsOf({ title, panels }: Section, props: LoopDashboardProps): IWidget[][] {
  const charts = panels.filter((panel) => panel.kind === 'chart');
  const tables = panels.filter((panel) => panel.kind === 'log');
  return [
    [new TextWidget({ markdown: `## ${title}`, width: FULL_WIDTH, height: 1 })],
    charts.map((chart) => chartWidget(chart, props)),
    ...tables.map((table) => [tableWidget(table, props)]),
  ];
}

function chartWidget({ title, width, unit, lines, limits = [] }: Chart, sources: LoopSources): IWidget {
  return new GraphWidget({
    ...{ title, width, height: CHART_HEIGHT },
    left: lines.flatMap((line) => metricsOf(line, sources)),
    leftYAxis: { min: 0, label: unit, showUnits: false },
    leftAnnotations: limits.map(({ value, label }) => ({ value, label })),
  });
}

function tableWidget({ title, width, functions, query }: LogTable, { clusterName }: LoopSources): IWidget {
  const { functionLogGroup } = namesOf({ cluster: clusterName });
  return new LogQueryWidget({
    ...{ title, width, height: TABLE_HEIGHT },
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: functions.map(functionLogGroup),
    queryLines: [...query],
  });
}
