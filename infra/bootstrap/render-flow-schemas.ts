import type { Rights } from './rights.ts';

/**
 * FlowSchemas onto priority levels that every API server has, so that a busy cluster does not starve the heartbeats. Where the functions
 * act as nodes, the schemas of Kubernetes for kubelets fit already.
 */
export function renderFlowSchemas(
  { name, subject }: Rights,
  { impersonateNodes }: { readonly impersonateNodes: boolean },
): readonly string[] {
  const heartbeats = `# The heartbeats go with those of the kubelets: their schema (system-node-high) has precedence 400, the one that would
# catch these otherwise 9000 (service-accounts) or 9900 (global-default).
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata:
  name: ${name}-heartbeats
spec:
  priorityLevelConfiguration:
    name: node-high
  matchingPrecedence: 450
  distinguisherMethod:
    type: ByUser
  rules:
    - subjects:
${subject.inFlowSchema}
      resourceRules:
        - apiGroups: [coordination.k8s.io]
          resources: [leases]
          namespaces: [kube-node-lease]
          verbs: [get, create, update]
        - apiGroups: ['']
          resources: [nodes, nodes/status]
          clusterScope: true
          verbs: [get, create, patch]`;
  const rest = `# The rest goes before the requests of other service accounts and users.
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata:
  name: ${name}
spec:
  priorityLevelConfiguration:
    name: workload-high
  matchingPrecedence: 850
  distinguisherMethod:
    type: ByUser
  rules:
    - subjects:
${subject.inFlowSchema}
      resourceRules:
        - apiGroups: ['*']
          resources: ['*']
          namespaces: ['*']
          clusterScope: true
          verbs: ['*']`;
  return impersonateNodes ? [rest] : [heartbeats, rest];
}
