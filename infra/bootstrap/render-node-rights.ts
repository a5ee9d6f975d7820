import { renderBinding } from './render-binding.ts';
import { list } from './render-yaml.ts';
import type { Rights } from './rights.ts';

/** The rights of functions that act as their nodes: to do so, and the rest that no node may do for itself. */
export function renderNodeRights({ name, nodeNames, subject }: Rights): readonly string[] {
  const role = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${name}
rules:
  # Acts as these nodes and as no others. The Node authorizer then allows what a kubelet of theirs may do: their Node and Lease, the pods
  # that are bound to them, and what these pods refer to. The group is of no use without one of the users.
  - apiGroups: ['']
    resources: [users]
    resourceNames: ${list(nodeNames.map((node) => `system:node:${node}`))}
    verbs: [impersonate]
  - apiGroups: ['']
    resources: [groups]
    resourceNames: ['system:nodes']
    verbs: [impersonate]
  # The teardown: no node may delete itself.
  - apiGroups: ['']
    resources: [nodes]
    resourceNames: ${list(nodeNames)}
    verbs: [delete]
  # Reads the count of an event that is already there: nodes write events, but do not read them.
  - apiGroups: ['']
    resources: [events]
    verbs: [get]
  # Tells, in an event, that Fargate does not enforce them. May be left out: then nobody is told.
  - apiGroups: [networking.k8s.io]
    resources: [networkpolicies]
    verbs: [list]
  # Its UID tells this cluster from any other.
  - apiGroups: ['']
    resources: [namespaces]
    resourceNames: [kube-system]
    verbs: [get]`;
  return [role, renderBinding({ name, roleKind: 'ClusterRole', subject })];
}

/** The rule for what a pod refers to: all but this one is the Node authorizer's. */
export const NODE_POD_CONFIG_RULES = `  # The role that a pod takes by annotation, where a node allows any. Nodes may read it themselves only from Kubernetes 1.34 on.
  - apiGroups: ['']
    resources: [serviceaccounts]
    verbs: [get]`;
