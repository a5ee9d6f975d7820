// The gateway of a world, with an environment of its own, as its process has one. Runs as a worker thread.
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf } from '../../core/failure.ts';
import type { GatewayReply, GatewayStart } from './gateway-messages.ts';

/** Nodes come and go faster than in a cluster of people. */
const LOOK_EVERY_MS = 1_000;

enableCompileCache();
const { wireGateway } = await import('../../gateway/wire-gateway.ts');
const { trustOf } = await import('../../gateway/client-trust.ts');
const { createSimulatedDialer } = await import('../world/dial-simulated-pod.ts');
const { findPodAt } = await import('./find-pod.ts');
const { host, clientAuthorities, serving, usePeriodMs } = workerData as GatewayStart;
const reply = (message: GatewayReply): void => parentPort?.postMessage(message);

const gateway = wireGateway(
  process.env,
  {
    ...{ host, address: host, clients: trustOf(clientAuthorities), portOf: () => 0 },
    serving: {
      keep: (_node, _address, show) => {
        show(serving);
        return Promise.resolve();
      },
    },
  },
  {
    lookEvery: LOOK_EVERY_MS,
    usePeriodMs,
    dialerOf: (pods, nodes) =>
      createSimulatedDialer((address) =>
        findPodAt(
          pods,
          nodes.map(({ name }) => name),
          address,
        ),
      ),
  },
);
parentPort?.on('message', () => void gateway.close().then(() => reply({ kind: 'closed' })));
gateway.opened.then(
  () => reply({ kind: 'opened' }),
  (error: unknown) => reply({ kind: 'failed', message: failureOf(error).message }),
);
