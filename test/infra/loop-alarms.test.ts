import { describe, expect, it } from 'vitest';
import { ALARMS } from '../../infra/dashboard/alarm-rows.ts';
import { METRIC_NAMESPACE } from '../../lib/core/metrics.ts';
import { synthesizeLoop, type AlarmShape } from './loop-under-test.ts';

const one = synthesizeLoop();
const two = synthesizeLoop({ nodes: ['node-a', 'node-b'] });
const namesIn = ({ alarms }: typeof one): string[] =>
  alarms.map(({ AlarmName }) => AlarmName.replace('lambdalet test: ', ''));
const alarmNamed = (name: string): AlarmShape => {
  const found = two.alarms.find(({ AlarmName }) => AlarmName === `lambdalet test: ${name}`);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
};
/** CloudWatch bills an alarm for each metric that it looks at. */
const billed = ({ alarms }: typeof one): number =>
  alarms.reduce(
    (sum, { Metrics = [{ MetricStat: 'the only one' }] }) =>
      sum + Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length,
    0,
  );

describe('the alarms', () => {
  it('watch each node, the queues, the functions and the log', () => {
    expect(namesIn(two)).toEqual([
      'Heartbeat age of node-a',
      'Heartbeat age of node-b',
      'PodSyncStalled of node-a',
      'PodSyncStalled of node-b',
      'Trouble',
      'No capacity of node-a',
      'No capacity of node-b',
      'Event queue age',
      'Dead letters',
      'Function errors',
    ]);
  });

  it('are few, because each is billed: 0.90 USD a month with one node, 0.30 for each further one', () => {
    expect(billed(one), 'the first ten of an account are free').toBe(9);
    expect(billed(two) - billed(one)).toBe(3);
  });

  it('take silence for a fault exactly where something must beat', () => {
    const silent = two.alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
    expect(silent.map(({ AlarmName }) => AlarmName.replace(/^.*: (.+) of .*$/, '$1'))).toEqual([
      'Heartbeat age',
      'Heartbeat age',
      'PodSyncStalled',
      'PodSyncStalled',
    ]);
  });

  it('warn of a lease before the 40 s are over at which the node becomes NotReady, if it was only once', () => {
    expect(alarmNamed('Heartbeat age of node-b')).toMatchObject({
      Namespace: METRIC_NAMESPACE,
      MetricName: 'HeartbeatAge',
      Dimensions: [
        { Name: 'cluster', Value: 'test' },
        { Name: 'node', Value: 'node-b' },
      ],
      Statistic: 'Maximum',
      Threshold: 25,
      Period: 60,
      EvaluationPeriods: 1,
    });
  });

  it('see that nobody passes over the pods by nobody telling how many there are', () => {
    expect(alarmNamed('PodSyncStalled of node-a')).toMatchObject({
      MetricName: 'PodsPending',
      Statistic: 'SampleCount',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 300,
      EvaluationPeriods: 3,
    });
  });

  it('hear of trouble that sweeps tell five minutes apart, and of no line that stays alone', () => {
    expect(alarmNamed('Trouble')).toMatchObject({
      MetricName: 'Trouble',
      Dimensions: [{ Name: 'cluster', Value: 'test' }],
      Statistic: 'Sum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 1,
      Period: 900,
      EvaluationPeriods: 1,
    });
  });

  it('leave dead letters to the sweeps for twenty minutes', () => {
    expect(alarmNamed('Dead letters')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: 'dead-letters' }],
      Period: 300,
      EvaluationPeriods: 4,
    });
  });

  it('count the errors of the functions together, and one that has none as nothing', () => {
    const [sum, ...parts] = alarmNamed('Function errors').Metrics ?? [];
    expect(sum?.Expression).toBe('FILL(m0, 0) + FILL(m1, 0) + FILL(m2, 0)');
    expect(parts).toHaveLength(3);
  });

  it('tell the topic, and nobody without one', () => {
    const topic = 'arn:aws:sns:eu-west-1:123456789012:on-call';
    for (const alarm of synthesizeLoop({ topic }).alarms)
      expect(alarm, alarm.AlarmName).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    for (const alarm of one.alarms) expect(alarm, alarm.AlarmName).not.toHaveProperty('AlarmActions');
  });

  it('say what is so, what users see and where to read on', () => {
    for (const row of ALARMS) {
      const alarm = one.alarms.find(({ AlarmName }) => AlarmName.includes(row.name));
      expect(alarm?.AlarmDescription).toContain(row.means);
      expect(alarm?.AlarmDescription).toContain(row.users);
      expect(alarm?.AlarmDescription).toContain(`Runbook: docs/operations.md, "${row.name}"`);
      expect(alarm?.AlarmDescription.length, 'CloudWatch takes no more').toBeLessThanOrEqual(1024);
    }
  });

  it('link to the runbooks when it is known where people read them', () => {
    const [alarm] = synthesizeLoop({ runbookUrl: 'https://wiki.example.com/operations' }).alarms;
    expect(alarm?.AlarmDescription).toMatch(
      /Runbook: https:\/\/wiki\.example\.com\/operations#heartbeat-age$/,
    );
  });

  it('need no metric filters: what those count is billed as custom metrics', () => {
    expect(one.types).not.toContain('AWS::Logs::MetricFilter');
  });
});
