import { describe, expect, it } from 'vitest';
import type { Container } from '../../lib/core/kubernetes.ts';
import { healthCheckKind, probePlanOf, unprobed } from '../../lib/core/plan-probes.ts';
import { aPod } from '../support/vocabulary.ts';

const IN_VPC = { networkProbes: true };
const OUTSIDE = { networkProbes: false };
const exec = (command = 'check') => ({ exec: { command: [command] } });
const http = { httpGet: { port: 8080 } };
const aProbed = (words: Partial<Container>): Container => ({ name: 'main', image: 'web:1', ...words });
const podOf = (...containers: Partial<Container>[]) =>
  aPod({ spec: { containers: containers.map(aProbed) } });
const handlerOf = (words: Partial<Container>) => probePlanOf(podOf(words), IN_VPC)[0]?.handler;

describe('the plan of a pod', () => {
  it('is empty without probes', () => {
    expect(probePlanOf(podOf({}), IN_VPC)).toEqual([]);
  });

  it("has the kubelet's defaults", () => {
    expect(probePlanOf(podOf({ readinessProbe: http }), IN_VPC)).toEqual([
      {
        container: 'main',
        sidecar: false,
        kind: 'readiness',
        handler: { kind: 'http', scheme: 'http', port: 8080, path: '/', headers: [] },
        initialDelaySeconds: 0,
        periodSeconds: 10,
        timeoutSeconds: 1,
        successThreshold: 1,
        failureThreshold: 3,
      },
    ]);
  });

  it('takes zeros for nothing said, and a liveness or startup probe to succeed at once', () => {
    const zeros = { ...http, periodSeconds: 0, timeoutSeconds: 0, failureThreshold: 0, successThreshold: 5 };
    const plans = probePlanOf(
      podOf({ startupProbe: zeros, livenessProbe: zeros, readinessProbe: zeros }),
      IN_VPC,
    );
    expect(plans.map(({ kind, successThreshold }) => [kind, successThreshold])).toEqual([
      ['startup', 1],
      ['readiness', 5],
      ['liveness', 1],
    ]);
    expect(plans[0]).toMatchObject({ periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 });
  });

  it('covers native sidecars and app containers, but no other init container', () => {
    const pod = aPod({
      spec: {
        initContainers: [
          aProbed({ name: 'sidecar', restartPolicy: 'Always', readinessProbe: http }),
          aProbed({ name: 'migrate', readinessProbe: http }),
        ],
        containers: [aProbed({ livenessProbe: http }), aProbed({ name: 'plain' })],
      },
    });
    expect(
      probePlanOf(pod, IN_VPC).map(({ container, sidecar, kind }) => [container, sidecar, kind]),
    ).toEqual([
      ['sidecar', true, 'readiness'],
      ['main', false, 'liveness'],
    ]);
  });

  it('asks with scheme, host, path and headers as the probe says', () => {
    const httpHeaders = [{ name: 'Host', value: 'shop.example' }];
    const httpGet = { port: 8443, scheme: 'HTTPS', host: 'db.example', path: '/up?deep=1', httpHeaders };
    expect(handlerOf({ readinessProbe: { httpGet } })).toEqual({
      kind: 'http',
      scheme: 'https',
      host: 'db.example',
      port: 8443,
      path: '/up?deep=1',
      headers: httpHeaders,
    });
  });

  it.each([
    { what: 'tcp', probe: { tcpSocket: { port: 5432 } }, handler: { kind: 'tcp', port: 5432 } },
    {
      what: 'tcp of another host',
      probe: { tcpSocket: { port: 5432, host: 'db.example' } },
      handler: { kind: 'tcp', host: 'db.example', port: 5432 },
    },
    { what: 'an empty host', probe: { tcpSocket: { port: 1, host: '' } }, handler: { kind: 'tcp', port: 1 } },
    {
      what: 'grpc of a service',
      probe: { grpc: { port: 9000, service: 'shop' } },
      handler: { kind: 'grpc', port: 9000, service: 'shop' },
    },
    {
      what: 'grpc of the whole server',
      probe: { grpc: { port: 9000 } },
      handler: { kind: 'grpc', port: 9000, service: '' },
    },
  ])('asks by $what', ({ probe, handler }) => {
    expect(handlerOf({ livenessProbe: probe })).toEqual(handler);
  });

  it.each([
    { port: 'web', is: { kind: 'tcp', port: 3000 } },
    { port: '8080', is: { kind: 'tcp', port: 8080 } },
    { port: 'nope', is: { kind: 'broken', message: 'strconv.Atoi: parsing "nope": invalid syntax' } },
    { port: 0, is: { kind: 'broken', message: 'invalid port number: 0' } },
    { port: '70000', is: { kind: 'broken', message: 'invalid port number: 70000' } },
  ])('reads the port $port as the kubelet does', ({ port, is }) => {
    const ports = [{ name: 'web', containerPort: 3000 }];
    expect(handlerOf({ ports, readinessProbe: { tcpSocket: { port } } })).toEqual(is);
  });

  it("does not know other containers' ports", () => {
    const pod = podOf(
      { ports: [{ name: 'web', containerPort: 3000 }] },
      { name: 'other', readinessProbe: { tcpSocket: { port: 'web' } } },
    );
    expect(probePlanOf(pod, IN_VPC)[0]?.handler.kind).toBe('broken');
  });

  it('leaves network probes out when pod-sync does not reach the pods', () => {
    const pod = podOf({ startupProbe: http, readinessProbe: exec(), livenessProbe: http });
    expect(probePlanOf(pod, OUTSIDE).map(({ kind }) => kind)).toEqual(['readiness']);
  });

  it('leaves a probe without a handler out', () => {
    expect(probePlanOf(podOf({ readinessProbe: {} }), IN_VPC)).toEqual([]);
  });
});

describe('the one health check of a container', () => {
  it.each([
    { readinessProbe: exec(), livenessProbe: exec(), startupProbe: exec(), runs: 'readiness' },
    { readinessProbe: http, livenessProbe: exec(), startupProbe: exec(), runs: 'liveness' },
    { startupProbe: exec(), runs: 'startup' },
    { readinessProbe: http, runs: undefined },
  ])('is that of $runs', ({ runs, ...probes }) => {
    expect(healthCheckKind(aProbed(probes))).toBe(runs);
  });

  it('stands for its own probe and for the start, but for no other', () => {
    const probes = { readinessProbe: exec(), livenessProbe: exec('alive'), startupProbe: exec('up') };
    expect(probePlanOf(podOf(probes), IN_VPC).map(({ kind, handler }) => [kind, handler])).toEqual([
      ['startup', { kind: 'health', failsAfterSeconds: undefined }],
      ['readiness', { kind: 'health', failsAfterSeconds: 0 }],
    ]);
  });

  it.each([
    {
      what: 'the liveness probe has it',
      probes: { livenessProbe: exec(), startupProbe: exec('up') },
    },
    { what: 'the readiness probe runs the same', probes: { readinessProbe: exec(), startupProbe: exec() } },
    { what: 'nothing else has it', probes: { startupProbe: exec() } },
  ])('fails a start after the time that the startup probe gives when $what', ({ probes }) => {
    const slow = { initialDelaySeconds: 5, periodSeconds: 20, failureThreshold: 60 };
    const pod = podOf({ ...probes, startupProbe: { ...probes.startupProbe, ...slow } });
    expect(probePlanOf(pod, IN_VPC)[0]).toMatchObject({
      kind: 'startup',
      handler: { kind: 'health', failsAfterSeconds: 5 + 20 * 60 },
      failureThreshold: 1,
    });
  });

  it('counts only the failures that are asked beyond those that ECS counts', () => {
    const countOf = (failureThreshold: number) =>
      probePlanOf(podOf({ livenessProbe: { ...exec(), failureThreshold } }), IN_VPC)[0]?.failureThreshold;
    expect([3, 10, 30].map(countOf)).toEqual([1, 1, 21]);
  });
});

describe('what is not run', () => {
  it('is nothing of probes that can be run', () => {
    const pod = podOf({ readinessProbe: exec(), livenessProbe: http, startupProbe: exec() }, {});
    expect(unprobed(pod, IN_VPC)).toEqual([]);
  });

  it('are the network probes when pod-sync does not reach the pods', () => {
    const pod = podOf({ readinessProbe: http, livenessProbe: http, startupProbe: http });
    expect(unprobed(pod, OUTSIDE).map(({ path, note }) => [path, note.split(': ')[1]])).toEqual([
      ['spec.containers[0].startupProbe', 'the container counts as started as soon as it runs.'],
      ['spec.containers[0].readinessProbe', 'the container is ready as soon as it runs.'],
      ['spec.containers[0].livenessProbe', 'the container is not restarted when it hangs.'],
    ]);
  });

  it("are the exec probes that lose the container's health check to another", () => {
    const probes = { readinessProbe: exec(), livenessProbe: exec('alive'), startupProbe: exec('up') };
    expect(unprobed(podOf({ name: 'plain' }, probes), IN_VPC)).toEqual([
      {
        path: 'spec.containers[1].startupProbe',
        note: "Fargate runs one health check in a container, the readiness probe's: the first time that it succeeds counts as started.",
      },
      {
        path: 'spec.containers[1].livenessProbe',
        note: "Fargate runs one health check in a container, the readiness probe's: the container is not restarted when this one fails.",
      },
    ]);
  });

  it('is nothing of a probe without a handler', () => {
    expect(unprobed(podOf({ readinessProbe: {} }), OUTSIDE)).toEqual([]);
  });
});
