import * as z from 'zod';

const readable = z.string().optional().catch(undefined);
const readableList = z.array(readable).optional().catch(undefined);
const readableMap = z.record(z.string(), z.unknown()).optional().catch(undefined);

const lenientNode = z
  .object({
    name: readable,
    subnets: z.unknown().optional(),
    zones: z.record(z.string(), z.unknown()).optional().catch({}),
    architectures: z
      .array(z.enum(['amd64', 'arm64']))
      .optional()
      .catch(undefined),
    capacityTypes: z
      .array(z.enum(['on-demand', 'spot', 'mixed']))
      .optional()
      .catch(undefined),
    spotPercent: z.unknown().optional(),
    labels: readableMap,
    taints: z
      .array(z.object({ key: readable, effect: readable }).catch({}))
      .optional()
      .catch(undefined),
    defaultTaskRole: readable,
    taskRoles: z.record(z.string(), readable).optional().catch(undefined),
    allow: z
      .array(z.object({ taskRoles: readableList, executionRoles: readableList }).catch({}))
      .optional()
      .catch(undefined),
  })
  .catch({});

const lenientCluster = z
  .object({
    clusterName: readable,
    region: readable,
    account: readable,
    identityMode: readable,
    secret: readable,
    secretKeyArn: readable,
    eksClusterName: readable,
    endpoint: readable,
    certificateAuthority: readable,
    accessEntries: z.unknown().optional(),
    impersonateNodes: z.unknown().optional(),
    functionSubnets: z.unknown().optional(),
    functionSecurityGroups: z.unknown().optional(),
    functionDualStack: z.unknown().optional(),
    networkProbes: z.unknown().optional(),
    gateway: z
      .object({
        securityGroups: z.unknown().optional(),
        vpcId: z.unknown().optional(),
        allowedCidrs: z.unknown().optional(),
        allowedSecurityGroups: z.unknown().optional(),
      })
      .optional()
      .catch(undefined),
    alarms: z.unknown().optional(),
    alarmTopicArn: readable,
    encryptionKeyArn: readable,
    permissionsBoundaryArn: readable,
    nodes: z.array(lenientNode).catch([]),
  })
  .catch({ nodes: [] });

const lenientFile = z
  .object({ region: readable, account: readable, clusters: z.array(lenientCluster).catch([]) })
  .catch({ clusters: [] });

/** Just what the rules across fields read of a cluster, so that they can speak even when the shape has faults elsewhere. */
export type LenientCluster = z.output<typeof lenientCluster>;
export type LenientNode = LenientCluster['nodes'][number];

/** Reads the props of a cluster. */
export function readLenientCluster(raw: unknown): LenientCluster {
  return lenientCluster.parse(raw);
}

/** Reads the clusters of a deployment file, each in the place that it will have. */
export function readLenientClusters(raw: unknown): readonly LenientCluster[] {
  const { region, account, clusters } = lenientFile.parse(raw);
  return clusters.map((cluster) => ({
    ...cluster,
    region: cluster.region ?? region,
    account: cluster.account ?? account,
  }));
}
