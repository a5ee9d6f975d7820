import { Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, GraphWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Alarm, IMetric, IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../../lib/core/metrics.ts';
import { CHARTS, DRAWN, nodeMetric } from './loop-metrics.ts';

export interface LoopDashboardProps {
  readonly dashboardName: string;
  readonly nodes: readonly string[];
  readonly functions: readonly { readonly name: string; readonly function: IFunction }[];
  readonly taskEventQueue: IQueue;
  readonly deadLetterQueue: IQueue;
  readonly alarms: readonly Alarm[];
}

/** One page that answers: are the nodes alive, where does the time of a pod go, what is refused, what waits. */
export class LoopDashboard extends Construct {
  constructor(scope: Construct, id: string, props: LoopDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: props.dashboardName,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 24 })],
        rowsOf(ownCharts(props.nodes)),
        rowsOf([...functionCharts(props), queueChart(props)]),
      ],
    });
  }
}

/** Twelve units wide each, so that two make a row. */
function rowsOf(
  charts: readonly { readonly title: string; readonly metrics: readonly IMetric[] }[],
): IWidget[] {
  return charts.map(
    ({ title, metrics }) => new GraphWidget({ title, left: [...metrics], width: 12, height: 6 }),
  );
}

function ownCharts(nodes: readonly string[]): { title: string; metrics: IMetric[] }[] {
  const names = Object.keys(DRAWN) as MetricName[];
  return CHARTS.map((title) => ({
    title,
    metrics: names
      .filter((name) => DRAWN[name].chart === title)
      .flatMap((name) => nodes.flatMap((node) => linesOf(name, node))),
  }));
}

function linesOf(name: MetricName, node: string): IMetric[] {
  const { statistics, label } = DRAWN[name];
  return statistics.map((statistic) =>
    nodeMetric(name, node, {
      statistic,
      period: Duration.minutes(1),
      label: `${node}: ${label} ${statistic}`,
    }),
  );
}

function functionCharts({ functions }: LoopDashboardProps): { title: string; metrics: IMetric[] }[] {
  const period = Duration.minutes(1);
  const draw = (
    title: string,
    metricOf: (made: IFunction) => IMetric,
  ): { title: string; metrics: IMetric[] } => ({
    title,
    metrics: functions.map((made) => metricOf(made.function)),
  });
  return [
    draw('Function errors', (made) => made.metricErrors({ period })),
    draw('Function throttles', (made) => made.metricThrottles({ period })),
    draw('Function duration (ms)', (made) => made.metricDuration({ period, statistic: Stats.MAXIMUM })),
  ];
}

function queueChart({ taskEventQueue, deadLetterQueue }: LoopDashboardProps): {
  title: string;
  metrics: IMetric[];
} {
  const how = { period: Duration.minutes(1), statistic: Stats.MAXIMUM };
  return {
    title: 'Task events that wait',
    metrics: [
      taskEventQueue.metricApproximateAgeOfOldestMessage({ ...how, label: 'age of the oldest (s)' }),
      taskEventQueue.metricApproximateNumberOfMessagesVisible({ ...how, label: 'waiting' }),
      taskEventQueue.metricApproximateNumberOfMessagesNotVisible({ ...how, label: 'being handled' }),
      deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...how, label: 'dead letters' }),
    ],
  };
}
