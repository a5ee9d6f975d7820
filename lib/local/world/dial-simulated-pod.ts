import { createServer } from 'node:http';
import { duplexPair } from 'node:stream';
import { FailureError } from '../../core/failure.ts';
import type { Pod } from '../../core/kubernetes.ts';
import { allContainers } from '../../core/pod-needs.ts';
import type { PodDialer } from '../../ports/pod-dialer.ts';

/**
 * Dials pods that are simulated, which nobody listens for: every port that a container of the pod declares speaks HTTP and says hello from
 * the pod; the others refuse connections.
 * @param podAt the pod that has an address; `undefined`: none
 */
export function createSimulatedDialer(podAt: (address: string) => Promise<Pod | undefined>): PodDialer {
  return {
    dial: async (address, port, signal) => {
      const pod = await podAt(address);
      if (signal.aborted) throw failed('transient', `dial tcp ${address}:${port}: nobody waits for it`);
      if (pod === undefined) throw failed('transient', `dial tcp ${address}:${port}: no route to host`);
      const isDeclared = allContainers(pod.spec).some(({ ports = [] }) =>
        ports.some(({ containerPort }) => containerPort === port),
      );
      if (!isDeclared)
        throw failed(
          'refused',
          `dial tcp ${address}:${port}: connection refused: no container of the pod declares this port, and a simulated pod listens on no other`,
        );
      const [near, far] = duplexPair();
      serveHello(pod).emit('connection', far);
      return near;
    },
  };
}

function serveHello({ metadata }: Pod): ReturnType<typeof createServer> {
  return createServer((request, response) => {
    request.resume();
    response.end(`hello from ${metadata.namespace}/${metadata.name}\n`);
  });
}

function failed(kind: 'refused' | 'transient', message: string): FailureError {
  return new FailureError({ kind, message });
}
