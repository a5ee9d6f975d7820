import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createApiServerModel } from '../create-api-server-model.ts';
import type { ApiServerModel } from '../create-api-server-model.ts';
import type { ControllerSet } from '../controllers/create-controllers.ts';
import type { Ids } from '../kinds/kind-row.ts';
import { createRandomIds } from '../random-ids.ts';
import { createRequestListener, createUpgradeListener } from './create-request-listener.ts';
import { createPump } from './create-pump.ts';
import { createAuthority, createSelfSignedCertificate, type Authority } from './self-signed-certificate.ts';
import { writeKubeconfig } from './write-kubeconfig.ts';

/** How to run the embedded API server. */
export interface ApiServerOptions {
  /** A free one by default. */
  readonly port?: number;
  /** Loopback by default. */
  readonly host?: string;
  /** Wall clock by default; must run at the pace of one, because timers wait by it. */
  readonly clock?: { now(): number };
  readonly gracePeriodMs?: number;
  readonly kubernetesVersion?: string;
  readonly ids?: Ids;
  readonly watchWindow?: number;
  /** `none` for a lone API server without scheduler and controllers. */
  readonly controllers?: ControllerSet;
  /** The bearer token; a random one by default. */
  readonly token?: string;
}

/** A running API server. */
export interface RunningApiServer {
  /** `https://127.0.0.1:<port>`; the same port also answers plain http. */
  readonly url: string;
  /** YAML with CA and token inside. */
  readonly kubeconfig: string;
  readonly token: string;
  /** PEM of the CA, for clients that are not given the kubeconfig. */
  readonly caCertificate: string;
  readonly model: ApiServerModel;
  /** Signs what kubelets show to this API server; it comes to them with a certificate of the same authority. */
  readonly kubeletAuthority: Authority;
  /** Ends watches and connections, then the server. */
  close(): Promise<void>;
}

const TLS_HANDSHAKE = 0x16;

/** Starts the API server; resolves when it accepts connections. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<RunningApiServer> {
  const host = options.host ?? '127.0.0.1';
  const clock = options.clock ?? { now: () => Date.now() };
  const token = options.token ?? randomBytes(24).toString('base64url');
  const { key, certificate } = createSelfSignedCertificate([...new Set([host, '127.0.0.1', 'localhost'])]);
  const model = createApiServerModel({
    now: clock.now(),
    ids: options.ids ?? createRandomIds(),
    caCertificate: certificate,
    token,
    ...(options.gracePeriodMs === undefined ? {} : { gracePeriodMs: options.gracePeriodMs }),
    ...(options.kubernetesVersion === undefined ? {} : { kubernetesVersion: options.kubernetesVersion }),
    controllers: options.controllers ?? 'all',
    ...(options.watchWindow === undefined ? {} : { watchWindow: options.watchWindow }),
  });
  const pump = createPump(model, clock);
  const authority = createAuthority('lambdalet-local-kubelets');
  const own = authority.issue({
    subject: { commonName: 'kube-apiserver-kubelet-client', organisations: ['system:masters'] },
    usage: 'client',
  });
  const kubeletClient = { ...own, authority: authority.certificate };
  const serving = { model, clock, token, kubeletClient, onHandled: pump.wake };
  const listeners = { request: createRequestListener(serving), upgrade: createUpgradeListener(serving) };
  const front = createFront(listeners, { key, cert: certificate });
  await listen(front.server, options.port ?? 0, host);
  const { port } = front.server.address() as AddressInfo;
  const url = `https://${host}:${port}`;
  pump.wake();
  return {
    url,
    kubeconfig: writeKubeconfig({ server: url, certificate, token }),
    token,
    caCertificate: certificate,
    model,
    kubeletAuthority: authority,
    close: async () => {
      pump.stop();
      model.close();
      await front.close();
    },
  };
}

interface Listeners {
  readonly request: RequestListener;
  readonly upgrade: ReturnType<typeof createUpgradeListener>;
}

interface Front {
  readonly server: Server;
  close(): Promise<void>;
}

// One port for both: the first byte of a connection tells TLS from plain HTTP.
function createFront(listeners: Listeners, tls: { readonly key: string; readonly cert: string }): Front {
  const http = createHttpServer(listeners.request).on('upgrade', listeners.upgrade);
  const https = createHttpsServer(tls, listeners.request).on('upgrade', listeners.upgrade);
  // An idle connection must not be closed under a client that is about to use it.
  http.keepAliveTimeout = 0;
  https.keepAliveTimeout = 0;
  const sockets = new Set<Socket>();
  const server = createTcpServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (chunk) => {
      socket.pause();
      socket.unshift(chunk);
      (chunk[0] === TLS_HANDSHAKE ? https : http).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        http.closeIdleConnections();
        // A watch ends with its last chunk; what still hangs after that is cut.
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, 50).unref();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
