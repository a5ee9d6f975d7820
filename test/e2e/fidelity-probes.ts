import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { isNetworkAddress } from '../../lib/adapters/probes/reach-host.ts';
import { conditionOf, eventOf, shell, taskOf, type Stage } from './fidelity-stage.ts';
import { isReady, isRunning, openNamespace, podOf } from './world-under-test.ts';

/** Probes and the stop of pods. */
export function tellProbes(stage: () => Stage): void {
  it('is Ready as the exec probe of its container says', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'ready-exec');
    const readinessProbe = { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 5 };
    const containers = [shell('main', 'sleep 12; touch /tmp/ready; sleep infinity', { readinessProbe })];
    await pods.create(podOf('slow', undefined, { containers }));
    const running = await pods.until('slow', 'runs', isRunning);
    expect(conditionOf(running, 'Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    const ready = await pods.until('slow', 'is Ready', isReady, 60_000);
    expect(ready.status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 });
    world.models.ecs.setHealth((await taskOf(world, ready)).taskArn, 'main', 'UNHEALTHY', Date.now());
    const unready = await pods.until('slow', 'is not Ready any more', (pod) => !isReady(pod), 60_000);
    expect(unready.status?.containerStatuses?.[0]).toMatchObject({ ready: false, restartCount: 0 });
    expect(unready.status?.phase).toBe('Running');
    expect(await eventOf(stage(), pods, 'slow', 'Unhealthy')).toMatch(/^Readiness probe failed/);
  });

  it('is started again when the exec probe of its life fails', async () => {
    const pods = await openNamespace(stage().world, 'alive-exec');
    const livenessProbe = { exec: { command: ['cat', '/tmp/alive'] }, periodSeconds: 5, failureThreshold: 1 };
    const script = 'touch /tmp/alive; sleep 3; rm /tmp/alive; sleep infinity';
    await pods.create(podOf('hangs', undefined, { containers: [shell('main', script, { livenessProbe })] }));
    const pod = await pods.until(
      'hangs',
      'runs once more',
      (seen) => isRunning(seen) && seen.status?.containerStatuses?.[0]?.restartCount === 1,
      90_000,
    );
    expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toBeDefined();
    expect(await eventOf(stage(), pods, 'hangs', 'Unhealthy')).toMatch(/^Liveness probe failed/);
    expect(await eventOf(stage(), pods, 'hangs', 'Killing')).toBe(
      'Container main failed liveness probe, will be restarted',
    );
  });

  httpProbe(stage);

  it('runs on for as long as its preStop hook sleeps', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'sleepy');
    const lifecycle = { preStop: { sleep: { seconds: 6 } } };
    const containers = [shell('main', 'sleep infinity', { lifecycle })];
    await pods.create(podOf('drains', undefined, { containers, terminationGracePeriodSeconds: 20 }));
    const pod = await pods.until('drains', 'runs', isRunning);
    const asked = Date.now();
    await pods.remove('drains');
    await pods.gone('drains', 60_000);
    const { stoppingAt = 0, lastStatus } = await taskOf(world, pod);
    expect(lastStatus).toBe('STOPPED');
    // Times of Kubernetes have no fractions of a second.
    expect(stoppingAt * 1000 - asked).toBeGreaterThan(5_000);
    expect(stoppingAt * 1000 - asked).toBeLessThan(20_000);
  });
}

/** The one address under which a simulated pod can be asked: this machine's own, since loopback is the function's. */
function addressHere(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .find(({ family, address }) => family === 'IPv4' && isNetworkAddress(address))?.address;
}

function httpProbe(stage: () => Stage): void {
  const host = addressHere();
  const told = 'is Ready as its HTTP server answers';
  if (host === undefined) {
    console.warn('SKIPPED: HTTP probes of a real server, because this machine has no address but loopback');
    it.skip(told, () => undefined);
    return;
  }
  it(told, async () => {
    let status = 503;
    const agents = new Set<string | undefined>();
    const server = createServer((request, response) => {
      agents.add(request.headers['user-agent']);
      response.writeHead(status).end('a body that nobody shall repeat');
    });
    await new Promise<void>((done) => server.listen(0, host, done));
    try {
      const { port } = server.address() as AddressInfo;
      const { world } = stage();
      const pods = await openNamespace(world, 'ready-http');
      const httpGet = { host, port, path: '/healthz' };
      const readinessProbe = { httpGet, periodSeconds: 1, failureThreshold: 2 };
      await pods.create(
        podOf('web', undefined, { containers: [shell('main', 'sleep infinity', { readinessProbe })] }),
      );
      const message = await eventOf(stage(), pods, 'web', 'Unhealthy');
      expect(message).toBe('Readiness probe failed: HTTP probe failed with statuscode: 503');
      const running = await pods.until('web', 'runs', isRunning);
      expect(isReady(running)).toBe(false);
      status = 200;
      await pods.until('web', 'is Ready', isReady);
      status = 503;
      const unready = await pods.until('web', 'is not Ready any more', (pod) => !isReady(pod));
      expect(unready.status?.containerStatuses?.[0]).toMatchObject({ ready: false, restartCount: 0 });
      expect([...agents].every((agent) => agent?.startsWith('kube-probe/'))).toBe(true);
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });
}
