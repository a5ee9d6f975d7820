import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApi, type OpenApi } from './open-api.ts';
import { textAnswer, type ApiOutcome, type ApiRequest } from '../../../lib/kubelet-api/exchange.ts';
import { findRoute } from '../../../lib/kubelet-api/find-route.ts';
import type { Handlers } from '../../../lib/kubelet-api/handlers.ts';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import type { Pods } from '../../../lib/ports/pods.ts';
import type { ControlPlane } from '../../support/start-control-plane.ts';
import { TERMINAL } from '../../memory/process-exec.ts';
import { serveKubeletApi, type ServedApi } from '../../support/serve-kubelet-api.ts';

/** What a program wrote and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A node of a real API server whose kubelet API is the one under test. */
export interface KubectlStage {
  readonly node: string;
  readonly pod: string;
  readonly requests: readonly ApiRequest[];
  readonly served: ServedApi;
  /** Runs kubectl to its end. */
  kubectl(args: readonly string[], input?: Buffer): Promise<Ran>;
  /** Starts kubectl. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams;
  /** Starts it in a terminal, which takes frames. No argument may need quotes. */
  startInTerminal(args: readonly string[]): ChildProcessWithoutNullStreams;
  changeStatus(status: object): Promise<void>;
  close(): Promise<void>;
}

/** What a stage serves. */
type Served = Pick<Handlers, 'exec' | 'attach' | 'portForward'>;

/** What handlers look pods up in: the API server itself. */
export interface StagePods {
  readonly pods: Pick<Pods, 'get'>;
}

/** The pod of a stage: a container that runs and one that has ended, by its status. */
const CONTAINERS = [
  { name: 'app', image: 'app', ports: [{ containerPort: 8080 }] },
  { name: 'stopped', image: 'stopped' },
];

/** @param speaksWebSocket whether the node says that its kubelet takes WebSockets, so that the API server forwards them */
export async function openStage(
  plane: ControlPlane,
  name: string,
  speaksWebSocket: boolean,
  handlersFor: (found: StagePods) => Served,
): Promise<KubectlStage> {
  const folder = await mkdtemp(join(tmpdir(), 'lambdalet-kubectl-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, plane.kubeconfig);
  const api = openApi(plane);
  const requests: ApiRequest[] = [];
  const pods: StagePods['pods'] = {
    get: async (namespace, podName) =>
      (await api.get(`/api/v1/namespaces/${namespace}/pods/${podName}`)) as Pod | undefined,
  };
  const handlers = handlersFor({ pods });
  const served = await serveKubeletApi(name, (request) => {
    requests.push(request);
    return serveRoute(handlers, request);
  });
  const pod = `pod-of-${name}`;
  await createNode(api, name, served.port, speaksWebSocket);
  await createPod(api, name, pod);
  const podPath = `/api/v1/namespaces/default/pods/${pod}`;
  const start = (args: readonly string[]) =>
    spawn('kubectl', ['--kubeconfig', kubeconfig, ...args], { stdio: 'pipe' });
  return {
    node: name,
    pod,
    requests,
    served,
    start,
    startInTerminal: (args) =>
      spawn('python3', [TERMINAL, ['kubectl', '--kubeconfig', kubeconfig, ...args].join(' ')], {
        stdio: 'pipe',
      }),
    kubectl: (args, input) => finish(start(args), input),
    changeStatus: async (status) => {
      await api.patch(`${podPath}/status`, { status });
    },
    close: async () => {
      await served.close();
      await api.remove(`${podPath}?gracePeriodSeconds=0`);
      await api.remove(`/api/v1/nodes/${name}`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As the kubelet API does, for those who may. */
function serveRoute(handlers: Served, request: ApiRequest): Promise<ApiOutcome> {
  const route = findRoute(request);
  if (route.kind === 'exec' || route.kind === 'attach') return handlers[route.kind](request, route.of);
  if (route.kind === 'portForward') return handlers.portForward(request, route.of);
  return Promise.resolve(textAnswer(404, '404: Page Not Found'));
}

async function createNode(api: OpenApi, name: string, port: number, speaksWebSocket: boolean): Promise<void> {
  await api.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await api.patch(`/api/v1/nodes/${name}/status`, {
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      ...(speaksWebSocket && { declaredFeatures: ['ExtendWebSocketsToKubelet'] }),
    },
  });
}

async function createPod(api: OpenApi, node: string, name: string): Promise<void> {
  await api.post('/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeName: node, containers: CONTAINERS },
  });
  const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
  await api.patch(`/api/v1/namespaces/default/pods/${name}/status`, {
    status: {
      phase: 'Running',
      podIP: '127.0.0.1',
      podIPs: [{ ip: '127.0.0.1' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: CONTAINERS.map((container) => ({
        name: container.name,
        image: container.image,
        imageID: '',
        ready: true,
        restartCount: 0,
        state: container.name === 'stopped' ? { terminated: { exitCode: 4 } } : running,
        containerID: `ecs://${container.name}-1`,
      })),
    },
  });
}

/**
 * A slow kubectl reads before it has made its streams, and complains of the empty messages by which an API server that translates opens
 * them (`readDemuxLoop` of client-go's `websocket.go`; `initialize` of `wsstream`). Bytes are compared by the tests themselves.
 */
const EARLY_MESSAGE = /^E.* Unknown stream id \d, discarding message\n/gm;

async function finish(child: ChildProcessWithoutNullStreams, input: Buffer | undefined): Promise<Ran> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const warned = Buffer.concat(stderr).toString().replaceAll(EARLY_MESSAGE, '');
  return { code, stdout: Buffer.concat(stdout), stderr: warned };
}
