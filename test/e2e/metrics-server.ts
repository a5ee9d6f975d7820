import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { askCluster, type ClusterUser } from '../../lib/local/world/ask-cluster.ts';
import {
  createMetricsServerLike,
  type MetricsServerLike,
  type Usage,
} from '../kubelet-api/stats/metrics-server-like.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import type { RunningCluster } from './start-real-cluster.ts';

const ACCOUNT = { kind: 'ServiceAccount', name: 'metrics-server', namespace: 'kube-system' };
const GROUP_VERSION = 'metrics.k8s.io/v1beta1';
const API = `/apis/${GROUP_VERSION}`;

/** With a minute of Container Insights in five seconds: one scrape a sample, as in a real cluster. */
const RESOLUTION_MS = 5_000;

/** The Metrics API of a cluster, from what its nodes tell. */
export interface MetricsServer {
  /** What the last scrape of each node complained about. */
  complaints(): readonly string[];
  close(): Promise<void>;
}

/**
 * Serves the Metrics API to a real API server, as metrics-server does: an aggregated API, filled by scraping `/metrics/resource` of every
 * node at the address and port that its status says, as a service account with the rights of metrics-server's own manifest.
 */
export async function startMetricsServer(cluster: RunningCluster): Promise<MetricsServer> {
  const user = askCluster(await readFile(cluster.kubeconfig, 'utf8'));
  const { cert, key } = makeCertificate('metrics-server');
  const scraped = new Map<string, MetricsServerLike>();
  const server = createServer({ cert, key }, (asked, response) => {
    const url = new URL(asked.url ?? '', 'https://metrics-server');
    void answer(user, scraped, url).then(
      (body) => {
        response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body ?? { kind: 'Status', status: 'Failure', code: 404 }));
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await cluster.apply(...RIGHTS, ...registration((server.address() as AddressInfo).port));
  const token = await cluster.kubectl('create', 'token', '-n', ACCOUNT.namespace, ACCOUNT.name);

  let complaints: readonly string[] = [];
  const scrape = async (): Promise<void> => {
    const told: string[] = [];
    for (const { name, address, port } of await listNodes(user)) {
      const memory = scraped.get(name) ?? createMetricsServerLike(RESOLUTION_MS);
      scraped.set(name, memory);
      try {
        memory.scrape(await readMetrics(address, port, token), Date.now());
      } catch (error) {
        told.push(`${name}: ${String(error)}`);
      }
    }
    complaints = told;
  };
  let round: Promise<void> = scrape();
  const timer = setInterval(() => {
    round = round.then(scrape, scrape);
  }, RESOLUTION_MS);
  return {
    complaints: () => complaints,
    close: async () => {
      clearInterval(timer);
      await round.catch(() => undefined);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** The rights of `manifests/base/rbac.yaml` of metrics-server v0.9 that have to do with nodes. */
const RIGHTS: readonly object[] = [
  { apiVersion: 'v1', kind: ACCOUNT.kind, metadata: { name: ACCOUNT.name, namespace: ACCOUNT.namespace } },
  {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
    metadata: { name: 'system:metrics-server' },
    rules: [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ],
  },
  {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
    metadata: { name: 'system:metrics-server' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:metrics-server' },
    subjects: [ACCOUNT],
  },
];

/** Tells the API server to proxy the Metrics API to a port of this machine. */
function registration(port: number): readonly object[] {
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Service' },
      metadata: { name: ACCOUNT.name, namespace: ACCOUNT.namespace },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    {
      ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' },
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        ...{ group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
        service: { name: ACCOUNT.name, namespace: ACCOUNT.namespace, port },
        insecureSkipTLSVerify: true,
      },
    },
  ];
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port: number } };
  };
}

/** The nodes that have a kubelet, and where it is. */
async function listNodes(user: ClusterUser) {
  const { items } = (await user.demand('GET', '/api/v1/nodes')) as { readonly items: readonly Node[] };
  return items.flatMap(({ metadata: { name }, status }) => {
    const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    const port = status?.daemonEndpoints?.kubeletEndpoint?.Port;
    return address === undefined || port === undefined ? [] : [{ name, address, port }];
  });
}

/** A scrape: of whose certificate a real metrics-server is sure too only with `--kubelet-certificate-authority`. */
function readMetrics(host: string, port: number, token: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ host, port, path: '/metrics/resource', rejectUnauthorized: false, timeout: 10_000 },
        headers: { authorization: `Bearer ${token}` },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`HTTP ${response.statusCode}: ${text}`));
        });
      },
    );
    asked.once('timeout', () => asked.destroy(new Error('no answer within 10 s')));
    asked.once('error', reject).end();
  });
}

/** The answer to a GET; `undefined`: there is no such thing. */
async function answer(
  user: ClusterUser,
  scraped: ReadonlyMap<string, MetricsServerLike>,
  url: URL,
): Promise<object | undefined> {
  if (url.pathname === API) return DISCOVERY;
  const [, namespace, kind = 'nodes', name] =
    new RegExp(`^${API}(?:/namespaces/([^/]+))?/(nodes|pods)(?:/([^/]+))?$`).exec(url.pathname) ?? [];
  if (!url.pathname.startsWith(`${API}/`)) return undefined;
  const items =
    kind === 'nodes'
      ? [...scraped].flatMap(([node, memory]) => nodeMetrics(node, memory.nodeUsage()))
      : await listPods(user, scraped, namespace, url.searchParams.get('labelSelector') ?? '');
  if (name !== undefined) return items.find(({ metadata }) => metadata.name === name);
  const listKind = kind === 'nodes' ? 'NodeMetricsList' : 'PodMetricsList';
  return { kind: listKind, apiVersion: GROUP_VERSION, metadata: {}, items };
}

const DISCOVERY = {
  ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: GROUP_VERSION },
  resources: [
    { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
    { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
  ],
};

async function listPods(
  user: ClusterUser,
  scraped: ReadonlyMap<string, MetricsServerLike>,
  namespace: string | undefined,
  labelSelector: string,
) {
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const query = new URLSearchParams({ labelSelector }).toString();
  const list = (await user.demand('GET', `/api/v1${within}/pods?${query}`)) as { items: readonly Pod[] };
  return list.items.flatMap(({ metadata, spec }) => {
    const usages = scraped.get(spec.nodeName ?? '')?.podUsage(`${metadata.namespace}/${metadata.name}`);
    const [first] = usages?.values() ?? [];
    if (usages === undefined || first === undefined) return [];
    const containers = [...usages].map(([name, usage]) => ({ name, usage: amountsOf(usage) }));
    return [{ ...headOf(metadata.name, metadata.namespace, first), containers }];
  });
}

function nodeMetrics(name: string, usage: Usage | undefined) {
  return usage === undefined ? [] : [{ ...headOf(name, undefined, usage), usage: amountsOf(usage) }];
}

function headOf(name: string, namespace: string | undefined, { atMs, windowMs }: Usage) {
  const timestamp = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    ...{ timestamp, window: `${windowMs / 1000}s` },
  };
}

function amountsOf({ cpuNanos, memory }: Usage) {
  return { cpu: `${cpuNanos}n`, memory: `${Math.floor(memory / 1024)}Ki` };
}
