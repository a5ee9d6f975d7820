import { describe, expect, it } from 'vitest';
import { planHealthCheck } from '../../lib/providers/ecs-fargate/plan/plan-health-check.ts';
import { aContainer } from './fixtures.ts';

const exec = (...command: readonly string[]) => ({ exec: { command: [...command] } });
const planned = (more: Parameters<typeof aContainer>[0]) =>
  planHealthCheck(aContainer(more), 'spec.containers[0]');

describe('making a health check of exec probes', () => {
  it('makes none of probes that ask from outside', () => {
    expect(planned({ readinessProbe: { tcpSocket: { port: 80 } } })).toEqual({ warnings: [] });
  });

  it('fills in the defaults of Kubernetes, as near as ECS comes', () => {
    expect(planned({ livenessProbe: exec('true') }).healthCheck).toEqual({
      ...{ command: ['CMD', 'true'], interval: 10, timeout: 2, retries: 3, startPeriod: 0 },
    });
  });

  it.each([
    [
      'too small',
      { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 },
      { interval: 5, timeout: 2, retries: 1 },
    ],
    [
      'too large',
      { periodSeconds: 900, timeoutSeconds: 90, failureThreshold: 99 },
      { interval: 300, timeout: 60, retries: 10 },
    ],
  ])('takes the nearest of numbers that are %s', (_, numbers, expected) => {
    expect(planned({ livenessProbe: { ...exec('x'), ...numbers } }).healthCheck).toMatchObject(expected);
  });

  it('takes readiness before liveness before startup', () => {
    const probes = { startupProbe: exec('s'), livenessProbe: exec('l'), readinessProbe: exec('r') };
    expect(planned(probes).healthCheck?.command).toEqual(['CMD', 'r']);
    expect(planned({ ...probes, readinessProbe: { httpGet: { port: 80 } } }).healthCheck?.command).toEqual([
      'CMD',
      'l',
    ]);
    expect(planned({ startupProbe: exec('s') }).healthCheck?.command).toEqual(['CMD', 's']);
  });

  it('waits for the start as long as the startup probe, of whatever kind, has patience', () => {
    const startupProbe = {
      httpGet: { port: 80 },
      initialDelaySeconds: 10,
      periodSeconds: 5,
      failureThreshold: 20,
    };
    expect(planned({ startupProbe, livenessProbe: exec('l') })).toMatchObject({
      healthCheck: { startPeriod: 110 },
      warnings: [],
    });
  });

  it.each([
    ['initial delay', { livenessProbe: { ...exec('l'), initialDelaySeconds: 400 } }, 'livenessProbe'],
    [
      'startup probe',
      { livenessProbe: exec('l'), startupProbe: { ...exec('l'), periodSeconds: 60, failureThreshold: 60 } },
      'startupProbe',
    ],
  ])('warns of a start that takes longer than ECS waits, by the %s', (_, probes, field) => {
    expect(planned(probes)).toMatchObject({
      healthCheck: { startPeriod: 300 },
      warnings: [{ path: `spec.containers[0].${field}` }],
    });
  });
});
