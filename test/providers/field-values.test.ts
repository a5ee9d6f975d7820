import { describe, expect, it } from 'vitest';
import {
  fieldCarrier,
  fieldValue,
  resourceSource,
  resourceValue,
} from '../../lib/providers/ecs-fargate/plan/field-values.ts';
import { SIZE, webPod } from './environment-fixtures.ts';
import { aContainer } from './fixtures.ts';

const pod = webPod(
  {
    resources: {
      limits: { cpu: '1500m', memory: '0' },
      requests: { memory: '100M', 'ephemeral-storage': '1Gi' },
    },
  },
  { serviceAccountName: 'app', initContainers: [aContainer({ name: 'init', resources: {} })] },
  { labels: { app: 'web' }, annotations: { 'a.b/team': 'red' } },
);
const [main, init] = [pod.spec.containers[0]!, pod.spec.initContainers![0]!];

describe('fields of the pod', () => {
  it.each([
    ['metadata.name', 'web-1'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u-1'],
    ['spec.nodeName', 'fargate-1'],
    ['spec.serviceAccountName', 'app'],
    ["metadata.labels['app']", 'web'],
    ["metadata.labels['absent']", ''],
    ["metadata.annotations['a.b/team']", 'red'],
    ['status.podIP', undefined],
    ['spec.restartPolicy', undefined],
    ['toString', undefined],
  ])('%s is %j', (path, value) => {
    expect(fieldValue(pod, path)).toBe(value);
  });

  it('gives an empty text for what a manifest leaves to the API server', () => {
    const bare = webPod({}, { nodeName: undefined as never });
    expect(fieldValue(bare, 'spec.nodeName')).toBe('');
    expect(fieldValue(bare, 'spec.serviceAccountName')).toBe('');
    expect(fieldValue(bare, "metadata.labels['app']")).toBe('');
  });

  it('shares what all replicas have in common', () => {
    expect(fieldCarrier('metadata.namespace')).toBe('shared');
    expect(fieldCarrier('metadata.name')).toBe('perPod');
    expect(fieldCarrier("metadata.labels['app']")).toBe('perPod');
  });
});

describe('resources of a container', () => {
  const value = (resource: string, divisor?: string, of = main) =>
    resourceValue({ pod, size: SIZE }, of, divisor === undefined ? { resource } : { resource, divisor });

  it.each([
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['limits.cpu', '0', '2'],
    ['requests.cpu', '1m', '1500'],
    ['requests.memory', '1Mi', '96'],
    ['requests.memory', '1M', '100'],
    ['requests.ephemeral-storage', '1Gi', '1'],
    ['limits.gpu', '1', undefined],
    ['other.cpu', '1', undefined],
    ['limits.cpu', 'nonsense', '2'],
  ])('gives %s in units of %s as %s', (resource, divisor, expected) => {
    expect(value(resource, divisor)).toBe(expected);
  });

  it.each([
    ['limits.cpu', '1m', '500'],
    ['limits.memory', '1Mi', '1024'],
    ['limits.memory', undefined, '1073741824'],
    ['limits.ephemeral-storage', '1Gi', '20'],
    ['requests.cpu', '1', '0'],
  ])(
    'lets the size of the task stand in for a missing limit: %s in %s is %s',
    (resource, divisor, expected) => {
      expect(value(resource, divisor, init)).toBe(expected);
    },
  );

  it('counts a limit of zero as missing, as the kubelet does', () => {
    expect(value('limits.memory', '1Mi')).toBe('1024');
  });

  it('lets the limit of the pod stand in before the size of the task', () => {
    const limited = webPod({}, { resources: { limits: { memory: '700Mi' } } });
    const field = { resource: 'limits.memory', divisor: '1Mi' };
    expect(resourceValue({ pod: limited, size: SIZE }, limited.spec.containers[0]!, field)).toBe('700');
  });

  it('takes the disk of the task where the pod asks for more than every task has', () => {
    const large = webPod({ resources: { requests: { 'ephemeral-storage': '50Gi' } } });
    const field = { resource: 'limits.ephemeral-storage', divisor: '1Gi' };
    expect(resourceValue({ pod: large, size: SIZE }, aContainer(), field)).toBe('50');
  });

  it('finds the container that is named, init containers too', () => {
    const named = (containerName?: string) =>
      resourceSource(pod, main, { resource: 'limits.cpu', ...(containerName ? { containerName } : {}) });
    expect(named()).toBe(main);
    expect(named('init')).toBe(init);
    expect(named('nobody')).toBeUndefined();
  });
});
