import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { NAMESPACE, nodeMetric } from './loop-metrics.ts';

export interface LoopAlarmsProps {
  readonly clusterName: string;
  readonly nodes: readonly string[];
  readonly functions: readonly {
    readonly name: string;
    readonly function: IFunction;
    readonly logGroup: ILogGroup;
  }[];
  readonly taskEventQueue: IQueue;
  readonly deadLetterQueue: IQueue;
  /**
   * ARN of the SNS topic that hears of every alarm and of its end.
   *
   * @default - the alarms tell nobody
   */
  readonly topic?: string;
}

interface AlarmShape {
  /** Heading of its paragraph in docs/operations.md; two alarms of different nodes share one. */
  readonly runbook: string;
  readonly what: string;
  readonly metric: IMetric;
  readonly above: number;
  readonly periods?: number;
  /** Whether silence is the fault itself. */
  readonly missingIsBad?: boolean;
  readonly below?: true;
}

/** The alarms that say a person is needed. Each names the paragraph of docs/operations.md that says what to do. */
export class LoopAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: LoopAlarmsProps) {
    super(scope, id);
    const shapes = new Map<string, AlarmShape>([
      ...props.nodes.flatMap(nodeAlarms),
      ...queueAlarms(props),
      ['Function errors', functionErrors(props)],
      ['Auth', this.#authFailures(props)],
    ]);
    const action =
      props.topic === undefined ? undefined : new SnsAction(Topic.fromTopicArn(this, 'Topic', props.topic));
    this.alarms = [...shapes].map(([name, shape]) => {
      const alarm = this.#makeAlarm(`lambdalet ${props.clusterName}: ${name}`, name, shape);
      if (action !== undefined) {
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
      return alarm;
    });
  }

  #makeAlarm(alarmName: string, id: string, shape: AlarmShape): Alarm {
    return new Alarm(this, id, {
      alarmName,
      alarmDescription: `${shape.what}. Runbook: docs/operations.md, "${shape.runbook}"`,
      metric: shape.metric,
      threshold: shape.above,
      comparisonOperator:
        shape.below === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: shape.periods ?? 1,
      treatMissingData:
        shape.missingIsBad === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }

  /** Refused credentials or rights are known only from the log: any line whose failure is of the kind `auth`. */
  #authFailures({ functions }: LoopAlarmsProps): AlarmShape {
    const filters = functions.map(
      ({ name, logGroup }) =>
        new MetricFilter(this, `AuthFilter-${name}`, {
          logGroup,
          filterPattern: FilterPattern.stringValue('$.failure.kind', '=', 'auth'),
          metricNamespace: NAMESPACE,
          metricName: `AuthFailures-${name}`,
          metricValue: '1',
        }),
    );
    const usingMetrics = Object.fromEntries(
      filters.map((filter, at) => [`m${at}`, filter.metric({ statistic: Stats.SUM })]),
    );
    return {
      runbook: 'Auth',
      what: 'The API server or AWS refuses the credentials or rights of a function',
      metric: sumOf(usingMetrics, 'refused calls'),
      above: 0,
    };
  }
}

function nodeAlarms(node: string): [string, AlarmShape][] {
  const minute = Duration.minutes(1);
  const count = { statistic: Stats.SUM, period: Duration.minutes(5) };
  return [
    [
      `Heartbeat age of ${node}`,
      {
        runbook: 'Heartbeat age',
        what: `The lease of the node ${node} gets older than 25 s (40 s make it NotReady), or is not renewed at all`,
        metric: nodeMetric('HeartbeatAge', node, { statistic: Stats.MAXIMUM, period: minute }),
        above: 25,
        periods: 2,
        missingIsBad: true,
      },
    ],
    [
      `PodSyncStalled on ${node}`,
      {
        runbook: 'PodSyncStalled',
        what: `No pass over the pods of the node ${node} was completed for 15 minutes`,
        metric: nodeMetric('PassDuration', node, {
          statistic: Stats.SAMPLE_COUNT,
          period: Duration.minutes(5),
        }),
        above: 1,
        below: true,
        periods: 3,
        missingIsBad: true,
      },
    ],
    [
      `Identity of ${node}`,
      {
        runbook: 'Identity',
        what: `The credentials point at another cluster than before: nothing is written for the node ${node}`,
        metric: nodeMetric('IdentityMismatch', node, count),
        above: 0,
      },
    ],
    [
      `Fold limit on ${node}`,
      {
        runbook: 'Fold limit',
        what: `A pod of the node ${node} did not settle within 16 actions`,
        metric: nodeMetric('FoldLimitReached', node, count),
        above: 0,
      },
    ],
    [
      `Degraded: ${node}`,
      {
        runbook: 'Degraded',
        what: `Too many tasks or pods of the node ${node} are absent at once: nothing is stopped or declared lost because of it`,
        // Told by each sweep, about five minutes apart: a shorter period would have gaps.
        metric: nodeMetric('BreakerHolds', node, {
          statistic: Stats.MAXIMUM,
          period: Duration.minutes(15),
        }),
        above: 0,
      },
    ],
  ];
}

function queueAlarms({ taskEventQueue, deadLetterQueue }: LoopAlarmsProps): [string, AlarmShape][] {
  const period = Duration.minutes(1);
  return [
    [
      'Event queue age',
      {
        runbook: 'Event queue age',
        what: 'A task event has been waiting for more than 60 s',
        metric: taskEventQueue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period }),
        above: 60,
        periods: 3,
      },
    ],
    [
      'Dead letters',
      {
        runbook: 'Dead letters',
        what: 'A task event could not be delivered or handled, by several sweeps either',
        // A sweep takes letters up each five minutes, and hides them for one: only what outlasts that is for a person.
        metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({
          statistic: Stats.MAXIMUM,
          period: Duration.minutes(5),
        }),
        above: 0,
        periods: 4,
      },
    ],
  ];
}

function functionErrors({ functions }: LoopAlarmsProps): AlarmShape {
  const usingMetrics = Object.fromEntries(
    functions.map((made, at) => [`m${at}`, made.function.metricErrors({ statistic: Stats.SUM })]),
  );
  return {
    runbook: 'Function errors',
    what: 'Functions of the control loop crashed or timed out more than once in five minutes',
    metric: sumOf(usingMetrics, 'errors'),
    above: 1,
  };
}

/** A metric without data in a period counts as nothing, not as unknown. */
function sumOf(usingMetrics: Record<string, IMetric>, label: string): MathExpression {
  return new MathExpression({
    expression: Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    usingMetrics,
    label,
    period: Duration.minutes(5),
  });
}
