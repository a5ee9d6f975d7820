import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

const text = readFileSync(join(import.meta.dirname, '../../infra/bootstrap.yaml'), 'utf8');
const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
const rulesOf = (kind: string, name = 'lambdalet'): readonly string[] =>
  manifests
    .filter((manifest) => manifest.kind === kind && manifest.metadata.name === name)
    .flatMap(({ rules }) => rules ?? [])
    .flatMap(({ resources, resourceNames, verbs }) =>
      verbs.map(
        (verb) =>
          `${verb} ${resources.join()}${resourceNames === undefined ? '' : ` ${resourceNames.join()}`}`,
      ),
    )
    .sort();

describe('the rights in the cluster', () => {
  it('are what a kubelet of this kind does, cluster-wide', () => {
    expect(rulesOf('ClusterRole')).toEqual(
      [
        ...['create', 'get', 'patch', 'delete'].map((verb) => `${verb} nodes`),
        'patch nodes/status',
        ...['get', 'list', 'watch', 'delete'].map((verb) => `${verb} pods`),
        'patch pods/status',
        'create events',
        'get events',
        'patch events',
        'get namespaces kube-system',
        'get persistentvolumes',
        'list services',
        'list networkpolicies',
      ].sort(),
    );
  });

  it('to what pods refer to are a role of their own, which can be bound in single namespaces', () => {
    expect(rulesOf('ClusterRole', 'lambdalet-pod-config')).toEqual([
      'create serviceaccounts/token',
      'get configmaps',
      'get persistentvolumeclaims',
      'get secrets',
      'get serviceaccounts',
    ]);
  });

  it('to leases end at kube-node-lease', () => {
    expect(rulesOf('Role')).toEqual(['create leases', 'delete leases', 'get leases', 'update leases']);
    expect(manifests.find(({ kind }) => kind === 'Role')?.metadata.namespace).toBe('kube-node-lease');
  });

  it('belong to the service account and to the group lambdalet', () => {
    const bindings = manifests.filter(({ subjects }) => subjects !== undefined);
    expect(bindings).toHaveLength(3);
    for (const { subjects, roleRef } of bindings) {
      expect(subjects?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        'ServiceAccount lambdalet',
        'Group lambdalet',
      ]);
      expect(
        manifests.some(({ kind, metadata }) => kind === roleRef?.kind && metadata.name === roleRef.name),
      ).toBe(true);
    }
  });

  it('use no wildcard', () => {
    expect(text.replace(/^\s*#.*$/gm, '')).not.toContain('*');
  });
});
