import * as z from 'zod';
import { between, choice, flag, list, mapping, ruleText, text, whole, word } from './deployment-rules.ts';
import { FUNCTION_SHAPES } from './function-shapes.ts';
import { gateway } from './gateway-schema.ts';
import { securityGroups, subnets } from './network-rules.ts';
import { ceiling, node } from './node-schema.ts';

/** The retentions that CloudWatch Logs takes, in days (PutRetentionPolicy). */
const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const RETENTION = ruleText({
  allowed: `one of ${RETENTION_DAYS.join(', ')}`,
  wayOut: 'CloudWatch Logs takes no other',
});
const retention = z
  .number({ error: RETENTION })
  .refine((days) => RETENTION_DAYS.includes(days), { error: RETENTION })
  .meta({ enum: [...RETENTION_DAYS] });

/** AWS takes 50 tags of a resource, and one is `lambdalet:cluster`. */
const MOST_TAGS = 49;
const TAGS = `allowed is a mapping of at most ${MOST_TAGS} tag keys to values; shorten it`;

const keyArn = text(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[-a-z0-9]+$/, {
  allowed: 'the ARN of a KMS key (not of an alias)',
  wayOut: 'leave it out to use the key of AWS',
});

const identity = {
  identityMode: choice(['eks', 'kubeconfig', 'token'], 'choose how the functions get into the cluster'),
  secret: text(/^(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,519}$/, {
    allowed: 'the name or the complete ARN of a secret in Secrets Manager',
    wayOut: 'create the secret first; its content never belongs into this file',
  }).exactOptional(),
  secretKeyArn: keyArn.exactOptional(),
  eksClusterName: text(/^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$/, {
    allowed: 'the name of the EKS cluster',
    wayOut: 'find it with `aws eks list-clusters`',
  }).exactOptional(),
  endpoint: text(/^https:\/\/[^\s/]+$/, {
    allowed: 'the https:// URL of the API server, without a path',
    wayOut: 'find it with `aws eks describe-cluster --query cluster.endpoint`',
  }).exactOptional(),
  certificateAuthority: text(/^[A-Za-z0-9+/]{40,}={0,2}$/, {
    allowed: 'the base64 text of the cluster CA',
    wayOut: 'find it with `aws eks describe-cluster --query cluster.certificateAuthority.data`',
  }).exactOptional(),
  accessEntries: flag(
    'true makes the access entries of the functions; needs authentication mode API',
  ).default(false),
  impersonateNodes: flag('true needs the rights that the rendered bootstrap gives for it').default(false),
  acceptNewCluster: flag(
    'true for one deployment only, when the identity points at another cluster on purpose',
  ).default(false),
};

const rights = {
  podConfigNamespaces: list(
    word(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
      allowed: 'the name of a namespace',
      wayOut: 'find it with `kubectl get namespaces`',
    }),
    { min: 0, max: 1000 },
    { allowed: 'at most 1000 names of namespaces', wayOut: 'leave it out for all namespaces' },
  ).exactOptional(),
  admissionPolicy: flag('false for a cluster that has no ValidatingAdmissionPolicy').default(true),
  flowSchema: flag('false for none').default(true),
};

const loop = {
  mode: choice(
    ['watch', 'economy'],
    'watch reacts at once; economy costs pennies and reacts within about 12 s',
  ).default('watch'),
  podSyncMemory: whole(256, 3008, {
    allowed: 'a whole number of MB from 256 to 3008',
    wayOut: 'see docs/cost.md for what each costs a month',
  }).default(FUNCTION_SHAPES['pod-sync'].memoryMb),
  notReadyWhenStalled: flag('true evicts healthy pods after five minutes of a stalled pod-sync').default(
    false,
  ),
  ecsShare: between(0.01, 1, {
    allowed: 'a number from 0.01 to 1',
    wayOut: 'divide 1 among the clusters and whatever else starts tasks in this account and Region',
  }).default(1),
  fargateLaunchRate: between(1, 1000, {
    allowed: 'tasks per second from 1 to 1000',
    wayOut: 'leave it out unless the Fargate launch quota of the account was changed',
  }).exactOptional(),
  namespaceCeilings: z
    .record(
      word(/^(\*|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$/, {
        allowed: 'the name of a namespace, or "*" for each that has none of its own',
        wayOut: 'put the star in quotes',
      }),
      ceiling,
      { error: 'allowed is a mapping of namespaces to ceilings' },
    )
    .default({}),
};

const network = {
  functionSubnets: subnets.exactOptional(),
  functionSecurityGroups: list(
    securityGroups.element,
    { min: 1, max: 5 },
    { allowed: '1 to 5 security group ids', wayOut: 'name one that may reach the API server' },
  ).exactOptional(),
  functionDualStack: flag('true for dual-stack subnets without a NAT gateway').default(false),
  networkProbes: flag(
    'left out, the functions probe pods exactly when they are in a VPC; false for one that cannot reach the pods',
  ).exactOptional(),
  ecsClusterName: text(/^[A-Za-z0-9][-A-Za-z0-9_]{0,254}$/, {
    allowed: 'the name of an ECS cluster in this account and Region',
    wayOut: 'leave it out to have one made',
  }).exactOptional(),
};

const account = {
  profile: choice(['dev', 'production'], 'production keeps and protects what holds state').default(
    'production',
  ),
  podLogRetentionDays: retention.default(30),
  functionLogRetentionDays: retention.default(30),
  encryptionKeyArn: keyArn.exactOptional(),
  eventBusName: text(/^[/.\-_A-Za-z0-9]{1,256}$/, {
    allowed: 'the name of an event bus in this account and Region',
    wayOut: 'leave it out to publish on the default bus',
  }).default('default'),
  permissionsBoundaryArn: text(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,576}$/, {
    allowed: 'the ARN of an IAM policy',
    wayOut: 'leave it out if roles need no boundary',
  }).exactOptional(),
  rolePath: text(/^\/([\w+=,.@-]+\/)*$/, {
    allowed: 'a path that begins and ends with a slash, such as /platform/',
    wayOut: 'leave it out for /',
  }).default('/'),
  alarms: flag('false for none').default(true),
  alarmTopicArn: text(/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, {
    allowed: 'the ARN of an SNS topic',
    wayOut: 'leave it out to have alarms without a notification',
  }).exactOptional(),
  runbookUrl: text(/^https?:\/\/[^\s#()|]{1,400}$/, {
    allowed: 'a URL of at most 400 characters, without a fragment',
    wayOut: 'leave it out to have the runbooks named without links',
  }).exactOptional(),
  dashboard: flag('false for none').default(true),
  tags: z
    .record(
      word(/^(?!aws:|lambdalet:)[\p{L}\p{N} _.:/=+@-]{1,128}$/u, {
        allowed: 'a tag key of at most 128 characters that does not begin with aws: or lambdalet:',
        wayOut: 'see the rules of AWS for tags',
      }),
      text(/^[\p{L}\p{N} _.:/=+@-]{0,256}$/u, {
        allowed: 'a tag value of at most 256 characters',
        wayOut: 'put numbers and true/false in quotes',
      }),
      { error: TAGS },
    )
    .refine((tags) => Object.keys(tags).length <= MOST_TAGS, { error: TAGS })
    .meta({ maxProperties: MOST_TAGS })
    .default({}),
};

/** The keys of one virtual cluster: strict everywhere, so that a typing error is a fault and not a default. */
export const clusterShape = {
  clusterName: word(/^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$/, {
    allowed: 'lower-case letters, digits and dashes, at most 32, beginning with a letter',
    wayOut: 'choose a name for this cluster that no other deployment in the account and Region has',
  }),
  ...identity,
  ...rights,
  ...loop,
  ...network,
  gateway: gateway.exactOptional(),
  ...account,
  nodes: list(node, { min: 1, max: 100 }, { allowed: '1 to 100 entries', wayOut: 'describe at least one' }),
};

/** One virtual cluster, validated, with every default filled in. */
export const clusterSchema = mapping(clusterShape, 'begin with one of examples/*.yaml');
export type ClusterOutput = z.output<typeof clusterSchema>;
