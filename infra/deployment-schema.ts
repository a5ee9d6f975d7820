import * as z from 'zod';
import { between, choice, flag, list, mapping, ruleText, text } from './deployment-rules.ts';
import { securityGroups, subnets } from './network-rules.ts';
import { node } from './node-schema.ts';

/** The retentions that CloudWatch Logs takes, in days (PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const identity = z.discriminatedUnion(
  'kind',
  [
    mapping(
      {
        kind: z.literal('kubeconfig'),
        secret: text(/^(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,519}$/, {
          allowed: 'the name or the complete ARN of a secret in Secrets Manager that holds the kubeconfig',
          wayOut: 'create the secret first; its content never belongs into this file',
        }),
        kmsKey: text(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[-a-z0-9]+$/, {
          allowed: 'the ARN of the customer managed KMS key of the secret',
          wayOut: 'leave it out if the secret uses the key of AWS',
        }).exactOptional(),
      },
      'give kind and secret',
    ),
    mapping(
      {
        kind: z.literal('eks'),
        clusterName: text(/^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$/, {
          allowed: 'the name of the EKS cluster',
          wayOut: 'find it with `aws eks list-clusters`',
        }),
        endpoint: text(/^https:\/\/[^\s/]+$/, {
          allowed: 'the https:// URL of the API server, without a path',
          wayOut: 'find it with `aws eks describe-cluster --query cluster.endpoint`',
        }),
        certificateAuthority: text(/^[A-Za-z0-9+/]{40,}={0,2}$/, {
          allowed: 'the base64 text of the cluster CA',
          wayOut: 'find it with `aws eks describe-cluster --query cluster.certificateAuthority.data`',
        }),
        accessEntries: flag(
          'true makes the access entries of the functions here; needs authentication mode API',
        ).default(false),
      },
      'give kind, clusterName, endpoint and certificateAuthority',
    ),
  ],
  { error: 'allowed is kind: kubeconfig | eks; choose how the functions get into the cluster' },
);

const functionsVpc = mapping(
  {
    subnets,
    securityGroups: list(
      securityGroups.element,
      { min: 1, max: 5 },
      { allowed: '1 to 5 security group ids', wayOut: 'name one that may reach the API server' },
    ),
    dualStack: flag('true for dual-stack subnets without a NAT gateway').default(false),
  },
  'leave functionsVpc out if the API server is reachable from the internet',
);

/** The deployment file, whole: strict everywhere, so that a typing error is a fault and not a default. */
export const deploymentSchema = mapping(
  {
    cluster: text(/^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$/, {
      allowed: 'lower-case letters, digits and dashes, at most 32, beginning with a letter',
      wayOut: 'choose a name for this cluster that no other deployment in the account and Region has',
    }),
    region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, {
      allowed: 'a Region such as eu-west-1',
      wayOut: 'leave it out to take the one of the AWS profile',
    }).exactOptional(),
    account: text(/^\d{12}$/, {
      allowed: 'twelve digits in quotes',
      wayOut: 'leave it out to take the one of the AWS profile',
    }).exactOptional(),
    profile: choice(['dev', 'production'], 'production keeps and protects what holds state'),
    mode: choice(
      ['watch', 'economy'],
      'watch reacts at once; economy costs pennies and reacts within about 12 s',
    ).default('watch'),
    identity,
    acceptNewCluster: flag(
      'true for one deployment only, when the identity points at another cluster on purpose',
    ).default(false),
    notReadyWhenStalled: flag('true evicts healthy pods after five minutes of a stalled pod-sync').default(
      false,
    ),
    functionsVpc: functionsVpc.exactOptional(),
    networkProbes: flag(
      'left out, the functions probe pods exactly when they are in a VPC; false for one that cannot reach the pods',
    ).exactOptional(),
    podLogs: mapping(
      {
        retentionDays: z.literal([...RETENTION_DAYS], {
          error: ruleText({
            allowed: `one of ${RETENTION_DAYS.join(', ')}`,
            wayOut: 'CloudWatch Logs takes no other',
          }),
        }),
      },
      'give retentionDays',
    ),
    eventBus: text(/^[/.\-_A-Za-z0-9]{1,256}$/, {
      allowed: 'the name of an event bus in this account and Region',
      wayOut: 'leave it out to publish on the default bus',
    }).default('default'),
    ecsShare: between(0.01, 1, {
      allowed: 'a number from 0.01 to 1',
      wayOut: 'divide 1 among the deployments and whatever else starts tasks in this account and Region',
    }).default(1),
    fargateLaunchRate: between(1, 1000, {
      allowed: 'tasks per second from 1 to 1000',
      wayOut: 'leave it out unless the Fargate launch quota of the account was changed',
    }).exactOptional(),
    alarms: mapping(
      {
        topic: text(/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, {
          allowed: 'the ARN of an SNS topic',
          wayOut: 'leave alarms out to have them without a notification',
        }),
      },
      'give topic, or leave alarms out',
    ).exactOptional(),
    nodes: list(node, { min: 1, max: 20 }, { allowed: '1 to 20 nodes', wayOut: 'describe at least one' }),
  },
  'begin with the example in infra/deployment.yaml',
);

/** The settings of one deployment, validated, with every default filled in. */
export type Deployment = z.output<typeof deploymentSchema>;
