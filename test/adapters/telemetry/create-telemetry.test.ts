import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTelemetry } from '../../../lib/adapters/telemetry/create-telemetry.ts';
import type { Telemetry } from '../../../lib/ports/telemetry.ts';
import { captureLines } from './capture-lines.ts';

const loggedBy = (act: (telemetry: Telemetry) => void) =>
  captureLines(() => act(createTelemetry({ service: 'pod-sync' })));

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

describe('the metrics', () => {
  const emf = (line: Record<string, unknown> | undefined) =>
    (
      line?.['_aws'] as {
        CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: object[] }[];
      }
    ).CloudWatchMetrics[0];

  it('writes one line for each node, with the node as the only dimension', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.count('PodsSeen', 7, 'Count', 'a');
      telemetry.count('PodsSeen', 9, 'Count', 'b');
      telemetry.count('PassDuration', 120, 'Milliseconds', 'a');
      telemetry.flush();
    });
    expect(lines).toHaveLength(2);
    expect(lines).toMatchObject([
      { node: 'a', PodsSeen: 7, PassDuration: 120 },
      { node: 'b', PodsSeen: 9 },
    ]);
    for (const line of lines) {
      expect(emf(line)).toMatchObject({ Namespace: 'Lambdalet', Dimensions: [['node']] });
      expect(line).not.toHaveProperty('service');
    }
    expect(emf(lines[0])?.Metrics).toEqual([
      { Name: 'PodsSeen', Unit: 'Count' },
      { Name: 'PassDuration', Unit: 'Milliseconds' },
    ]);
  });

  it('keeps every value of a metric', () => {
    const lines = loggedBy((telemetry) => {
      for (const value of [10, 30, 20]) telemetry.count('BindToLaunch', value, 'Milliseconds', 'a');
      telemetry.flush();
    });
    expect(lines).toMatchObject([{ BindToLaunch: [10, 30, 20] }]);
  });

  it('keeps the node on the line that a hundredth value writes early', () => {
    const lines = loggedBy((telemetry) => {
      for (let value = 0; value < 150; value += 1) telemetry.count('Launches', value, 'Count', 'a');
      telemetry.flush();
    });
    expect(lines.map((line) => [line['node'], (line['Launches'] as number[]).length])).toEqual([
      ['a', 100],
      ['a', 50],
    ]);
  });

  it('writes nothing when nothing was counted, and each value once', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.flush();
      telemetry.count('TakeOvers', 1, 'Count', 'a');
      telemetry.flush();
      telemetry.flush();
    });
    expect(lines).toHaveLength(1);
  });

  it('warns of a value that is no number and goes on', () => {
    const lines = loggedBy((telemetry) => {
      telemetry.count('HeartbeatAge', Number.NaN, 'Seconds', 'a');
      telemetry.count('HeartbeatAge', 4, 'Seconds', 'a');
      telemetry.flush();
    });
    expect(lines).toMatchObject([
      { level: 'WARN', message: 'A metric was not recorded', name: 'HeartbeatAge', node: 'a' },
      { HeartbeatAge: 4 },
    ]);
  });
});
