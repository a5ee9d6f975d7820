import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTelemetry } from '../../../lib/adapters/telemetry/create-telemetry.ts';
import { METRIC_NAMESPACE, METRICS, type MetricOf } from '../../../lib/core/metrics.ts';
import type { Telemetry } from '../../../lib/ports/telemetry.ts';
import { captureLines } from './capture-lines.ts';

const loggedBy = (act: (telemetry: Telemetry) => void) =>
  captureLines(() => act(createTelemetry({ service: 'pod-sync', cluster: 'test' })));

beforeEach(() => {
  vi.stubEnv('POWERTOOLS_DEV', '');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
});
afterEach(() => vi.unstubAllEnvs());

describe('the log', () => {
  it('writes one JSON line with level, message, service and the fields', () => {
    const pod = { node: 'a', namespace: 'shop', pod: 'web', uid: 'u-1', attempt: 2, task: 'arn:task' };
    const lines = loggedBy((telemetry) => telemetry.info('The pod was launched', pod));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'INFO',
      message: 'The pod was launched',
      service: 'pod-sync',
      ...pod,
    });
  });

  it('carries the fields of one line to no other', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.info('First', { uid: 'u-1' });
      telemetry.info('Second');
    });
    expect(lines[1]).not.toHaveProperty('uid');
  });

  it.each(['debug', 'info', 'warn', 'error'] as const)('writes a line at level %s', (level) => {
    const lines = loggedBy((telemetry) => telemetry[level]('Told'));
    expect(lines).toMatchObject([{ level: level.toUpperCase(), message: 'Told' }]);
  });

  it.each(['POWERTOOLS_LOG_LEVEL', 'AWS_LAMBDA_LOG_LEVEL'])('takes its level from %s', (variable) => {
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', '');
    vi.stubEnv(variable, 'WARN');
    const lines = loggedBy((telemetry) => {
      telemetry.info('Too quiet');
      telemetry.warn('Loud enough');
    });
    expect(lines.map(({ message }) => message)).toEqual(['Loud enough']);
  });

  it('shows name, message, stack and cause of an error', () => {
    const error = new TypeError('no such thing', { cause: new Error('the root') });
    const [line] = loggedBy((telemetry) => telemetry.error('Failed', { error }));
    expect(line?.['error']).toMatchObject({
      name: 'TypeError',
      message: 'no such thing',
      stack: expect.stringContaining('create-telemetry.test') as unknown,
      cause: { message: 'the root' },
    });
  });

  it('survives bigints and circles', () => {
    const circle: Record<string, unknown> = { size: 10n };
    circle['self'] = circle;
    const [line] = loggedBy((telemetry) => telemetry.info('Odd', { circle }));
    expect(line?.['circle']).toEqual({ size: '10' });
  });

  it('names the fields of a line that cannot be written', () => {
    const hostile = {
      toJSON: () => {
        throw new Error('not today');
      },
    };
    const [line] = loggedBy((telemetry) => telemetry.info('Hostile', { hostile }));
    expect(line).toMatchObject({
      message: 'Hostile',
      unreadableFields: ['hostile'],
      why: 'Error: not today',
    });
  });

  it('keeps a field that is named like a part of the line', () => {
    const lines = loggedBy((telemetry) => telemetry.info('Refused', { message: 'no capacity', level: 3 }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ message: 'Refused', field_message: 'no capacity', field_level: 3 });
  });
});

describe('trouble', () => {
  it('is an error line with its kind, and counted for the cluster', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.trouble('breaker', 'Too much is absent', { node: 'a' });
      telemetry.flush();
    });
    expect(lines).toMatchObject([
      { level: 'ERROR', message: 'Too much is absent', node: 'a', trouble: 'breaker' },
      { Trouble: 1, cluster: 'test' },
    ]);
    expect(lines[1]).not.toHaveProperty('node');
  });

  it.each(['info', 'warn', 'error'] as const)('is any %s line whose failure is of the kind auth', (level) => {
    const failure = { kind: 'auth', message: 'no' };
    const lines = loggedBy((telemetry) => {
      telemetry[level]('The watch of the node broke', { failure });
      telemetry.flush();
    });
    expect(lines).toMatchObject([{ failure, trouble: 'auth' }, { Trouble: 1 }]);
  });

  it('is no failure that may pass by itself', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.warn('The watch of the node broke', { failure: { kind: 'transient', message: 'later' } });
      telemetry.flush();
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toHaveProperty('trouble');
  });
});

describe('the metrics', () => {
  const emf = (line: Record<string, unknown> | undefined) =>
    (
      line?.['_aws'] as {
        CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: object[] }[];
      }
    ).CloudWatchMetrics[0];

  it('writes one line for each node and one for the cluster, with one set of dimensions each', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.count('PodsRunning', 7, 'a');
      telemetry.count('PodsRunning', 9, 'b');
      telemetry.count('BindToLaunch', 120, 'a');
      telemetry.count('TakeOvers', 1);
      telemetry.flush();
    });
    expect(lines).toMatchObject([
      { cluster: 'test', node: 'a', PodsRunning: 7, BindToLaunch: 120 },
      { cluster: 'test', node: 'b', PodsRunning: 9 },
      { cluster: 'test', TakeOvers: 1 },
    ]);
    expect(lines.map((line) => emf(line)?.Dimensions)).toEqual([
      [['cluster', 'node']],
      [['cluster', 'node']],
      [['cluster']],
    ]);
    for (const line of lines) {
      expect(emf(line)?.Namespace).toBe(METRIC_NAMESPACE);
      expect(line).not.toHaveProperty('service');
    }
    expect(emf(lines[0])?.Metrics).toEqual([
      { Name: 'PodsRunning', Unit: 'Count' },
      { Name: 'BindToLaunch', Unit: 'Milliseconds' },
    ]);
  });

  it.each(Object.entries(METRICS))('writes %s in its unit', (name, { scope, unit }) => {
    const lines = loggedBy((telemetry) => {
      if (scope === 'node') telemetry.count(name as MetricOf<'node'>, 3, 'a');
      else telemetry.count(name as MetricOf<'cluster'>, 3);
      telemetry.flush();
    });
    expect(emf(lines[0])?.Metrics).toEqual([{ Name: name, Unit: unit }]);
  });

  it('keeps every value of a metric', () => {
    const lines = loggedBy((telemetry) => {
      for (const value of [10, 30, 20]) telemetry.count('BindToLaunch', value, 'a');
      telemetry.flush();
    });
    expect(lines).toMatchObject([{ BindToLaunch: [10, 30, 20] }]);
  });

  it('keeps the dimensions on the line that a hundredth value writes early', () => {
    const lines = loggedBy((telemetry) => {
      for (let value = 0; value < 250; value += 1) telemetry.count('ApiLatency', value);
      telemetry.flush();
    });
    expect(lines.map((line) => [line['cluster'], (line['ApiLatency'] as number[]).length])).toEqual([
      ['test', 100],
      ['test', 100],
      ['test', 50],
    ]);
    expect(lines.flatMap((line) => line['ApiLatency'] as number[])).toEqual([...Array(250).keys()]);
  });

  it('writes nothing when nothing was counted, and each value once', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.flush();
      telemetry.count('TakeOvers', 1);
      telemetry.flush();
      telemetry.flush();
    });
    expect(lines).toHaveLength(1);
  });

  it('warns of a value that is no number and goes on', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.count('HeartbeatAge', Number.NaN, 'a');
      telemetry.count('HeartbeatAge', 4, 'a');
      telemetry.flush();
    });
    expect(lines).toMatchObject([
      { level: 'WARN', message: 'A metric was not recorded', name: 'HeartbeatAge', node: 'a' },
      { HeartbeatAge: 4 },
    ]);
  });

  it('has a scope for each name: a node cannot be left out, nor be named for the cluster', () => {
    const telemetry = createTelemetry({ service: 'pod-sync', cluster: 'test' });
    const wrong = (): void => {
      // @ts-expect-error a metric of a node needs the node
      telemetry.count('HeartbeatAge', 4);
      // @ts-expect-error a metric of the cluster has none
      telemetry.count('TakeOvers', 1, 'a');
    };
    expect(wrong).toBeTypeOf('function');
  });
});
