import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { KeyPair } from '../../lib/adapters/https-server/start-https-server.ts';
import { systemClock } from '../../lib/adapters/clock/system-clock.ts';
import { trustOf, type ClientTrust } from '../../lib/gateway/client-trust.ts';
import {
  openGateway,
  type Gateway,
  type GatewayPlace,
  type GatewayPorts,
} from '../../lib/gateway/open-gateway.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { createAuthority } from '../../lib/local/api-server/server/self-signed-certificate.ts';
import { createMemoryKubernetes, type MemoryKubernetes } from '../memory/memory-kubernetes.ts';
import { createMemoryLogs } from '../memory/memory-logs.ts';
import { createMemoryProvider } from '../memory/memory-provider.ts';
import { createMemoryRecords } from '../memory/memory-records.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { aLaunch, aTask, seen } from '../support/vocabulary.ts';
import { quietTools } from '../support/quiet-tools.ts';

const authority = createAuthority('the CA');
const serving = authority.issue({ subject: { commonName: 'node', hosts: ['127.0.0.1'] }, usage: 'server' });
const client = authority.issue({
  subject: { commonName: 'api-server', organisations: ['system:masters'] },
  usage: 'client',
});

const unused = (): Promise<never> => Promise.reject(new Error('nobody asks for it'));

const open: Gateway[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});

const AT_ONCE: GatewayPlace['serving'] = {
  keep: (_node, _address, show) => {
    show(serving);
    return Promise.resolve();
  },
};

async function start(
  certificates = AT_ONCE,
  names: readonly string[] = ['node-1', 'node-2'],
  other: Partial<GatewayPorts> = {},
  clients: ClientTrust = trustOf(authority.certificate),
): Promise<{ readonly gateway: Gateway; readonly kubernetes: MemoryKubernetes }> {
  const kubernetes = createMemoryKubernetes({ now: Date.now });
  for (const name of names) {
    const taints = [{ key: 'virtual-kubelet.io/provider', value: 'lambdalet', effect: 'NoSchedule' }];
    await kubernetes.nodes.create({ metadata: { name }, spec: { taints } });
  }
  const { telemetry } = quietTools;
  const ports = {
    ...{ ...kubernetes, records: createMemoryRecords(), logs: createMemoryLogs(), telemetry },
    ...{ provider: createMemoryProvider({ now: Date.now }), clock: systemClock },
    exec: { open: unused },
    dialer: { dial: unused },
    ...other,
  };
  const place = {
    ...{ host: '127.0.0.1', address: '127.0.0.1', portOf: () => 0, serving: certificates },
    clients,
  };
  const gateway = openGateway(
    ports,
    names.map((name) => ({ name })),
    place,
  );
  open.push(gateway);
  return { gateway, kubernetes };
}

function ask(port: number, path: string, ca = authority.certificate): Promise<string> {
  const { certificate: cert, key } = client;
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, ca, cert, key, agent: false }, (answer) => resolve(text(answer)))
      .on('error', reject)
      .end();
  });
}

describe('the gateway', () => {
  it('trusts at every node whom it is told to, from then on', async () => {
    let show: (authorities: string) => void = () => undefined;
    const clients: ClientTrust = {
      keep: (tell) => {
        show = tell;
        tell(createAuthority('the CA before').certificate);
        return Promise.resolve();
      },
    };
    const { gateway } = await start(AT_ONCE, ['node-1', 'node-2'], {}, clients);
    const endpoints = await gateway.opened;
    const answers = (): Promise<string[]> => Promise.all(endpoints.map(({ port }) => ask(port, '/healthz')));
    expect(await answers()).toEqual(['Unauthorized\n', 'Unauthorized\n']);
    show(authority.certificate);
    expect(await answers()).not.toContain('Unauthorized\n');
  });

  it('says once for each pause that a log is followed more slowly, and why', async () => {
    const telemetry = createMemoryTelemetry();
    const logs = createMemoryLogs();
    logs.addGroup('/pods');
    const records = createMemoryRecords();
    const impatient: Clock = {
      ...systemClock,
      sleep: (until, signal) => systemClock.sleep(Math.min(until, Date.now() + 5), signal),
    };
    const { gateway, kubernetes } = await start(AT_ONCE, ['node-1'], {
      ...{ telemetry, logs, records, clock: impatient },
      provider: {
        ...createMemoryProvider({ now: Date.now }),
        logStreamOf: () => ({ group: '/pods', stream: 'main' }),
      },
    });
    const terminated = { exitCode: 0, finishedAt: '2020-01-01T00:00:00Z', containerID: 'ecs://a-1' };
    const { metadata } = kubernetes.controls.addPod({
      ...{ name: 'web', namespace: 'shop', node: 'node-1' },
      spec: { containers: [{ name: 'main' }] },
      status: {
        containerStatuses: [
          {
            ...{ name: 'main', image: '', imageID: '', ready: false, restartCount: 0 },
            state: { terminated },
          },
        ],
      },
    });
    const task = aTask({ containers: [seen('main', { runtimeId: 'a-1' })] });
    records.put(aLaunch(task, { ...{ namespace: 'shop', uid: metadata.uid }, node: 'node-1' }));
    logs.write({ group: '/pods', stream: 'main' }, { at: 0, text: 'words' });
    for (let time = 0; time < 2; time += 1) logs.failNext({ kind: 'throttled', message: 'Rate exceeded' });
    const [endpoint] = await gateway.opened;
    expect(await ask(endpoint?.port ?? 0, '/containerLogs/shop/web/main?follow=true')).toBe('words\n');
    const told = telemetry.lines.filter(({ message }) => message === 'Logs are read more slowly');
    expect(told.map(({ fields }) => fields)).toEqual(
      [2_000, 4_000].map((pauseMs) => ({
        ...{ failure: { kind: 'throttled', message: 'Rate exceeded' }, pauseMs },
      })),
    );
  });

  it('serves each node at a port of its own, and says so on it until it ends', async () => {
    const { gateway, kubernetes } = await start();
    const endpoints = await gateway.opened;
    kubernetes.controls.addPod({ name: 'one', node: 'node-1' });
    kubernetes.controls.addPod({ name: 'two', node: 'node-2' });
    const [one = 0, two = 0] = endpoints.map(({ port }) => port);
    const namesAt = async (port: number): Promise<readonly string[]> =>
      (
        JSON.parse(await ask(port, '/pods')) as { readonly items: readonly { metadata: { name: string } }[] }
      ).items.map(({ metadata }) => metadata.name);
    expect(await namesAt(one)).toEqual(['one']);
    expect(await namesAt(two)).toEqual(['two']);
    const portOf = async (name: string): Promise<number | undefined> =>
      (await kubernetes.nodes.get(name))?.status?.daemonEndpoints?.kubeletEndpoint?.Port;
    await expect.poll(() => portOf('node-1')).toBe(one);
    await expect.poll(() => portOf('node-2')).toBe(two);
    await gateway.close();
    expect(await portOf('node-1')).toBe(0);
    await expect(ask(one, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  it('shows the certificate that came last', async () => {
    let show: (next: KeyPair) => void = () => undefined;
    const { gateway } = await start(
      {
        keep: (_node, _address, given) => {
          show = given;
          given(serving);
          return Promise.resolve();
        },
      },
      ['node-1'],
    );
    const [{ port } = { port: 0 }] = await gateway.opened;
    expect(await ask(port, '/healthz')).toBe('ok');
    const other = createAuthority('the next CA');
    show(other.issue({ subject: { commonName: 'next', hosts: ['127.0.0.1'] }, usage: 'server' }));
    expect(await ask(port, '/healthz', other.certificate)).toBe('ok');
    await expect(ask(port, '/healthz')).rejects.toThrow(/certificate/);
  });

  it('serves a node whose neighbour gets no certificate', async () => {
    const { gateway, kubernetes } = await start({
      keep: (node, _address, show) => {
        if (node === 'node-1') return Promise.reject(new Error('nobody approves'));
        show(serving);
        return Promise.resolve();
      },
    });
    await expect(gateway.opened).rejects.toThrow('nobody approves');
    const portOf = async (): Promise<number> =>
      (await kubernetes.nodes.get('node-2'))?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    await expect.poll(portOf).toBeGreaterThan(0);
    expect(await ask(await portOf(), '/healthz')).toBe('ok');
    expect((await kubernetes.nodes.get('node-1'))?.status?.addresses ?? []).toEqual([]);
  });
});
