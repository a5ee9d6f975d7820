import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmProps, IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ALARMS, type AlarmRow } from '../dashboard/alarm-rows.ts';
import { namesRunbook } from '../dashboard/describe-alarms.ts';
import { metricsOf, type LoopSources } from './loop-metrics.ts';

export interface LoopAlarmsProps extends LoopSources {
  /**
   * ARN of the SNS topic that hears of every alarm and of its end.
   *
   * @default - the alarms tell nobody
   */
  readonly topic?: string;
  /**
   * Where people read docs/operations.md.
   *
   * @default - the runbooks are named, without links
   */
  readonly runbookUrl?: string;
}

/** The alarms of a virtual cluster: each names its runbook in docs/operations.md. */
export class LoopAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: LoopAlarmsProps) {
    super(scope, id);
    const alarms = ALARMS.flatMap((row) => this.#alarmsOf(row, props));
    if (props.topic !== undefined) {
      const action = new SnsAction(Topic.fromTopicArn(this, 'Topic', props.topic));
      for (const alarm of alarms) {
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
    }
    this.alarms = alarms;
  }

  #alarmsOf(row: AlarmRow, props: LoopAlarmsProps): Alarm[] {
    const { clusterName, nodes, runbookUrl } = props;
    const make = (name: string, sources: LoopSources): Alarm =>
      new Alarm(this, name, {
        alarmName: `lambdalet ${clusterName}: ${name}`,
        alarmDescription: `${row.means}. Users: ${row.users}. ${namesRunbook(row, runbookUrl)}`,
        metric: sumOf(metricsOf({ ...row.line, label: '' }, sources), row),
        ...judgementOf(row),
      });
    switch (row.per) {
      case 'cluster':
        return [make(row.name, props)];
      case 'node':
        return nodes.map((node) => make(`${row.name} of ${node}`, { ...props, nodes: [node] }));
    }
  }
}

function judgementOf({ threshold, periods, silence }: AlarmRow): Omit<AlarmProps, 'metric'> {
  const compared =
    'above' in threshold
      ? { threshold: threshold.above, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD }
      : { threshold: threshold.below, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD };
  return {
    ...compared,
    evaluationPeriods: periods,
    treatMissingData: silence === 'fault' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  };
}

/** Several metrics are judged together; one without data in a period counts as nothing, not as unknown. */
function sumOf(metrics: readonly IMetric[], { line }: AlarmRow): IMetric {
  const [only] = metrics;
  if (only !== undefined && metrics.length === 1) return only;
  const usingMetrics = Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric]));
  return new MathExpression({
    expression: Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    ...{ usingMetrics, label: line.label, period: Duration.minutes(line.periodMinutes ?? 1) },
  });
}
