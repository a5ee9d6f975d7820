import type { ApisOptions } from '../../lib/adapters/kubernetes/act-as-node.ts';
import { type Api, createApi } from '../../lib/adapters/kubernetes/call-api.ts';
import { createKubernetes } from '../../lib/adapters/kubernetes/create-kubernetes.ts';
import { kubeconfigIdentity } from '../../lib/adapters/kubernetes/kubeconfig-identity.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { Objects } from '../../lib/ports/objects.ts';
import type { ConfigKind, ConfigManifest } from '../memory/memory-config.ts';
import type { NewPod } from '../memory/memory-pods.ts';
import { quietTools } from '../support/quiet-tools.ts';
import type { ClusterHands, KubernetesUnderTest, ShownEvent } from './kubernetes-under-test.ts';

/** A server under the contract. */
interface ServerUnderTest {
  readonly kubeconfig: string;
  forgetHistory(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The real adapter in front of an API server that speaks HTTP.
 * @param options whose requests are under test; those of an administrator by default
 */
export function kubernetesOverHttp(
  server: ServerUnderTest,
  options: ApisOptions = optionsOf(server.kubeconfig),
): KubernetesUnderTest {
  const hands = handsOf(createApi(optionsOf(server.kubeconfig)));
  return {
    ports: createKubernetes(options),
    hands: { ...hands, forgetHistory: () => server.forgetHistory() },
    newObjects: () => createKubernetes(options).objects,
    close: () => server.close(),
  };
}

/** The port for whom the kubeconfig says. */
export function objectsOf(kubeconfig: string): Objects {
  return createKubernetes(optionsOf(kubeconfig)).objects;
}

/** The requests of whom a kubeconfig says. */
export function optionsOf(kubeconfig: string): ApisOptions {
  const identity = kubeconfigIdentity(() => Promise.resolve(kubeconfig), quietTools);
  return { ...quietTools, identity };
}

function handsOf(api: Api): Omit<ClusterHands, 'forgetHistory'> {
  const podPath = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`;
  const change = async (namespace: string, name: string, metadata: object): Promise<void> => {
    await api.call({
      method: 'PATCH',
      path: podPath(namespace, name),
      contentType: 'application/merge-patch+json',
      body: { metadata },
    });
  };
  return {
    createPod: async (pod) => {
      const path = `/api/v1/namespaces/${pod.namespace ?? 'default'}/pods`;
      return (await api.call({ method: 'POST', path, body: toManifest(pod) })).body as Pod;
    },
    deletePod: async (namespace, name, gracePeriodSeconds) => {
      await api.call({
        method: 'DELETE',
        path: podPath(namespace, name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
        },
      });
    },
    labelPod: (namespace, name, labels) => change(namespace, name, { labels }),
    removeFinalizers: (namespace, name) => change(namespace, name, { finalizers: null }),
    deleteLease: async (node) => {
      const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`;
      await api.call({ method: 'DELETE', path });
    },
    putObject: (manifest) => putObject(api, manifest),
    removeObject: async (kind, name) => {
      await api.call({ method: 'DELETE', path: `${collectionOf(kind, 'default')}/${name}` });
    },
    eventsAbout: async (uid) => {
      const query = { fieldSelector: `involvedObject.uid=${uid}` };
      const { body } = await api.call({ method: 'GET', path: '/api/v1/events', query });
      return (body as { items: readonly ShownEvent[] }).items;
    },
  };
}

function collectionOf(kind: ConfigKind, namespace: string): string {
  if (kind === 'PersistentVolume') return '/api/v1/persistentvolumes';
  const group = kind === 'NetworkPolicy' ? '/apis/networking.k8s.io/v1' : '/api/v1';
  const plural = kind === 'NetworkPolicy' ? 'networkpolicies' : `${kind.toLowerCase()}s`;
  return `${group}/namespaces/${namespace}/${plural}`;
}

async function putObject(api: Api, manifest: ConfigManifest): Promise<void> {
  const { kind, metadata, status } = manifest;
  const collection = collectionOf(kind, metadata.namespace ?? 'default');
  const path = `${collection}/${metadata.name}`;
  const body = await withClaimUid(api, manifest);
  const created = await api.call({ method: 'POST', path: collection, body, expects: [409] });
  if (created.status === 409) await api.call({ method: 'PUT', path, body });
  if (status === undefined) return;
  const contentType = 'application/merge-patch+json';
  await api.call({ method: 'PATCH', path: `${path}/status`, contentType, body: { status } });
}

async function withClaimUid(api: Api, manifest: ConfigManifest): Promise<object> {
  const spec = manifest['spec'] as
    { claimRef?: { namespace: string; name: string; uid?: string } } | undefined;
  if (spec?.claimRef === undefined || spec.claimRef.uid !== undefined) return manifest;
  const path = `${collectionOf('PersistentVolumeClaim', spec.claimRef.namespace)}/${spec.claimRef.name}`;
  const { body } = await api.call({ method: 'GET', path });
  const { uid } = (body as { metadata: { uid: string } }).metadata;
  return { ...manifest, spec: { ...spec, claimRef: { uid, ...spec.claimRef } } };
}

function toManifest(pod: NewPod): object {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = pod;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, annotations, finalizers, ownerReferences },
    spec: {
      containers: [{ name: 'main', image: 'registry.invalid/app:1' }],
      ...pod.spec,
      nodeName: pod.node ?? 'node-1',
    },
  };
}
