import type { ClusterIdentity } from '../lib/settings.ts';
import type { ClusterOutput } from './cluster-schema.ts';
import { expandNode } from './expand-nodes.ts';
import type { PlannedNode } from './expand-nodes.ts';

/** Where the functions have their network interfaces. */
export interface FunctionsVpc {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly dualStack: boolean;
}

/** One virtual cluster as its constructs know it: valid, defaults filled in, the matrix of nodes expanded. */
export interface ClusterSettings extends Pick<
  ClusterOutput,
  | 'profile'
  | 'mode'
  | 'podSyncMemory'
  | 'accessEntries'
  | 'acceptNewCluster'
  | 'notReadyWhenStalled'
  | 'ecsShare'
  | 'fargateLaunchRate'
  | 'namespaceCeilings'
  | 'podConfigNamespaces'
  | 'admissionPolicy'
  | 'flowSchema'
  | 'podLogRetentionDays'
  | 'functionLogRetentionDays'
  | 'secretKeyArn'
  | 'ecsClusterName'
  | 'gateway'
  | 'encryptionKeyArn'
  | 'permissionsBoundaryArn'
  | 'rolePath'
  | 'alarms'
  | 'alarmTopicArn'
  | 'runbookUrl'
  | 'dashboard'
  | 'tags'
> {
  readonly cluster: string;
  readonly identity: ClusterIdentity;
  readonly functionsVpc?: FunctionsVpc;
  readonly networkProbes: boolean;
  readonly eventBus: string;
  readonly nodes: readonly PlannedNode[];
}

/** The settings of a valid cluster. */
export function settingsOf(valid: ClusterOutput): ClusterSettings {
  const { clusterName, eventBusName, nodes, functionSubnets, ...same } = valid;
  return {
    ...same,
    cluster: clusterName,
    identity: identityOf(valid),
    ...(functionSubnets !== undefined && {
      functionsVpc: {
        subnets: functionSubnets,
        securityGroups: valid.functionSecurityGroups ?? [],
        dualStack: valid.functionDualStack,
      },
    }),
    networkProbes: valid.networkProbes ?? functionSubnets !== undefined,
    eventBus: eventBusName,
    nodes: nodes.flatMap(expandNode),
  };
}

/** What belongs to the mode is there: `crossFaults` has seen to it. */
function identityOf({
  identityMode,
  secret = '',
  eksClusterName = '',
  endpoint = '',
  certificateAuthority = '',
  impersonateNodes,
}: ClusterOutput): ClusterIdentity {
  switch (identityMode) {
    case 'eks':
      return { kind: 'eks', clusterName: eksClusterName, endpoint, certificateAuthority, impersonateNodes };
    case 'kubeconfig':
      return { kind: 'kubeconfig', secret, impersonateNodes };
    case 'token':
      return { kind: 'token', secret, impersonateNodes };
  }
}
