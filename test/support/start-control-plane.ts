import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificate } from './make-certificate.ts';

/** A running etcd and kube-apiserver on loopback, without controllers. RBAC, the Node authorizer and NodeRestriction are on. */
export interface ControlPlane {
  readonly url: string;
  /** PEM that the API server's certificate is verified with. */
  readonly certificateAuthority: string;
  /** Kubeconfig of an administrator who shows a bearer token. */
  readonly kubeconfig: string;
  /** Kubeconfig of an administrator who shows a client certificate. */
  readonly certificateKubeconfig: string;
  /** Kubeconfig of a user who may do nothing. */
  readonly powerlessKubeconfig: string;
  /** Kubeconfig of a member of one of the `GROUPS`, as EKS makes the role of a function one. */
  readonly kubeconfigOfMember: (group: string) => string;
  /** Kubeconfig of whom a bearer token belongs to. */
  readonly kubeconfigOf: (token: string) => string;
  /** Ends the API server and starts it again on the same port: its watch cache then knows no older history. */
  restartServer(): Promise<void>;
  close(): Promise<void>;
}

/** The groups that have a member: who may come in by token is fixed when the API server starts. */
const GROUPS = ['group', 'grouped', 'blue', 'green'].map((name) => `lambdalet-${name}`);

/** Where the programs are, or why there are none. */
export type Assets = { readonly folder: string } | { readonly missing: string };

/**
 * Finds etcd and kube-apiserver: in the folder that `KUBEBUILDER_ASSETS` names (the convention of envtest), else in the one
 * that `../shared/envtest/assets` builds and prints where Go and kubectl are on the PATH.
 */
export function findAssets(): Assets {
  const named = process.env['KUBEBUILDER_ASSETS'];
  if (named) return checkFolder(named, 'KUBEBUILDER_ASSETS');
  const script = resolve(import.meta.dirname, '../../../shared/envtest/assets');
  if (!existsSync(script))
    return { missing: 'KUBEBUILDER_ASSETS is not set (setup-envtest prints a folder for it)' };
  for (const tool of ['go', 'kubectl']) {
    if (spawnSync(tool, ['version'], { timeout: 20_000 }).error)
      return { missing: `KUBEBUILDER_ASSETS is not set and ${tool} is not on the PATH` };
  }
  const printed = spawnSync(script, { encoding: 'utf8', timeout: 900_000 });
  if (printed.status !== 0) return { missing: `${script} failed: ${printed.stderr.trim()}` };
  return checkFolder(printed.stdout.trim(), script);
}

function checkFolder(folder: string, source: string): Assets {
  const absent = ['etcd', 'kube-apiserver'].filter((name) => !existsSync(join(folder, name)));
  if (absent.length > 0)
    return { missing: `${source} says ${folder}, which has no ${absent.join(' and no ')}` };
  return { folder };
}

/** Starts etcd and kube-apiserver from `folder`; ready when the API server says so and its namespaces exist. */
export async function startControlPlane(folder: string): Promise<ControlPlane> {
  const data = await mkdtemp(join(tmpdir(), 'lambdalet-control-plane-'));
  const [etcdPort, peerPort, apiPort] = await freePorts(3);
  const etcd = run(join(folder, 'etcd'), data, etcdFlags(data, etcdPort, peerPort));
  await writeIdentities(data);
  const startServer = (): Child =>
    run(join(folder, 'kube-apiserver'), data, serverFlags(data, etcdPort, apiPort));
  let server = startServer();
  const endAll = (): void => [server, etcd].forEach((child) => child.process.kill('SIGKILL'));
  process.once('exit', endAll);
  const close = async (): Promise<void> => {
    process.removeListener('exit', endAll);
    endAll();
    await Promise.all([server.ended, etcd.ended]);
    await rm(data, { recursive: true, force: true });
  };
  const restartServer = async (): Promise<void> => {
    server.process.kill('SIGKILL');
    await server.ended;
    server = startServer();
    await ready(apiPort, [server, etcd]);
  };
  try {
    await ready(apiPort, [server, etcd]);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...describe(data, `https://127.0.0.1:${apiPort}`), restartServer, close };
}

interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  /** The last lines it wrote. */
  readonly lastWords: () => string;
}

function run(program: string, cwd: string, flags: readonly string[]): Child {
  const child = spawn(program, flags, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  return { process: child, ended, lastWords: () => words };
}

function etcdFlags(data: string, port: number, peerPort: number): string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return [
    `--data-dir=${data}/etcd`,
    '--unsafe-no-fsync',
    '--log-level=error',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

function serverFlags(data: string, etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${data}/serving`,
    `--token-auth-file=${data}/tokens.csv`,
    `--client-ca-file=${data}/admin.crt`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // No controllers run here, so nobody makes the service accounts that this plugin insists on.
    '--disable-admission-plugins=ServiceAccount',
    '--service-account-issuer=https://lambdalet.test',
    `--service-account-key-file=${data}/accounts.key`,
    `--service-account-signing-key-file=${data}/accounts.key`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--watch-cache=true',
  ];
}

/** Writes who may come in: tokens, and a certificate that is its own authority. */
async function writeIdentities(data: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(data, 'accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  const tokens = [
    'admin-token,admin,admin,"system:masters"',
    'powerless-token,powerless,powerless',
    ...GROUPS.map(
      (group) => `${group}-token,arn:aws:sts::111122223333:assumed-role/${group}/x,${group},"${group}"`,
    ),
  ];
  await writeFile(join(data, 'tokens.csv'), `${tokens.join('\n')}\n`);
  const { cert, key } = makeCertificate('admin', 'system:masters');
  await writeFile(join(data, 'admin.crt'), cert);
  await writeFile(join(data, 'admin.key'), key);
}

function describe(data: string, url: string): Omit<ControlPlane, 'close' | 'restartServer'> {
  const read = (name: string): string => readFileSync(join(data, name), 'utf8');
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const certificateAuthority = read('serving/apiserver.crt');
  const kubeconfig = (user: object): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [
        {
          name: 'test',
          cluster: { server: url, 'certificate-authority-data': base64(certificateAuthority) },
        },
      ],
      users: [{ name: 'test', user }],
    });
  return {
    url,
    certificateAuthority,
    kubeconfig: kubeconfig({ token: 'admin-token' }),
    certificateKubeconfig: kubeconfig({
      'client-certificate-data': base64(read('admin.crt')),
      'client-key-data': base64(read('admin.key')),
    }),
    powerlessKubeconfig: kubeconfig({ token: 'powerless-token' }),
    kubeconfigOfMember: (group) => {
      if (!GROUPS.includes(group))
        throw new RangeError(`nobody is in ${group}; allowed are ${GROUPS.join(', ')}`);
      return kubeconfig({ token: `${group}-token` });
    },
    kubeconfigOf: (token) => kubeconfig({ token }),
  };
}

/** Waits until the API server is ready and its own namespaces are there; tells what the programs said if one of them ends. */
async function ready(port: number, children: readonly Child[]): Promise<void> {
  const until = Date.now() + 50_000;
  for (;;) {
    const dead = children.find((child) => child.process.exitCode !== null);
    if (dead) throw new Error(`${dead.process.spawnfile} ended: ${dead.lastWords()}`);
    const statuses = await Promise.all(
      ['/readyz', '/api/v1/namespaces/kube-node-lease', '/api/v1/namespaces/default'].map((path) =>
        statusOf(port, path),
      ),
    );
    if (statuses.every((status) => status === 200)) return;
    if (Date.now() > until) throw new Error(`not ready: ${children.map((c) => c.lastWords()).join('\n')}`);
    await sleep(100);
  }
}

function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((done) => {
    const headers = { authorization: 'Bearer admin-token' };
    // Only asks whether the server that this test has just started is up, before its certificate is known.
    request({ host: '127.0.0.1', port, path, headers, rejectUnauthorized: false }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', () => done(undefined))
      .end();
  });
}

async function freePorts(count: 3): Promise<[number, number, number]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((done) => server.once('listening', done))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports as [number, number, number];
}
