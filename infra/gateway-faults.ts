import type { LenientCluster } from './lenient-cluster.ts';

/** Who may reach the gateway is said once: by groups that are there already, or by the group that is made. */
const OWN_KEYS = ['vpcId', 'allowedCidrs', 'allowedSecurityGroups'] as const;

/** Faults between the keys of the gateway. */
export function gatewayFaults({ gateway }: LenientCluster): readonly string[] {
  if (gateway === undefined) return [];
  if (gateway.securityGroups !== undefined) {
    return OWN_KEYS.filter((key) => gateway[key] !== undefined).map(
      (key) =>
        `gateway.${key} has a value although gateway.securityGroups has one, whose rules say who may reach the gateway: ` +
        'allowed is one of both; leave one of them out',
    );
  }
  const { vpcId, allowedCidrs, allowedSecurityGroups } = gateway;
  const made = 'a security group is made, because gateway.securityGroups is left out';
  return [
    ...(vpcId === undefined
      ? [`gateway.vpcId is missing: allowed is the id of the VPC of the subnets, because ${made}; add it`]
      : []),
    ...(allowedCidrs === undefined && allowedSecurityGroups === undefined
      ? [
          `gateway admits nobody: allowed are allowedCidrs, allowedSecurityGroups or both, because ${made}; ` +
            'name the control plane (on EKS the cluster security group) and metrics-server',
        ]
      : []),
  ];
}
