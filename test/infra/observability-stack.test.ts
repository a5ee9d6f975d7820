import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE } from '../../lib/adapters/telemetry/node-metrics.ts';
import { METRICS } from '../../lib/core/metrics.ts';
import { NODE } from './deployment-text.ts';
import { onlyResource, plain, resourcesOf, synthesize } from './synthesize.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
const { observability } = synthesize({ nodes: [NODE, { ...NODE, name: 'node-b' }] });

interface Shape {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly TreatMissingData: string;
  readonly Threshold: number;
  readonly AlarmActions?: readonly string[];
}
const alarmsOf = (template = observability): readonly Shape[] =>
  [...resourcesOf(template, 'AWS::CloudWatch::Alarm').values()].map(
    ({ Properties }) => plain(Properties) as Shape,
  );

describe('the alarms', () => {
  it('watch each node, the queues, the functions and the credentials', () => {
    expect(alarmsOf().map(({ AlarmName }) => AlarmName.replace('lambdalet test: ', ''))).toEqual([
      'Heartbeat age of node-a',
      'PodSyncStalled on node-a',
      'Identity of node-a',
      'Fold limit on node-a',
      'Degraded: node-a',
      'Heartbeat age of node-b',
      'PodSyncStalled on node-b',
      'Identity of node-b',
      'Fold limit on node-b',
      'Degraded: node-b',
      'Event queue age',
      'Dead letters',
      'Function errors',
      'Auth',
    ]);
  });

  it.each(alarmsOf().map(({ AlarmName, AlarmDescription }) => [AlarmName, AlarmDescription]))(
    '"%s" names a paragraph of docs/operations.md',
    (_, description) => {
      const heading = /Runbook: docs\/operations\.md, "(.+)"$/.exec(description)?.[1];
      expect(heading, description).toBeDefined();
      expect(RUNBOOK, `docs/operations.md has no paragraph "${heading}"`).toContain(`\n### ${heading}\n`);
    },
  );

  it('take silence for a fault exactly where something must beat', () => {
    const silent = alarmsOf().filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
    expect(silent.map(({ AlarmName }) => AlarmName.replace(/^.*: (.+) o[fn] .*$/, '$1'))).toEqual([
      'Heartbeat age',
      'PodSyncStalled',
      'Heartbeat age',
      'PodSyncStalled',
    ]);
  });

  it('warn of a lease before the 40 s are over at which the node becomes NotReady', () => {
    observability.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: METRIC_NAMESPACE,
      MetricName: 'HeartbeatAge',
      Dimensions: [{ Name: 'node', Value: 'node-a' }],
      Statistic: 'Maximum',
      Threshold: 25,
    });
  });

  it('say that a breaker holds for as long as sweeps, five minutes apart, tell so', () => {
    observability.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: METRIC_NAMESPACE,
      MetricName: 'BreakerHolds',
      Dimensions: [{ Name: 'node', Value: 'node-b' }],
      Statistic: 'Maximum',
      Period: 900,
      EvaluationPeriods: 1,
      Threshold: 0,
    });
  });

  it('leave dead letters to the sweeps for twenty minutes', () => {
    observability.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'lambdalet test: Dead letters',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Period: 300,
      EvaluationPeriods: 4,
    });
  });

  it('tell the topic of the deployment file, and nobody without one', () => {
    const topic = 'arn:aws:sns:eu-west-1:123456789012:on-call';
    const told = alarmsOf(synthesize({ alarms: { topic } }).observability);
    for (const alarm of told)
      expect(alarm, alarm.AlarmName).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    for (const alarm of alarmsOf()) expect(alarm, alarm.AlarmName).not.toHaveProperty('AlarmActions');
  });

  it('count refused credentials in the log of every function', () => {
    const filters = [...resourcesOf(observability, 'AWS::Logs::MetricFilter').values()];
    expect(filters).toHaveLength(4);
    for (const { Properties } of filters)
      expect(Properties['FilterPattern']).toBe('{ $.failure.kind = "auth" }');
  });
});

describe('the metrics of a node', () => {
  it('are at most fifteen, because each is billed for each node', () => {
    expect(METRICS.length).toBeLessThanOrEqual(15);
  });
});

describe('the dashboard', () => {
  const { DashboardBody } = plain(onlyResource(observability, 'AWS::CloudWatch::Dashboard').Properties) as {
    DashboardBody: string;
  };

  it.each(METRICS)('shows %s of every node', (metric) => {
    for (const node of ['node-a', 'node-b']) {
      expect(DashboardBody).toContain(`["${METRIC_NAMESPACE}","${metric}","node","${node}"`);
    }
  });

  it('is JSON that CloudWatch can read', () => {
    const { widgets } = JSON.parse(DashboardBody) as { widgets: { type: string }[] };
    expect(widgets.map(({ type }) => type)).toEqual(['alarm', ...Array.from({ length: 9 }, () => 'metric')]);
  });
});
