import { arnFaults } from './arn-faults.ts';
import { gatewayFaults } from './gateway-faults.ts';
import { identityFaults } from './identity-faults.ts';
import { readLenientCluster, readLenientClusters } from './lenient-cluster.ts';
import type { LenientCluster } from './lenient-cluster.ts';
import { nodeFaults } from './node-faults.ts';
import { sameNodeFaults } from './same-node-faults.ts';

/** Faults between fields of a deployment file, judged on the raw file so that they come together with the faults of the shape. */
export function crossFaults(raw: unknown): readonly string[] {
  const clusters = readLenientClusters(raw);
  return clusters.flatMap((cluster, at) => [
    ...sameNameFaults(clusters, cluster, at),
    ...sameNodeFaults(clusters, at),
    ...faultsOf(cluster).map((fault) => `clusters[${at}].${fault}`),
  ]);
}

/** The same for the props of one cluster; region and account are those of its stack, where they are known. */
export function clusterCrossFaults(raw: unknown, place: Place): readonly string[] {
  return faultsOf({ ...readLenientCluster(raw), ...place });
}

/** Where a cluster will be, as far as it is known. */
export interface Place {
  readonly region?: string;
  readonly account?: string;
}

function faultsOf(cluster: LenientCluster): readonly string[] {
  return [
    ...identityFaults(cluster),
    ...vpcFaults(cluster),
    ...gatewayFaults(cluster),
    ...(cluster.alarms === false && cluster.alarmTopicArn !== undefined
      ? ['alarmTopicArn is set although alarms is false: allowed is one of both; leave one of them out']
      : []),
    ...nodeFaults(cluster),
    ...arnFaults(cluster),
  ];
}

/** Clusters of one file may have the same name only in different places, where their resources do not meet. */
function sameNameFaults(
  clusters: readonly LenientCluster[],
  cluster: LenientCluster,
  at: number,
): readonly string[] {
  const first = clusters.findIndex(
    ({ clusterName, region, account }) =>
      clusterName === cluster.clusterName && region === cluster.region && account === cluster.account,
  );
  if (cluster.clusterName === undefined || first === at) return [];
  return [
    `clusters[${at}].clusterName is "${cluster.clusterName}", as clusters[${first}].clusterName is: allowed is a name of its own in ` +
      'its account and Region; rename one of them',
  ];
}

function vpcFaults(cluster: LenientCluster): readonly string[] {
  const { functionSubnets, functionSecurityGroups, functionDualStack, networkProbes } = cluster;
  if (functionSubnets !== undefined) {
    return functionSecurityGroups === undefined
      ? [
          'functionSecurityGroups is missing: allowed are 1 to 5 security group ids, because functionSubnets is set; name one that may reach the API server',
        ]
      : [];
  }
  const alone = 'allowed only with functionSubnets; add functionSubnets, or leave it out';
  return [
    ...(functionSecurityGroups === undefined ? [] : [`functionSecurityGroups has a value: ${alone}`]),
    ...(functionDualStack === true ? [`functionDualStack is true: ${alone}`] : []),
    ...(networkProbes === true ? [`networkProbes is true: ${alone}; pods have private addresses`] : []),
  ];
}
