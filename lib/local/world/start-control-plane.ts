import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, type Authority } from '../api-server/server/self-signed-certificate.ts';
import { writeKubeconfig } from '../api-server/server/write-kubeconfig.ts';
import { askCluster } from './ask-cluster.ts';
import { runProgram, type Program } from './run-program.ts';

/** A real API server on loopback. */
export interface ControlPlane {
  /** An administrator's, with a token. */
  readonly kubeconfig: string;
  /** Whether a scheduler binds pods; else they must name their node. */
  readonly hasScheduler: boolean;
  /** Signs what kubelets show to this API server; it comes to them with a certificate of the same authority. */
  readonly kubeletAuthority: Authority;
  close(): Promise<void>;
}

const READY_MS = 60_000;
/** What the API server itself makes when it starts. */
const NAMESPACES = ['/api/v1/namespaces/kube-node-lease', '/api/v1/namespaces/default'];

/**
 * Starts the programs of a folder in the convention of envtest: etcd and kube-apiserver, and when the folder has them, which
 * envtest's has not, kube-controller-manager and kube-scheduler too.
 * @param folder what `KUBEBUILDER_ASSETS` names
 * @param data an empty folder for keys, certificates and etcd
 * @throws Error that says which program is missing or failed, and its last words
 */
export async function startControlPlane(folder: string, data: string): Promise<ControlPlane> {
  const missing = ['etcd', 'kube-apiserver'].filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0)
    throw new Error(
      `KUBEBUILDER_ASSETS is ${folder}, which has no ${missing.join(' and no ')}; setup-envtest prints a folder that has`,
    );
  const isWhole = ['kube-controller-manager', 'kube-scheduler'].every((name) =>
    existsSync(join(folder, name)),
  );
  const [etcdPort = 0, peerPort = 0, apiPort = 0, managerPort = 0, schedulerPort = 0] = await freePorts(5);
  const token = await writeSecrets(data);
  const kubeletAuthority = await writeKubeletClient(data);
  const programs: Program[] = [];
  const run = (name: string, flags: readonly string[]): void =>
    void programs.push(runProgram(join(folder, name), flags, data));
  const close = async (): Promise<void> => {
    for (const program of [...programs].reverse()) await program.close();
  };
  try {
    run('etcd', etcdFlags(data, etcdPort, peerPort));
    run('kube-apiserver', apiServerFlags(data, { etcdPort, apiPort, isWhole }));
    const kubeconfig = await until(programs, NAMESPACES, () => readKubeconfig(data, apiPort, token));
    if (isWhole) {
      const file = join(data, 'kubeconfig');
      await writeFile(file, kubeconfig, { mode: 0o600 });
      run('kube-controller-manager', [...managerFlags(data), ...clientFlags(file, managerPort)]);
      run('kube-scheduler', clientFlags(file, schedulerPort));
      // No pod is admitted to a namespace before its service account is there.
      await until(programs, ['/api/v1/namespaces/default/serviceaccounts/default'], () => kubeconfig);
    }
    return { kubeconfig, hasScheduler: isWhole, kubeletAuthority, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The key that signs service account tokens, and the token of the administrator. */
async function writeSecrets(data: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(data, 'accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), {
    mode: 0o600,
  });
  const token = randomBytes(24).toString('base64url');
  await writeFile(join(data, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return token;
}

/** With what the API server comes to kubelets. */
async function writeKubeletClient(data: string): Promise<Authority> {
  const authority = createAuthority('lambdalet-local-kubelets');
  const { certificate, key } = authority.issue({
    subject: { commonName: 'kube-apiserver-kubelet-client', organisations: ['system:masters'] },
    usage: 'client',
  });
  await Promise.all([
    writeFile(join(data, 'kubelet-ca.crt'), authority.certificate),
    writeFile(join(data, 'kubelet-client.crt'), certificate),
    writeFile(join(data, 'kubelet-client.key'), key, { mode: 0o600 }),
  ]);
  return authority;
}

function etcdFlags(data: string, port: number, peerPort: number): readonly string[] {
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

function apiServerFlags(
  data: string,
  { etcdPort, apiPort, isWhole }: { etcdPort: number; apiPort: number; isWhole: boolean },
): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${apiPort}`,
    `--cert-dir=${data}/serving`,
    `--token-auth-file=${data}/tokens.csv`,
    '--authorization-mode=RBAC',
    `--kubelet-client-certificate=${data}/kubelet-client.crt`,
    `--kubelet-client-key=${data}/kubelet-client.key`,
    `--kubelet-certificate-authority=${data}/kubelet-ca.crt`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://lambdalet.local',
    `--service-account-key-file=${data}/accounts.key`,
    `--service-account-signing-key-file=${data}/accounts.key`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // Without controllers nobody makes the service accounts that this plugin insists on.
    ...(isWhole ? [] : ['--disable-admission-plugins=ServiceAccount']),
  ];
}

function managerFlags(data: string): readonly string[] {
  return [
    `--service-account-private-key-file=${data}/accounts.key`,
    `--root-ca-file=${data}/serving/apiserver.crt`,
    '--use-service-account-credentials',
  ];
}

function clientFlags(kubeconfig: string, port: number): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--leader-elect=false',
  ];
}

/** Waits until the cluster has all of `paths`, as the user of the kubeconfig sees it; gives the kubeconfig. */
async function until(
  programs: readonly Program[],
  paths: readonly string[],
  read: () => Promise<string | undefined> | string,
): Promise<string> {
  const end = Date.now() + READY_MS;
  for (;;) {
    const dead = programs.find((program) => program.exited());
    if (dead !== undefined) throw new Error(`${dead.name} ended while starting: ${dead.lastWords()}`);
    const kubeconfig = await read();
    if (kubeconfig !== undefined && (await hasAll(kubeconfig, paths))) return kubeconfig;
    if (Date.now() > end)
      throw new Error(`There is no ${paths.join(', ')}: ${programs.at(-1)?.lastWords() ?? ''}`);
    await sleep(100);
  }
}

/** The server writes its certificate itself, a moment after it has started. */
async function readKubeconfig(data: string, port: number, token: string): Promise<string | undefined> {
  try {
    const certificate = await readFile(join(data, 'serving', 'apiserver.crt'), 'utf8');
    return writeKubeconfig({ server: `https://127.0.0.1:${port}`, certificate, token });
  } catch {
    return undefined;
  }
}

async function hasAll(kubeconfig: string, paths: readonly string[]): Promise<boolean> {
  try {
    const user = askCluster(kubeconfig);
    const answers = await Promise.all(paths.map((path) => user.ask('GET', path)));
    return answers.every(({ status }) => status === 200);
  } catch {
    return false;
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((done) => server.once('listening', done))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
