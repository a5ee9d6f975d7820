import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { type BootstrapNames, bootstrapNames } from '../../infra/bootstrap/bootstrap-subject.ts';
import { type BootstrapInput, renderBootstrap } from '../../infra/render-bootstrap.ts';
import { eventually } from './world-under-test.ts';
import type { RunningCluster } from './start-real-cluster.ts';

const run = promisify(execFile);
const NOBODY = { log: { errors: () => [] } };

/** What an administrator does before the first deployment: applies exactly what is rendered. */
export async function giveRights(cluster: RunningCluster, input: BootstrapInput): Promise<BootstrapNames> {
  const objects = parseAllDocuments(renderBootstrap(input)).map((one) => one.toJS() as object);
  await cluster.apply(...objects);
  return bootstrapNames(input.clusterName);
}

/** A token of the service account that does not end, as the controller puts it into a Secret of this name. */
export async function lastingTokenOf(
  cluster: RunningCluster,
  { namespace, serviceAccount }: BootstrapNames,
  secret: string,
): Promise<string> {
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: {
      ...{ name: secret, namespace },
      annotations: { 'kubernetes.io/service-account.name': serviceAccount },
    },
  });
  const token = await eventually(NOBODY, `the token in Secret ${secret}`, async () => {
    const base64 = await cluster.kubectl(
      ...['get', 'secret', secret, '--namespace', namespace, '--output', 'jsonpath={.data.token}'],
    );
    return base64 === '' ? undefined : base64;
  });
  return Buffer.from(token, 'base64').toString();
}

/** Where the cluster is, as a kubeconfig says it. */
interface Place {
  readonly server: string;
  readonly 'certificate-authority-data': string;
}

export async function placeOf(cluster: RunningCluster): Promise<Place> {
  const text = await cluster.kubectl('config', 'view', '--raw', '--minify', '--output', 'json');
  return (JSON.parse(text) as { clusters: [{ cluster: Place }] }).clusters[0].cluster;
}

/** A kubeconfig with inline credentials, as JSON. */
export async function kubeconfigOf(cluster: RunningCluster, user: object): Promise<string> {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: await placeOf(cluster) }],
    users: [{ name: 'test', user }],
  });
}

/** A client certificate of a member of a group, signed by the CA of the cluster, which is beside its kubeconfig. */
export async function memberOf(cluster: RunningCluster, group: string): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'lambdalet-member-'));
  const file = (name: string): string => join(folder, name);
  const authority = (name: string): string => join(dirname(cluster.kubeconfig), name);
  try {
    await run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('key')]);
    const subject = ['-subj', `/O=${group}/CN=arn:aws:sts::111122223333:assumed-role\\/pod-sync`];
    await run('openssl', ['req', '-new', '-key', file('key'), ...subject, '-out', file('csr')]);
    const signer = ['-CA', authority('ca.crt'), '-CAkey', authority('ca.key'), '-set_serial', '77'];
    await run('openssl', ['x509', '-req', '-in', file('csr'), ...signer, '-days', '2', '-out', file('crt')]);
    const base64 = async (name: string): Promise<string> => (await readFile(file(name))).toString('base64');
    return { 'client-certificate-data': await base64('crt'), 'client-key-data': await base64('key') };
  } finally {
    await rm(folder, { recursive: true });
  }
}
