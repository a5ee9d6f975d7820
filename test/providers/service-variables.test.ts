import { describe, expect, it } from 'vitest';
import type { ServiceFacts } from '../../lib/core/pod-inputs.ts';
import { mayBeService, serviceVariables } from '../../lib/providers/ecs-fargate/plan/service-variables.ts';
import { carriers, contextOf, inputsOf, planOf, texts, webPod } from './environment-fixtures.ts';
import { withToken } from './fixtures.ts';

const REDIS: ServiceFacts = {
  namespace: 'shop',
  name: 'redis-master',
  clusterIP: '10.0.0.11',
  ports: [
    { port: 6379, protocol: 'TCP' },
    { name: 'my-metrics', port: 9100, protocol: 'UDP' },
  ],
};
const MASTER: ServiceFacts = {
  namespace: 'default',
  name: 'kubernetes',
  clusterIP: '10.0.0.1',
  ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
};
const API = { host: 'api.example.com', port: '6443' };

describe('the variables of Services', () => {
  it('are those of the kubelet, links included', () => {
    const context = contextOf(webPod({}), inputsOf({ services: [REDIS] }), { serviceLinks: true });
    expect(texts(serviceVariables(context))).toEqual({
      REDIS_MASTER_SERVICE_HOST: '10.0.0.11',
      REDIS_MASTER_SERVICE_PORT: '6379',
      REDIS_MASTER_SERVICE_PORT_MY_METRICS: '9100',
      REDIS_MASTER_PORT: 'tcp://10.0.0.11:6379',
      REDIS_MASTER_PORT_6379_TCP: 'tcp://10.0.0.11:6379',
      REDIS_MASTER_PORT_6379_TCP_PROTO: 'tcp',
      REDIS_MASTER_PORT_6379_TCP_PORT: '6379',
      REDIS_MASTER_PORT_6379_TCP_ADDR: '10.0.0.11',
      REDIS_MASTER_PORT_9100_UDP: 'udp://10.0.0.11:9100',
      REDIS_MASTER_PORT_9100_UDP_PROTO: 'udp',
      REDIS_MASTER_PORT_9100_UDP_PORT: '9100',
      REDIS_MASTER_PORT_9100_UDP_ADDR: '10.0.0.11',
    });
  });

  it('travel in the env file', () => {
    const context = contextOf(webPod({}), inputsOf({ services: [REDIS] }), { serviceLinks: true });
    expect(new Set(Object.values(carriers(serviceVariables(context))))).toEqual(new Set(['config']));
  });

  it('put an IPv6 address in brackets where a port follows', () => {
    const service = { ...REDIS, clusterIP: 'fd00::b', ports: [{ port: 80, protocol: 'TCP' }] };
    const context = contextOf(webPod({}), inputsOf({ services: [service] }), { serviceLinks: true });
    const { REDIS_MASTER_PORT, REDIS_MASTER_SERVICE_HOST } = texts(serviceVariables(context));
    expect([REDIS_MASTER_PORT, REDIS_MASTER_SERVICE_HOST]).toEqual(['tcp://[fd00::b]:80', 'fd00::b']);
  });

  it.each([
    ['the node does not give them', {}, {}],
    ['the pod does not want them', { enableServiceLinks: false }, { serviceLinks: true }],
  ])('are none when %s', (_, spec, node) => {
    const context = contextOf(webPod({}, spec), inputsOf({ services: [REDIS, MASTER] }), node);
    expect(serviceVariables(context).size).toBe(0);
  });

  it('are only of the namespace of the pod, and of the API server', () => {
    const services = [{ ...REDIS, namespace: 'other' }, { ...REDIS, name: 'portless', ports: [] }, MASTER];
    const context = contextOf(webPod({}), inputsOf({ services }), { serviceLinks: true });
    expect(texts(serviceVariables(context))['KUBERNETES_SERVICE_HOST']).toBe('10.0.0.1');
    expect([...serviceVariables(context).keys()].every((name) => name.startsWith('KUBERNETES_'))).toBe(true);
  });

  it('leave a Service of the namespace its name, be it kubernetes', () => {
    const services = [{ ...REDIS, name: 'kubernetes' }, MASTER];
    const context = contextOf(webPod({}), inputsOf({ services }), { serviceLinks: true });
    expect(texts(serviceVariables(context))['KUBERNETES_SERVICE_HOST']).toBe('10.0.0.11');
    const inDefault = contextOf(webPod({}, {}, { namespace: 'default' }), inputsOf({ services: [MASTER] }), {
      serviceLinks: true,
    });
    expect(texts(serviceVariables(inDefault))['KUBERNETES_SERVICE_HOST']).toBe('10.0.0.1');
  });

  it('only fill gaps', () => {
    const pod = webPod({ env: [{ name: 'REDIS_MASTER_PORT', value: 'mine' }] });
    const { start } = planOf(pod, inputsOf({ services: [REDIS] }), { serviceLinks: true });
    expect(texts(start.variables)['REDIS_MASTER_PORT']).toBe('mine');
  });
});

describe('the way to the API server', () => {
  const pod = webPod({});
  const withAccount = { ...pod, spec: { ...withToken(pod.spec, 'abcde'), serviceAccountName: 'app' } };

  it('is told to a pod that gets a token, with the launch request', () => {
    const variables = serviceVariables(contextOf(withAccount, inputsOf({ apiEndpoint: API })));
    expect(texts(variables)).toEqual({
      KUBERNETES_SERVICE_HOST: 'api.example.com',
      KUBERNETES_SERVICE_PORT: '6443',
      KUBERNETES_SERVICE_PORT_HTTPS: '6443',
      KUBERNETES_PORT: 'tcp://api.example.com:6443',
      KUBERNETES_PORT_6443_TCP: 'tcp://api.example.com:6443',
      KUBERNETES_PORT_6443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_6443_TCP_PORT: '6443',
      KUBERNETES_PORT_6443_TCP_ADDR: 'api.example.com',
    });
    expect(new Set(Object.values(carriers(variables)))).toEqual(new Set(['perPod']));
  });

  it('is where pods reach it, not the cluster IP', () => {
    const inputs = inputsOf({ apiEndpoint: { host: '[fd00::1]', port: '443' }, services: [MASTER] });
    const variables = texts(serviceVariables(contextOf(withAccount, inputs, { serviceLinks: true })));
    expect(variables['KUBERNETES_SERVICE_HOST']).toBe('fd00::1');
    expect(variables['KUBERNETES_PORT']).toBe('tcp://[fd00::1]:443');
  });

  it('can be referred to', () => {
    const given = { ...withAccount.spec.containers[0], args: ['--api=$(KUBERNETES_SERVICE_HOST)'] };
    const referring = { ...withAccount, spec: { ...withAccount.spec, containers: [given] } } as typeof pod;
    const { start } = planOf(referring, inputsOf({ apiEndpoint: API }));
    expect(start).toMatchObject({ command: ['--api=api.example.com'], perPodCommand: true });
    expect(planOf(referring).start.perPodCommand).toBe(true);
  });
});

describe('names that may be of Services', () => {
  it('are kept apart only where the pod takes them', () => {
    const taking = mayBeService(contextOf(webPod({}), undefined, { serviceLinks: true }));
    const without = mayBeService(contextOf(webPod({}), undefined));
    expect([taking('DB_SERVICE_HOST'), taking('DB_PORT'), taking('DB')]).toEqual([true, true, false]);
    expect([without('DB_SERVICE_HOST'), without('KUBERNETES_SERVICE_HOST')]).toEqual([false, false]);
  });
});
