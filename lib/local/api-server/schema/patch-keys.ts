/** How a strategic merge patch treats one field. A list without a row is replaced whole (`containerStatuses`, `tolerations`, `taints`). */
export interface PatchRule {
  readonly model: string;
  readonly field: string;
  /** A list of objects merges by this key; a merged list without a key is one of plain values. */
  readonly mergeKey?: string;
  readonly merge: boolean;
  /** `$retainKeys` in the patch drops the members that it does not name (one volume source replaces another). */
  readonly retainKeys: boolean;
}

/** `x-kubernetes-patch-strategy` and `-merge-key` of the OpenAPI document of Kubernetes 1.36, for the kinds served here. */
const ROWS: readonly (readonly [model: string, field: string, strategy: string, mergeKey?: string])[] = [
  ['V1DeploymentSpec', 'strategy', 'retainKeys'],
  ['V1DeploymentStatus', 'conditions', 'merge', 'type'],
  ['V1ReplicaSetStatus', 'conditions', 'merge', 'type'],
  ['V1JobStatus', 'conditions', 'merge', 'type'],
  ['V1Container', 'env', 'merge', 'name'],
  ['V1Container', 'ports', 'merge', 'containerPort'],
  ['V1Container', 'volumeDevices', 'merge', 'devicePath'],
  ['V1Container', 'volumeMounts', 'merge', 'mountPath'],
  ['V1ContainerStatus', 'allocatedResourcesStatus', 'merge', 'name'],
  ['V1ContainerStatus', 'volumeMounts', 'merge', 'mountPath'],
  ['V1EphemeralContainer', 'env', 'merge', 'name'],
  ['V1EphemeralContainer', 'ports', 'merge', 'containerPort'],
  ['V1EphemeralContainer', 'volumeDevices', 'merge', 'devicePath'],
  ['V1EphemeralContainer', 'volumeMounts', 'merge', 'mountPath'],
  ['V1NamespaceStatus', 'conditions', 'merge', 'type'],
  ['V1NodeSpec', 'podCIDRs', 'merge'],
  ['V1NodeStatus', 'addresses', 'merge', 'type'],
  ['V1NodeStatus', 'conditions', 'merge', 'type'],
  ['V1PersistentVolumeClaimStatus', 'conditions', 'merge', 'type'],
  ['V1PodSpec', 'containers', 'merge', 'name'],
  ['V1PodSpec', 'ephemeralContainers', 'merge', 'name'],
  ['V1PodSpec', 'hostAliases', 'merge', 'ip'],
  ['V1PodSpec', 'imagePullSecrets', 'merge', 'name'],
  ['V1PodSpec', 'initContainers', 'merge', 'name'],
  ['V1PodSpec', 'resourceClaims', 'merge,retainKeys', 'name'],
  ['V1PodSpec', 'schedulingGates', 'merge', 'name'],
  ['V1PodSpec', 'topologySpreadConstraints', 'merge', 'topologyKey'],
  ['V1PodSpec', 'volumes', 'merge,retainKeys', 'name'],
  ['V1PodStatus', 'conditions', 'merge', 'type'],
  ['V1PodStatus', 'hostIPs', 'merge', 'ip'],
  ['V1PodStatus', 'podIPs', 'merge', 'ip'],
  ['V1PodStatus', 'resourceClaimStatuses', 'merge,retainKeys', 'name'],
  ['V1ServiceAccount', 'secrets', 'merge', 'name'],
  ['V1ServiceSpec', 'ports', 'merge', 'port'],
  ['V1ServiceStatus', 'conditions', 'merge', 'type'],
  ['V1ObjectMeta', 'finalizers', 'merge'],
  ['V1ObjectMeta', 'ownerReferences', 'merge', 'uid'],
];

const rules = new Map<string, PatchRule>(
  ROWS.map(([model, field, strategy, mergeKey]) => [
    `${model}.${field}`,
    {
      model,
      field,
      merge: strategy.startsWith('merge'),
      retainKeys: strategy.includes('retainKeys'),
      ...(mergeKey === undefined ? {} : { mergeKey }),
    },
  ]),
);

/** The rule of a field, if it has one. */
export function patchRuleOf(model: string, field: string): PatchRule | undefined {
  return rules.get(`${model}.${field}`);
}
