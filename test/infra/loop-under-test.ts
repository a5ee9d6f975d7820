import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { LoopAlarms } from '../../infra/constructs/loop-alarms.ts';
import { LoopDashboard } from '../../infra/constructs/loop-dashboard.ts';
import { FUNCTION_NAMES, namesOf } from '../../infra/names.ts';
import { plain } from './synthesize.ts';

/** What a test may say of the virtual cluster. */
interface LoopWords {
  readonly nodes?: readonly string[];
  readonly topic?: string;
  readonly runbookUrl?: string;
  /** `false`: it has a dashboard only. */
  readonly withAlarms?: boolean;
}

/** An alarm as CloudFormation gets it. */
export interface AlarmShape {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly TreatMissingData: string;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Statistic?: string;
  readonly Period?: number;
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: unknown }[];
  readonly AlarmActions?: readonly string[];
  readonly OKActions?: readonly string[];
}

/** A widget of a dashboard. */
export interface Widget {
  readonly type: 'text' | 'alarm' | 'metric' | 'log';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    /** ARNs. */
    readonly alarms?: readonly string[];
    readonly query?: string;
    /** Each: the name of a metric and its dimensions in turn, or an expression, and how it is drawn. */
    readonly metrics?: readonly (readonly unknown[])[];
    readonly annotations?: { readonly horizontal?: readonly { readonly value: number }[] };
  };
}

/** Alarms and dashboard of the virtual cluster `test`, as CloudFormation gets them. */
export function synthesizeLoop({ nodes = ['node-a'], withAlarms = true, ...words }: LoopWords = {}): {
  readonly alarms: readonly AlarmShape[];
  readonly widgets: readonly Widget[];
  readonly types: readonly string[];
} {
  const stack = new Stack(new App(), 'Stack');
  const names = namesOf({ cluster: 'test' });
  const sources = {
    clusterName: 'test',
    nodes,
    functions: FUNCTION_NAMES.map((name) => ({
      name,
      function: LambdaFunction.fromFunctionName(stack, name, names.functionName(name)),
    })),
    taskEventQueue: Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:123456789012:task-events'),
    deadLetterQueue: Queue.fromQueueArn(stack, 'Dead', 'arn:aws:sqs:eu-west-1:123456789012:dead-letters'),
    ...(words.runbookUrl !== undefined && { runbookUrl: words.runbookUrl }),
  };
  const topic = words.topic === undefined ? {} : { topic: words.topic };
  const alarms: readonly Alarm[] = withAlarms
    ? new LoopAlarms(stack, 'Alarms', { ...sources, ...topic }).alarms
    : [];
  new LoopDashboard(stack, 'Dashboard', { ...sources, dashboardName: names.dashboard, alarms });
  const { Resources } = plain(Template.fromStack(stack).toJSON()) as {
    readonly Resources: Readonly<
      Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>
    >;
  };
  const ofType = (type: string) =>
    Object.values(Resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));
  const [dashboard] = ofType('AWS::CloudWatch::Dashboard');
  const body = JSON.parse(dashboard?.['DashboardBody'] as string) as { readonly widgets: readonly Widget[] };
  return {
    alarms: ofType('AWS::CloudWatch::Alarm') as unknown as readonly AlarmShape[],
    widgets: body.widgets,
    types: Object.values(Resources).map(({ Type }) => Type),
  };
}
