import type { Node } from '../../core/kubernetes.ts';
import type { Nodes } from '../../ports/nodes.ts';
import type { Apis } from './act-as-node.ts';
import { replaceList, wholeConditions } from './patch-status.ts';

/** {@link Nodes} of a cluster. No node may delete itself. */
export function createNodes({ own, asNode }: Pick<Apis, 'own' | 'asNode'>): Nodes {
  const merge = async (name: string, body: object): Promise<'patched' | 'gone'> => {
    const { status } = await asNode(name).call({
      method: 'PATCH',
      path: pathOf(name),
      contentType: 'application/merge-patch+json',
      body,
      expects: [404],
    });
    return status === 404 ? 'gone' : 'patched';
  };
  return {
    get: async (name) => {
      const { status, body } = await asNode(name).call({ method: 'GET', path: pathOf(name), expects: [404] });
      return status === 404 ? undefined : (body as Node);
    },
    create: async (node) => {
      const { status, body } = await asNode(node.metadata.name).call({
        method: 'POST',
        path: '/api/v1/nodes',
        body: { apiVersion: 'v1', kind: 'Node', ...node },
        expects: [409],
        repeatable: true,
      });
      return status === 409 ? { kind: 'exists' } : { kind: 'created', node: body as Node };
    },
    patchStatus: async (name, given) => {
      const { status, body } = await asNode(name).call({
        method: 'PATCH',
        path: `${pathOf(name)}/status`,
        contentType: 'application/strategic-merge-patch+json',
        body: {
          status: {
            ...given,
            ...(given.conditions && { conditions: wholeConditions(given.conditions) }),
            ...(given.addresses && { addresses: replaceList(given.addresses) }),
          },
        },
        expects: [404],
      });
      return status === 404 ? { kind: 'gone' } : { kind: 'patched', node: body as Node };
    },
    patchMetadata: (name, metadata) => merge(name, { metadata }),
    cordon: (name) => merge(name, { spec: { unschedulable: true } }),
    remove: async (name) => {
      const { status } = await own.call({
        method: 'DELETE',
        path: pathOf(name),
        expects: [404],
        repeatable: true,
      });
      return status === 404 ? 'gone' : 'removed';
    },
  };
}

function pathOf(name: string): string {
  return `/api/v1/nodes/${encodeURIComponent(name)}`;
}
