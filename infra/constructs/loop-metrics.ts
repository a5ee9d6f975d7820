import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { METRIC_NAMESPACE, METRICS } from '../../lib/core/metrics.ts';
import type { FunctionLine, Line, OwnLine, QueueLine, UsageLine } from '../dashboard/row-types.ts';
import type { FunctionName } from '../names.ts';

/** What the lines of a virtual cluster are drawn from. */
export interface LoopSources {
  /** The dimension `cluster`. */
  readonly clusterName: string;
  /** The dimension `node`. */
  readonly nodes: readonly string[];
  readonly functions: readonly { readonly name: FunctionName; readonly function: IFunction }[];
  readonly taskEventQueue: IQueue;
  readonly deadLetterQueue: IQueue;
}

/** The metrics of a line: one for each node or function that it is about. */
export function metricsOf(line: Line, sources: LoopSources): IMetric[] {
  switch (line.of) {
    case 'lambdalet':
      return ownMetrics(line, sources);
    case 'functions':
      return functionMetrics(line, sources);
    case 'queue':
      return [queueMetric(line, sources)];
    case 'usage':
      return [usageMetric(line)];
  }
}

function ownMetrics(line: OwnLine, { clusterName, nodes }: LoopSources): IMetric[] {
  const metricOf = (dimensions: Record<string, string>, of: string): Metric =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: line.metric,
      dimensionsMap: { cluster: clusterName, ...dimensions },
      ...shapeOf(line, of),
    });
  switch (METRICS[line.metric].scope) {
    case 'cluster':
      return [metricOf({}, '')];
    case 'node':
      return nodes.map((node) => metricOf({ node }, nodes.length > 1 ? node : ''));
  }
}

function functionMetrics(line: FunctionLine, { functions }: LoopSources): IMetric[] {
  return functions
    .filter(({ name }) => line.functions.includes(name))
    .map((made) => made.function.metric(line.metric, shapeOf(line, made.name)));
}

function queueMetric(line: QueueLine, { taskEventQueue, deadLetterQueue }: LoopSources): IMetric {
  const queue = { taskEvents: taskEventQueue, deadLetters: deadLetterQueue }[line.queue];
  return queue.metric(line.metric, shapeOf(line, ''));
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html */
function usageMetric(line: UsageLine): IMetric {
  const shape = shapeOf(line, '');
  const used = new Metric({
    namespace: 'AWS/Usage',
    metricName: 'ResourceCount',
    dimensionsMap: { Service: 'Fargate', Type: 'Resource', Resource: 'vCPU', Class: line.class },
    ...shape,
  });
  if (!line.quota) return used;
  const id = line.class === 'Standard/Spot' ? 'usedSpot' : 'usedOnDemand';
  return new MathExpression({
    ...{ expression: `SERVICE_QUOTA(${id})`, usingMetrics: { [id]: used } },
    ...{ label: line.label, period: shape.period },
  });
}

/** Without a label, CloudWatch makes one; an alarm without one has the plain form. */
function shapeOf(
  { statistic, label, periodMinutes = 1 }: Line,
  of: string,
): { statistic: string; label?: string; period: Duration } {
  const text = [of, label].filter((part) => part !== '').join(': ');
  return { statistic, period: Duration.minutes(periodMinutes), ...(text !== '' && { label: text }) };
}
