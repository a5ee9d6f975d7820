import { loadAll } from 'js-yaml';
import { at, listAt, read, textOf, type JsonLike } from '../../local/explain/read-path.ts';

/** One right, as a review asks for it. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Of one object. */
  readonly name?: string;
  /** Absent: in all namespaces, or of a kind that has none. */
  readonly namespace?: string;
}

/** The objects of a rendered bootstrap. */
export function objectsOf(bootstrap: string): readonly JsonLike[] {
  return loadAll(bootstrap).filter((one): one is JsonLike => typeof one === 'object' && one !== null);
}

/** Every right that the bindings among the objects give, each once. */
export function rightsOf(objects: readonly JsonLike[]): readonly Right[] {
  const rights = objects.filter(isBinding).flatMap((binding) => {
    const namespace = textOf(read(binding, ['metadata', 'namespace']), '');
    const role = objects.find((object) => isRoleOf(object, binding));
    return listAt(role, ['rules']).flatMap((rule) => rightsIn(rule, namespace));
  });
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

function isBinding({ kind }: JsonLike): boolean {
  return kind === 'ClusterRoleBinding' || kind === 'RoleBinding';
}

function isRoleOf(object: JsonLike, binding: JsonLike): boolean {
  const { kind, name } = at(binding, ['roleRef']);
  const isThere = object['kind'] === kind && read(object, ['metadata', 'name']) === name;
  const namespaces = [object, binding].map((one) => read(one, ['metadata', 'namespace']));
  return isThere && (kind === 'ClusterRole' || namespaces[0] === namespaces[1]);
}

function rightsIn(rule: unknown, namespace: string): readonly Right[] {
  const texts = (name: string): readonly string[] => listAt(rule, [name]).map(String);
  const names = texts('resourceNames');
  return texts('apiGroups').flatMap((group) =>
    texts('resources').flatMap((full) =>
      texts('verbs').flatMap((verb) => {
        const [resource = '', subresource] = full.split('/');
        const right: Right = {
          ...{ verb, group, resource },
          ...(subresource !== undefined && { subresource }),
          ...(namespace !== '' && { namespace }),
        };
        return names.length === 0 ? [right] : names.map((name) => ({ ...right, name }));
      }),
    ),
  );
}

/** What the functions do as a node where they act as it: the Node authorizer gives it, or it is not there. */
export function rightsOfNode(node: string): readonly Right[] {
  return [
    { verb: 'create', group: '', resource: 'nodes' },
    { verb: 'get', group: '', resource: 'nodes', name: node },
    { verb: 'patch', group: '', resource: 'nodes', subresource: 'status', name: node },
    ...['get', 'update'].map((verb) => ({
      ...{ verb, group: 'coordination.k8s.io', resource: 'leases' },
      ...{ namespace: 'kube-node-lease', name: node },
    })),
  ];
}

/** `get secrets in shop`, `patch nodes/status fargate`. */
export function describeRight({ verb, group, resource, subresource, name, namespace }: Right): string {
  const full = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  return `${verb} ${full}${name === undefined ? '' : ` ${name}`}${where}`;
}
