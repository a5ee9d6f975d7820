import type { LenientCluster } from './lenient-cluster.ts';
import { rolesIn } from './node-faults.ts';

/** What an ARN of the settings has to have in common with the cluster, and what else there is to do. */
interface ArnRule {
  readonly noun: string;
  /** Parts that AWS wants to be those of the cluster; the partition always is. */
  readonly same: readonly ('Region' | 'account')[];
  readonly wayOut: string;
}

const CORRECT = 'correct one of them';
/** Secrets and keys may be shared by another account (resource policies), but every call for them goes to the Region of the functions. */
const SECRET: ArnRule = { noun: 'secret', same: ['Region'], wayOut: `replicate the secret, or ${CORRECT}` };
const KEY: ArnRule = {
  noun: 'key',
  same: ['Region'],
  wayOut: `name a key or a replica there, or ${CORRECT}`,
};
/** CloudWatch notifies topics of its own Region, also those of other accounts whose policy admits it. */
const TOPIC: ArnRule = { noun: 'topic', same: ['Region'], wayOut: `name a topic there, or ${CORRECT}` };
/** IAM takes a boundary of the account of the role. */
const BOUNDARY: ArnRule = {
  noun: 'policy',
  same: ['account'],
  wayOut: `create the policy there, or ${CORRECT}`,
};
/** ECS takes roles of its own account only: a role is passed, and IAM passes none to another account. */
const ROLE: ArnRule = {
  noun: 'role',
  same: ['account'],
  wayOut: `let the program assume the other role, or ${CORRECT}`,
};

/** ARNs of a place that has nothing to do with that of the cluster, as far as both are known. */
export function arnFaults(cluster: LenientCluster): readonly string[] {
  return [
    ...faultsOf(cluster, 'secret', cluster.secret, SECRET),
    ...faultsOf(cluster, 'secretKeyArn', cluster.secretKeyArn, KEY),
    ...faultsOf(cluster, 'encryptionKeyArn', cluster.encryptionKeyArn, KEY),
    ...faultsOf(cluster, 'alarmTopicArn', cluster.alarmTopicArn, TOPIC),
    ...faultsOf(cluster, 'permissionsBoundaryArn', cluster.permissionsBoundaryArn, BOUNDARY),
    ...cluster.nodes.flatMap((node, at) =>
      rolesIn(node).flatMap(([path, arn]) => faultsOf(cluster, `nodes[${at}].${path}`, arn, ROLE)),
    ),
  ];
}

function faultsOf(
  { region, account }: LenientCluster,
  path: string,
  arn: string | undefined,
  { noun, same, wayOut }: ArnRule,
): readonly string[] {
  // What is known only later, and what has a fault of its shape, has none here.
  const parts = /^arn:(aws[a-z-]*):[a-z]+:([a-z0-9-]*):(\d{12}|aws):/.exec(arn ?? '');
  if (parts === null) return [];
  const [, partition = '', ownRegion = '', owner = ''] = parts;
  const fault = (part: string, seen: string, wanted: string | undefined): readonly string[] =>
    wanted === undefined || seen === wanted
      ? []
      : [
          `${path} is a ${noun} of ${part} ${seen}: allowed is a ${noun} of ${wanted}, the ${part} of the cluster; ${wayOut}`,
        ];
  return [
    ...fault('partition', partition, region === undefined ? undefined : partitionOf(region)),
    ...(same.includes('Region') ? fault('Region', ownRegion, region) : []),
    // Managed policies of AWS are those of every account.
    ...(same.includes('account') && owner !== 'aws' ? fault('account', owner, account) : []),
  ];
}

/** Partitions by what the names of their Regions begin with (botocore, partitions.json). */
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
];

function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}
