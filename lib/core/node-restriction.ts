/** Labels of the names that Kubernetes keeps for itself which a kubelet may set on its own Node (kubelet API, `KubeletLabels`). */
const KUBELET_LABELS: readonly string[] = [
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
];

const RESERVED = ['kubernetes.io', 'k8s.io'] as const;
/** Prefixes below the reserved ones that are a kubelet's own. */
const KUBELET_PREFIXES = ['kubelet.kubernetes.io', 'node.kubernetes.io'] as const;

/**
 * Whether the admission plugin NodeRestriction keeps a node from giving itself this label. A Node with such a label can only be
 * made, or labelled, by someone who does not act as that node.
 */
export function isRestrictedLabel(key: string): boolean {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? '' : key.slice(0, slash);
  const isOf = (domain: string): boolean => prefix === domain || prefix.endsWith(`.${domain}`);
  return RESERVED.some(isOf) && !KUBELET_LABELS.includes(key) && !KUBELET_PREFIXES.some(isOf);
}
