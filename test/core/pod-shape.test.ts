import { describe, expect, it } from 'vitest';
import type { Container } from '../../lib/core/kubernetes.ts';
import { shapeOf } from '../../lib/core/pod-shape.ts';
import { aPod } from '../support/vocabulary.ts';

const shapeOfOne = (words: Partial<Container>): unknown =>
  shapeOf(aPod({ spec: { containers: [{ name: 'main', image: 'canary', ...words }] } })).containers[0];

describe('the shape of a pod', () => {
  it('is its policy, its grace and its containers', () => {
    expect(shapeOf(aPod())).toEqual({
      restartPolicy: 'Always',
      graceSeconds: 30,
      containers: [{ name: 'main' }],
    });
  });

  it('has the default policy where the pod names none', () => {
    const { restartPolicy: _, ...spec } = aPod().spec;
    expect(shapeOf({ ...aPod(), spec }).restartPolicy).toBe('Always');
  });

  it('has what ends it, who made it, and what starts before it', () => {
    const pod = aPod({
      metadata: {
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd', controller: true },
        ],
      },
      spec: {
        activeDeadlineSeconds: 60,
        initContainers: [
          { name: 'once', image: 'canary' },
          { name: 'proxy', image: 'canary', restartPolicy: 'Always' },
        ],
      },
    });
    expect(shapeOf(pod)).toMatchObject({
      deadlineSeconds: 60,
      daemonSet: true,
      init: [{ name: 'once' }, { name: 'proxy', sidecar: true }],
    });
  });

  it('has what a container asks for, by its requests before its limits', () => {
    const limits = { cpu: '2', memory: '4Gi' };
    expect(shapeOfOne({ resources: { limits } })).toEqual({ name: 'main', ...limits });
    expect(shapeOfOne({ resources: { limits, requests: { cpu: '1', memory: '1Gi' } } })).toEqual({
      ...{ name: 'main', cpu: '1', memory: '1Gi' },
    });
  });

  it('has the kinds of probes, but not what they ask', () => {
    const probe = { httpGet: { path: '/canary', port: 80 } };
    expect(shapeOfOne({ livenessProbe: probe, readinessProbe: probe })).toEqual({
      name: 'main',
      probes: ['readiness', 'liveness'],
    });
    expect(shapeOfOne({ startupProbe: probe })).toEqual({ name: 'main', probes: ['startup'] });
  });

  it('has how long a preStop hook sleeps, but not what another hook does', () => {
    expect(shapeOfOne({ lifecycle: { preStop: { sleep: { seconds: 7 } } } })).toEqual({
      name: 'main',
      sleepSeconds: 7,
    });
    expect(shapeOfOne({ lifecycle: { preStop: { exec: { command: ['canary'] } } } })).toEqual({
      name: 'main',
    });
  });
});
