/**
 * A strategic merge patch that keeps the pods of a DaemonSet off virtual nodes. Only DaemonSets that tolerate every taint need it
 * (kube-proxy, CNI and log agents); their pods would stay Pending there.
 */
export function renderDaemonSetPatch(): string {
  return `# Keeps a DaemonSet that tolerates every taint off the virtual nodes; others stay off by themselves:
#
#   kubectl --namespace kube-system patch daemonset kube-proxy --patch-file daemonset-patch.yaml
#
# The terms of a node affinity are alternatives, and this patch replaces all of them. A DaemonSet that has terms already keeps them when
# the expression is added to each instead:
#
#   kubectl --namespace kube-system patch daemonset aws-node --type json --patch '[{"op": "add", "path":
#     "/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/-",
#     "value": {"key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]}}]'
spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - key: type
                    operator: NotIn
                    values: [virtual-kubelet]
`;
}
