import { renderBinding } from './render-binding.ts';
import { list } from './render-yaml.ts';
import type { Rights } from './rights.ts';

/** The rights of functions that do everything as themselves: what a kubelet does, as far as RBAC can say it. */
export function renderOwnRights(rights: Rights): readonly string[] {
  const { name, subject } = rights;
  const leases = { name, roleKind: 'Role', namespace: 'kube-node-lease', subject } as const;
  return [
    clusterRole(rights),
    renderBinding({ name, roleKind: 'ClusterRole', subject }),
    leaseRole(rights),
    renderBinding(leases),
  ];
}

/** The rule for what a pod refers to. */
export const OWN_POD_CONFIG_RULES = `  # Environment, files, and imagePullSecrets. Only get: without list, names must be known.
  - apiGroups: ['']
    resources: [configmaps, secrets, persistentvolumeclaims]
    verbs: [get]
  # The role that a pod takes by annotation, where a node allows any.
  - apiGroups: ['']
    resources: [serviceaccounts]
    verbs: [get]
  # The token volume of a pod. Whoever may create tokens of a service account has its rights: see to it that no strong one is in
  # a namespace where this is bound.
  - apiGroups: ['']
    resources: [serviceaccounts/token]
    verbs: [create]`;

function clusterRole({ name, nodeNames }: Rights): string {
  const nodes = list(nodeNames);
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${name}
rules:
  # The virtual nodes. RBAC cannot restrict create by a name.
  - apiGroups: ['']
    resources: [nodes]
    verbs: [create]
  # get heals, patch sets labels and cordons, delete is the teardown.
  - apiGroups: ['']
    resources: [nodes]
    resourceNames: ${nodes}
    verbs: [get, patch, delete]
  - apiGroups: ['']
    resources: [nodes/status]
    resourceNames: ${nodes}
    verbs: [patch]
  # delete finishes a pod whose task has ended, as every kubelet does. RBAC cannot narrow pods by the node that they are bound to.
  - apiGroups: ['']
    resources: [pods]
    verbs: [get, list, watch, delete]
  - apiGroups: ['']
    resources: [pods/status]
    verbs: [patch]
  # get reads the count of an event that is already there.
  - apiGroups: ['']
    resources: [events]
    verbs: [create, get, patch]
  # The volume behind a claim. Volumes have no namespace, so that this right cannot be given for one.
  - apiGroups: ['']
    resources: [persistentvolumes]
    verbs: [get]
  # The environment variables of Services, where a node gives them; \`kubernetes\` of \`default\` is among them.
  - apiGroups: ['']
    resources: [services]
    verbs: [list]
  # Tells, in an event, that Fargate does not enforce them. May be left out: then nobody is told.
  - apiGroups: [networking.k8s.io]
    resources: [networkpolicies]
    verbs: [list]
  # Its UID tells this cluster from any other.
  - apiGroups: ['']
    resources: [namespaces]
    resourceNames: [kube-system]
    verbs: [get]`;
}

function leaseRole({ name, nodeNames }: Rights): string {
  return `# The heartbeat.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${name}
  namespace: kube-node-lease
rules:
  # RBAC cannot restrict create by a name.
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [create]
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: ${list(nodeNames)}
    verbs: [get, update, delete]`;
}
