import type { Column } from '../kinds/kind-row.ts';
import { labelsOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { objectAt, objectsAt, textAt } from '../objects/json.ts';
import { AGE, NAME } from './common-columns.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function nodeStatus(node: ApiObject): string {
  const ready = objectsAt(node, 'status', 'conditions').find((one) => one['type'] === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'];
  if (objectAt(node, 'spec')['unschedulable'] === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function rolesOf(node: ApiObject): string {
  const roles = Object.entries(labelsOf(node)).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX))
      return key.length > ROLE_PREFIX.length ? [key.slice(ROLE_PREFIX.length)] : [];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return roles.length === 0 ? '<none>' : [...new Set(roles)].sort().join(',');
}

function addressOf(node: ApiObject, type: string): string {
  const found = objectsAt(node, 'status', 'addresses').find((one) => one['type'] === type);
  return textAt(found, 'address') || '<none>';
}

const infoColumn = (name: string, field: string): Column => ({
  name,
  wide: true,
  cell: (node) => textAt(node, 'status', 'nodeInfo', field) || '<unknown>',
});

/** `kubectl get nodes`. */
export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Status', cell: nodeStatus },
  { name: 'Roles', cell: rolesOf },
  AGE,
  { name: 'Version', cell: (node) => textAt(node, 'status', 'nodeInfo', 'kubeletVersion') },
  { name: 'Internal-IP', wide: true, cell: (node) => addressOf(node, 'InternalIP') },
  { name: 'External-IP', wide: true, cell: (node) => addressOf(node, 'ExternalIP') },
  infoColumn('OS-Image', 'osImage'),
  infoColumn('Kernel-Version', 'kernelVersion'),
  infoColumn('Container-Runtime', 'containerRuntimeVersion'),
];

/** `kubectl get namespaces`. */
export const NAMESPACE_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Status', cell: (namespace) => textAt(namespace, 'status', 'phase') },
  AGE,
];

/** `kubectl get leases`. */
export const LEASE_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Holder', cell: (lease) => textAt(lease, 'spec', 'holderIdentity') },
  AGE,
];
