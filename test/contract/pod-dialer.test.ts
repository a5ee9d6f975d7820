import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createPodDialer } from '../../lib/adapters/pod-dialer/create-pod-dialer.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { createSimulatedDialer } from '../../lib/local/world/dial-simulated-pod.ts';
import { podDialerContract, type DialerUnderTest } from './pod-dialer.contract.ts';

const POD: Pod = {
  metadata: { name: 'web', namespace: 'shop', uid: '1', resourceVersion: '1' },
  spec: { containers: [{ name: 'app', ports: [{ containerPort: 8080 }] }, { name: 'other' }] },
};

async function overTcp(): Promise<DialerUnderTest> {
  const server = createServer((_, response) => void response.end('over TCP'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    dialer: createPodDialer(200),
    address: '127.0.0.1',
    openPort: (server.address() as AddressInfo).port,
    closedPort: 1,
    nowhere: 'nowhere.invalid',
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function simulated(): Promise<DialerUnderTest> {
  return Promise.resolve({
    dialer: createSimulatedDialer((address) => Promise.resolve(address === '10.0.0.7' ? POD : undefined)),
    address: '10.0.0.7',
    openPort: 8080,
    closedPort: 8081,
    nowhere: '10.0.0.8',
    close: () => Promise.resolve(),
  });
}

podDialerContract('TCP', overTcp);
podDialerContract('local mode', simulated);

describe('a simulated pod', () => {
  it('says hello on the ports that it declares', async () => {
    const { dialer, address, openPort } = await simulated();
    const connection = await dialer.dial(address, openPort, new AbortController().signal);
    connection.write('GET / HTTP/1.1\r\nhost: pod\r\nconnection: close\r\n\r\n');
    let answer = '';
    for await (const chunk of connection) answer += String(chunk);
    expect(answer.endsWith('\r\n\r\nhello from shop/web\n')).toBe(true);
  });
});
