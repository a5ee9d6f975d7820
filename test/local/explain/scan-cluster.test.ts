import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startApiServer,
  type RunningApiServer,
} from '../../../lib/local/api-server/server/start-api-server.ts';
import { askCluster } from '../../../lib/local/world/ask-cluster.ts';
import { findAssets, startControlPlane, type ControlPlane } from '../../support/start-control-plane.ts';
import { explainHere, type Told } from './explain-here.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-scan-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function scan(kubeconfig: string, ...flags: readonly string[]): Promise<Told> {
  files += 1;
  const file = join(folder, `kubeconfig-${files}`);
  await writeFile(file, kubeconfig);
  return explainHere(['--kubeconfig', file, ...flags]);
}

const template = (spec: object = {}): object => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx:1.27' }], ...spec },
});
const selector = { matchLabels: { app: 'web' } };

/** A Deployment, a Job, a lonely pod, a pod of an operator and a claim, as a user would make them. */
async function fill(kubeconfig: string): Promise<void> {
  const user = askCluster(kubeconfig);
  const make = (path: string, body: object): Promise<unknown> => user.demand('POST', path, body);
  await make('/api/v1/namespaces', { metadata: { name: 'shop' } });
  // Where no controller runs, nobody makes it; where one does, it may have been faster.
  await user.ask('POST', '/api/v1/namespaces/shop/serviceaccounts', { metadata: { name: 'default' } });
  await make('/apis/apps/v1/namespaces/shop/deployments', {
    metadata: { name: 'web' },
    spec: { replicas: 3, selector, template: template({ hostPID: true }) },
  });
  await make('/apis/batch/v1/namespaces/shop/jobs', {
    metadata: { name: 'import' },
    spec: { template: template({ restartPolicy: 'Never' }) },
  });
  await make('/api/v1/namespaces/shop/pods', {
    metadata: { name: 'lonely' },
    spec: (template() as { spec: object }).spec,
  });
  const controlled = { apiVersion: 'example.com/v1', kind: 'Flow', name: 'flow', uid: 'f', controller: true };
  for (const name of ['flow-1', 'flow-2'])
    await make('/api/v1/namespaces/shop/pods', {
      metadata: { name, ownerReferences: [controlled] },
      spec: (template() as { spec: object }).spec,
    });
}

describe('a scan of the embedded cluster', () => {
  let server: RunningApiServer;
  beforeAll(async () => {
    server = await startApiServer();
    await fill(server.kubeconfig);
  });
  afterAll(() => server.close());

  it('explains what someone made, not what was made of it, and says what it may not list', async () => {
    const { code, out } = await scan(server.kubeconfig);
    expect(code).toBe(1);
    expect(out).toContain('REFUSED: Deployment shop/web (in the cluster, 3 pods)');
    expect(out).toContain('spec.template.spec.hostPID');
    expect(out).toContain('runs as is: Job shop/import');
    expect(out).toContain('runs as is: Pod shop/lonely');
    expect(out).not.toContain('ReplicaSet');
    // This server has neither.
    expect(out).toContain('unreadable  GET /apis/apps/v1/statefulsets: ');
    expect(out).toContain('unreadable  GET /apis/batch/v1/cronjobs: ');
  });
});

describe('a scan of a real API server', () => {
  const assets = findAssets();
  if ('folder' in assets) {
    let plane: ControlPlane;
    beforeAll(async () => {
      plane = await startControlPlane(assets.folder);
      await fill(plane.kubeconfig);
    }, 90_000);
    afterAll(() => plane.close());

    it('explains what is there', async () => {
      const { code, out } = await scan(plane.kubeconfig);
      expect(code).toBe(1);
      expect(out).toContain('REFUSED: Deployment shop/web (in the cluster, 3 pods)');
      expect(out).toContain('runs as is: Job shop/import');
      expect(out).toContain('runs as is: Pod shop/lonely');
      // Both belong to one thing that is not known here.
      expect(out.match(/runs as is: Pod shop\/flow-\d/g)).toHaveLength(1);
      expect(out).not.toMatch(/unreadable|ignored/);
    });

    it('tells a user who may list nothing so, in the words of the server', async () => {
      const { code, out } = await scan(plane.powerlessKubeconfig);
      expect(code).toBe(1);
      expect(out.replace(/\s+/g, ' ')).toContain(
        'unreadable GET /apis/apps/v1/deployments: deployments.apps is forbidden: User "powerless" cannot list resource "deployments"',
      );
      expect(out).toContain('GET /api/v1/pods');
    });

    it('explains the rest to a user who may not list all of it', async () => {
      const user = askCluster(plane.kubeconfig);
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      await user.demand('POST', `${rbac}/clusterroles`, {
        metadata: { name: 'jobs' },
        rules: [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['list'] }],
      });
      await user.demand('POST', `${rbac}/clusterrolebindings`, {
        metadata: { name: 'jobs' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'jobs' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'powerless' }],
      });
      const { out } = await scan(plane.powerlessKubeconfig);
      expect(out).toContain('runs as is: Job shop/import');
      expect(out).not.toContain('Deployment shop/web');
      expect(out).toContain('GET /apis/apps/v1/deployments');
    });
  } else {
    console.warn(`SKIPPED: a scan of a real API server, because ${assets.missing}`);
    it.skip(`was not tested: ${assets.missing}`, () => undefined);
  }
});

describe('a scan', () => {
  it('asks for pages of lists, never for a Secret or a ConfigMap, and writes nothing', async () => {
    const asked: string[] = [];
    const server = await answering((request) => {
      asked.push(`${request.method} ${request.url}`);
      const isFirst =
        request.url?.startsWith('/api/v1/pods?limit=250') === true && !request.url.includes('continue');
      return isFirst ? { items: [], metadata: { continue: 'a b' } } : { items: [] };
    });
    try {
      await scan(kubeconfigOf(server));
      expect(asked.every((line) => line.startsWith('GET '))).toBe(true);
      expect(asked.filter((line) => /secret|configmap/i.test(line))).toEqual([]);
      expect(asked).toContain('GET /api/v1/pods?limit=250&continue=a%20b');
    } finally {
      await close(server);
    }
  });

  it('judges claims by what the cluster has', async () => {
    const metadata = { name: 'one', namespace: 'default' };
    const mounts = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const pod = {
      metadata,
      spec: {
        containers: [{ name: 'app', image: 'x', ...mounts }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'one' } }],
      },
    };
    const lists: Readonly<Record<string, object>> = {
      '/api/v1/pods': pod,
      '/api/v1/persistentvolumeclaims': { metadata, spec: { volumeName: 'disk' } },
      '/api/v1/persistentvolumes': {
        metadata: { name: 'disk' },
        spec: { csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'v' } },
      },
    };
    const server = await answering(({ url = '' }) => {
      const item = lists[url.split('?')[0] ?? ''];
      return { items: item === undefined ? [] : [item] };
    });
    try {
      const { out } = await scan(kubeconfigOf(server));
      expect(out.replace(/\s+/g, ' ')).toContain('EFS (efs.csi.aws.com) only, not of ebs.csi.aws.com');
      expect(out).not.toContain('PersistentVolume disk');
    } finally {
      await close(server);
    }
  });

  it('ends with 2 when the cluster does not answer, or the kubeconfig cannot be used', async () => {
    const server = await answering(() => ({}));
    const gone = kubeconfigOf(server);
    await close(server);
    expect(await scan(gone)).toMatchObject({
      code: 2,
      err: expect.stringContaining('ECONNREFUSED') as string,
    });
    const exec = gone.replace('token: secret-word', 'exec: { command: aws }');
    const refused = await scan(exec);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('users[0].user.exec is not accepted');
    expect(refused.err).not.toContain('secret-word');
  });
});

/** A server that gives every request the JSON of `answer`. */
async function answering(answer: (request: IncomingMessage) => object): Promise<Server> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(request)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

function kubeconfigOf(server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `apiVersion: v1
kind: Config
current-context: a
contexts: [{ name: a, context: { cluster: a, user: a } }]
clusters: [{ name: a, cluster: { server: 'http://127.0.0.1:${port}' } }]
users: [{ name: a, user: { token: secret-word } }]
`;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
