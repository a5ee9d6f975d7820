import { describe, expect, it } from 'vitest';
import type { Container, PodSpec } from '../../lib/core/kubernetes.ts';
import { warnDns } from '../../lib/providers/ecs-fargate/plan/warn-dns.ts';
import { aNodeSettings, aPod } from '../support/vocabulary.ts';

const warns = (container: Partial<Container>, spec: Partial<PodSpec> = {}, domain?: string): boolean => {
  const pod = aPod({ spec: { containers: [{ name: 'main', ...container }], ...spec } });
  return warnDns(pod, aNodeSettings(domain === undefined ? {} : { clusterDomain: domain })).length > 0;
};
const variable = (name: string, value: string): Partial<Container> => ({ env: [{ name, value }] });

describe('the warning that names of Services do not resolve', () => {
  it.each([
    ['a URL with a short host', variable('API', 'http://orders/v1')],
    ['a URL with a user and a port', variable('REDIS', 'redis://u:p@cache:6379/0')],
    ['a host and a port', { args: ['cache:6379'] }],
    ['a name below svc', { command: ['curl', 'orders.shop.svc.cluster.local'] }],
    ['a short name in a variable that says it is a host', variable('DB_HOST', 'postgres')],
  ])('comes for %s', (_, container) => {
    expect(warns(container)).toBe(true);
  });

  it.each([
    ['nothing of the kind', {}],
    ['localhost', variable('DB_HOST', 'localhost')],
    ['a bucket', { args: ['s3://frames/in', 'gs://frames'] }],
    ['a public name', variable('API', 'https://api.example.com/v1')],
    ['a path', variable('CONFIG', 'file://etc')],
  ])('does not come for %s', (_, container) => {
    expect(warns(container)).toBe(false);
  });

  it('comes only where the pod wants the DNS of the cluster and the node has none', () => {
    const asking = variable('DB_HOST', 'postgres');
    expect(warns(asking, { dnsPolicy: 'ClusterFirstWithHostNet' })).toBe(true);
    expect(warns(asking, { dnsPolicy: 'Default' })).toBe(false);
    expect(warns(asking, {}, 'cluster.local')).toBe(false);
  });
});
