import type { Pod } from '../../core/kubernetes.ts';
import type { Api } from './call-api.ts';

/** A list of pods, or a page of one. */
export interface PodList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly Pod[] | null;
}

/** A pod as someone asks for it. */
export interface AskedPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
}

export async function lookByName(api: Api, { namespace, name }: AskedPod): Promise<Pod | undefined> {
  const { status, body } = await api.call({
    method: 'GET',
    path: pathOfPod(namespace, name),
    expects: [404],
  });
  return status === 404 ? undefined : (body as Pod);
}

/** A node is refused a pod that is not there like one that is not its own; a list says which pods are its own, and is as consistent. */
export async function lookAsNode(api: Api, { namespace, name, node }: AskedPod): Promise<Pod | undefined> {
  const { body } = await api.call({
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    query: { fieldSelector: `metadata.name=${name},spec.nodeName=${node}` },
  });
  return (body as PodList).items?.[0];
}

/** `/api/v1/namespaces/<namespace>/pods/<name>` */
export function pathOfPod(namespace: string, name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}
