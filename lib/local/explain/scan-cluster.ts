import { askCluster, type ClusterAnswer, type ClusterUser } from '../world/ask-cluster.ts';
import { isWorkloadKind } from './find-workloads.ts';
import type { Documents, ManifestDocument, Unreadable } from './read-documents.ts';
import { listAt, read, textOf, type JsonLike } from './read-path.ts';

interface List {
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** What makes pods, by the path of its list. */
const WORKLOADS: readonly List[] = [
  { path: '/apis/apps/v1/deployments', apiVersion: 'apps/v1', kind: 'Deployment' },
  { path: '/apis/apps/v1/statefulsets', apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { path: '/apis/apps/v1/daemonsets', apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { path: '/apis/apps/v1/replicasets', apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { path: '/api/v1/replicationcontrollers', apiVersion: 'v1', kind: 'ReplicationController' },
  { path: '/apis/batch/v1/cronjobs', apiVersion: 'batch/v1', kind: 'CronJob' },
  { path: '/apis/batch/v1/jobs', apiVersion: 'batch/v1', kind: 'Job' },
  { path: '/api/v1/pods', apiVersion: 'v1', kind: 'Pod' },
];
/** What tells of which kind the volumes of claims are, which roles pods want, and which policies select them. */
const SURROUNDINGS: readonly List[] = [
  { path: '/api/v1/persistentvolumeclaims', apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { path: '/api/v1/persistentvolumes', apiVersion: 'v1', kind: 'PersistentVolume' },
  { path: '/api/v1/serviceaccounts', apiVersion: 'v1', kind: 'ServiceAccount' },
  {
    path: '/apis/networking.k8s.io/v1/networkpolicies',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
  },
  { path: '/apis/storage.k8s.io/v1/storageclasses', apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' },
];
const PAGE = 250;

/**
 * Everything in the cluster that makes pods and was not made by something else, and what its claims are bound to. Only these lists
 * are read, no Secrets and no ConfigMaps; one that the user may not read is told in the server's words, and the others are still read.
 * @throws FailureError for a kubeconfig that cannot be used, an error for a cluster that does not answer
 */
export async function scanCluster(kubeconfig: string): Promise<Documents> {
  const user = askCluster(kubeconfig);
  const unreadable: Unreadable[] = [];
  const readAll = async (lists: readonly List[]): Promise<readonly ManifestDocument[]> => {
    const documents: ManifestDocument[] = [];
    for (const list of lists)
      for await (const page of pagesOf(user, list)) {
        if (typeof page === 'string') unreadable.push({ source: `GET ${list.path}`, message: page });
        else documents.push(...page.map((object) => toDocument(object, list)));
      }
    return documents;
  };
  const found = (await readAll(WORKLOADS)).filter(({ object }) => !isMade(object));
  return { documents: onePerOwner(found), beside: await readAll(SURROUNDINGS), unreadable };
}

/** The pages of a list; a text in place of one that is refused. */
async function* pagesOf(user: ClusterUser, { path }: List): AsyncGenerator<readonly JsonLike[] | string> {
  let next = '';
  do {
    const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const { status, body } = await askList(user, `${path}?limit=${PAGE}${more}`);
    if (status !== 200) {
      yield textOf(read(body, ['message']), `HTTP ${status}`);
      return;
    }
    yield listAt(body, ['items']) as readonly JsonLike[];
    next = textOf(read(body, ['metadata', 'continue']), '');
  } while (next !== '');
}

/** What is not known to a server is answered in plain text: that is an answer too. */
async function askList(user: ClusterUser, path: string): Promise<ClusterAnswer> {
  try {
    return await user.ask('GET', path);
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 0, body: { message: 'the server does not know it' } };
    throw error;
  }
}

function toDocument(object: JsonLike, { apiVersion, kind }: List): ManifestDocument {
  return { source: 'in the cluster', apiVersion, kind, object };
}

/** Made by another workload that is read too; a static pod was made by the kubelet of a node. */
function isMade(object: JsonLike): boolean {
  const kind = textOf(read(controllerOf(object), ['kind']), '');
  return isWorkloadKind(kind) || kind === 'Node';
}

/** A stranger, such as an operator, makes many pods from what is not known here: one of them is told. */
function onePerOwner(documents: readonly ManifestDocument[]): readonly ManifestDocument[] {
  const seen = new Set<string>();
  return documents.filter(({ object }) => {
    const owner = textOf(read(controllerOf(object), ['uid']), '');
    if (seen.has(owner)) return false;
    if (owner !== '') seen.add(owner);
    return true;
  });
}

function controllerOf(object: JsonLike): unknown {
  return listAt(object, ['metadata', 'ownerReferences']).find((one) => read(one, ['controller']) === true);
}
