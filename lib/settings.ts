import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { NamespaceCeilings } from './core/ceiling.ts';
import { isRestrictedLabel } from './core/node-restriction.ts';
import type { NodeSettings } from './core/node-settings.ts';

/** How the functions get into the cluster, and as whom they serve their nodes there; see docs/identity.md. */
export type ClusterIdentity = IdentitySource & {
  /** Whether what a kubelet does is done as `system:node:<name>`, which the Node authorizer confines. Default `false`. */
  readonly impersonateNodes?: boolean;
};

type IdentitySource =
  /** ARN or name of a secret: a kubeconfig, or a token that the functions renew themselves. */
  | { readonly kind: 'kubeconfig' | 'token'; readonly secret: string }
  | {
      readonly kind: 'eks';
      readonly clusterName: string;
      readonly endpoint: string;
      readonly certificateAuthority: string;
    };

/** Everything a function knows about its deployment: read once at start, frozen. */
export interface Settings {
  readonly cluster: string;
  readonly nodes: readonly NodeSettings[];
  readonly table: string;
  readonly ecsCluster: string;
  readonly identity: ClusterIdentity;
  readonly logGroup: string;
  readonly executionRole: string;
  /** Name of the bucket for the env files of pods. */
  readonly filesBucket: string;
  /** ARN of the customer managed key for files and copies of secrets; `undefined`: the keys of AWS. */
  readonly encryptionKey: string | undefined;
  /** Whether the functions are in the VPC of the pods, and probe them by their addresses. */
  readonly networkProbes: boolean;
  readonly eventBus: string;
  /** URL of the queue that brings the task events. */
  readonly eventQueue: string;
  /** URL of the queue with the task events that were given up on. */
  readonly deadLetterQueue: string;
  /** The share of the account's ECS and Fargate API rates that this deployment may use: more than 0, at most 1. */
  readonly ecsShare: number;
  /** Tasks per second of the account's quota "Fargate launches"; `undefined`: what AWS gives in this Region by default. */
  readonly fargateLaunchRate: number | undefined;
  /** What the pods of a namespace may use at a time, over all nodes; `*`: each namespace that has none of its own. */
  readonly namespaceCeilings: NamespaceCeilings;
  readonly mode: 'watch' | 'economy';
  readonly deployId: string;
  /** Accepts that the kubeconfig points at another cluster than before; set for one deployment, then taken out again. */
  readonly acceptNewCluster: boolean;
  /** Node Ready=False while pod-sync is stalled (evicts healthy pods after five minutes): off by default. */
  readonly notReadyWhenStalled: boolean;
  /** Whether a gateway serves the kubelet API of the nodes, and says itself at which address. */
  readonly hasGateway: boolean;
  /** Whether the gateway approves the requests for its own serving certificates. */
  readonly gatewayApproves: boolean;
  readonly region: string;
}

/** The environment variables of the functions; the stacks set exactly these. */
export type EnvironmentName = keyof typeof VARIABLES | 'AWS_REGION';

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsLabel = z.string().regex(NAME, 'lower-case letters, digits and dashes, at most 63');
const quantity = z
  .string()
  .regex(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'a Kubernetes quantity such as 40, 500m or 160Gi');
const queueUrl = z.string().regex(/^https?:\/\/[^\s/]+\/\S+$/, 'no URL of a queue');
const decimal = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,20})?$/, 'not a decimal number')
  .transform(Number);
const awsKey = z.literal('aws').transform(() => undefined);
const regional = z.literal('regional').transform(() => undefined);
const flag = z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true');

const roleArn = z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/\S+$/, 'the ARN of a role');

const amount = z.number().positive('a number above 0');
const ceiling = z
  .strictObject({ vcpu: amount.exactOptional(), usdPerHour: amount.exactOptional() })
  .refine(
    ({ vcpu, usdPerHour }) => vcpu !== undefined || usdPerHour !== undefined,
    'bounds nothing: name vcpu or usdPerHour, or leave the ceiling out',
  );
const namespaceCeilings = z.record(z.string().regex(/^(\*|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$/), ceiling, {
  error: ({ code }) =>
    code === 'invalid_key' ? 'not the name of a namespace, nor * for all others' : undefined,
});

const placementRule = z.strictObject({
  namespace: z.string().min(1),
  serviceAccount: z.string().min(1),
  taskRoles: z.array(roleArn).optional(),
  executionRoles: z.array(roleArn).optional(),
  subnets: z.array(z.string().min(1)).optional(),
  securityGroups: z.array(z.string().min(1)).optional(),
  assignPublicIp: z.boolean().optional(),
  capacityTypes: z.array(z.enum(['on-demand', 'spot'])).optional(),
  architectures: z.array(z.enum(['amd64', 'arm64'])).optional(),
  platformVersions: z.array(z.string().min(1)).optional(),
});

const nodeSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, 'a lower-case DNS name'),
  architecture: z.enum(['amd64', 'arm64']),
  capacity: z.strictObject({
    cpu: quantity,
    memory: quantity,
    pods: quantity,
    'ephemeral-storage': quantity,
  }),
  labels: z.record(z.string(), z.string()),
  taints: z.array(
    z.strictObject({
      key: z.string().min(1),
      value: z.string().optional(),
      effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
    }),
  ),
  subnets: z.array(z.string().min(1)).min(1, 'at least one subnet').max(16, 'at most 16 subnets (RunTask)'),
  securityGroups: z.array(z.string().min(1)).max(5, 'at most 5 security groups (RunTask)'),
  assignPublicIp: z.boolean(),
  capacityType: z.enum(['on-demand', 'spot', 'mixed']),
  spotPercent: z.int('a whole number').min(1, 'at least 1').max(99, 'at most 99').exactOptional(),
  ceiling: ceiling.exactOptional(),
  region: z.string().min(1).optional(),
  zone: z.string().optional(),
  podsReady: z.boolean(),
  platformVersion: z
    .string()
    .regex(/^(LATEST|\d+\.\d+\.\d+)$/, 'LATEST or a version such as 1.4.0')
    .optional(),
  helperImage: z.string().min(1).optional(),
  apiEndpoint: z
    .string()
    .regex(/^([^\s/:]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/, 'host or host:port')
    .optional(),
  taskRoles: z.record(z.string().regex(/^[^/]+\/[^/]+$/, 'namespace/service account'), roleArn).optional(),
  defaultTaskRole: roleArn.optional(),
  execRole: roleArn.optional(),
  allow: z.array(placementRule).optional(),
  networkPolicies: z.enum(['warn', 'refuse']).optional(),
  serviceLinks: z.boolean().optional(),
  costLabels: z.array(z.string().min(1)).optional(),
  clusterDomain: z
    .string()
    .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, 'a DNS domain such as cluster.local')
    .optional(),
});

const impersonateNodes = z.boolean('true or false').exactOptional();

const identitySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal(['kubeconfig', 'token']),
    secret: z.string().min(1, 'the ARN or name of the secret'),
    impersonateNodes,
  }),
  z.strictObject({
    kind: z.literal('eks'),
    clusterName: z.string().min(1),
    endpoint: z.string().regex(/^https:\/\//, 'an https:// URL'),
    certificateAuthority: z.string().min(1, 'base64 of the cluster CA'),
    impersonateNodes,
  }),
]);

const nodesSchema = z.array(nodeSchema).min(1);

type Environment = Readonly<Record<string, string | undefined>>;

interface Variable<T> {
  readonly schema: z.ZodType<T>;
  /** The value is JSON, or `file:<name>` of a file with JSON beside the code: variables together hold 4 KB. */
  readonly json?: true;
  readonly optional?: string;
  /** What to write there, for the person who reads the fault. */
  readonly allowed: string;
}
const variable = <T>(made: Variable<T>): Variable<T> => made;

const VARIABLES = {
  LAMBDALET_CLUSTER: variable({
    schema: dnsLabel,
    allowed: 'the name of this cluster: lower-case letters, digits and dashes, at most 63',
  }),
  LAMBDALET_NODES: variable({
    schema: nodesSchema,
    json: true,
    allowed: 'a JSON array of node settings, or file:<name> of one',
  }),
  LAMBDALET_VALUES: variable({
    schema: z.array(z.string()),
    json: true,
    optional: '[]',
    allowed: 'a JSON array of the texts that files name by place, as in "${0}"',
  }),
  LAMBDALET_TABLE: variable({ schema: z.string().min(3), allowed: 'the name of the DynamoDB table' }),
  LAMBDALET_ECS_CLUSTER: variable({
    schema: z.string().min(1),
    allowed: 'the name or ARN of the dedicated ECS cluster',
  }),
  LAMBDALET_IDENTITY: variable({
    schema: identitySchema,
    json: true,
    allowed:
      '{"kind":"kubeconfig","secret":"<ARN>"}, {"kind":"token","secret":"<ARN>"} or {"kind":"eks","clusterName":..,"endpoint":..,"certificateAuthority":..}, each with "impersonateNodes":true or without',
  }),
  LAMBDALET_LOG_GROUP: variable({
    schema: z.string().min(1),
    allowed: 'the CloudWatch log group of the pods',
  }),
  LAMBDALET_EXECUTION_ROLE: variable({
    schema: z.string().startsWith('arn:'),
    allowed: 'the ARN of the task execution role',
  }),
  LAMBDALET_FILES_BUCKET: variable({
    schema: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'no name of a bucket'),
    allowed: 'the name of the S3 bucket for the env files of pods',
  }),
  LAMBDALET_ENCRYPTION_KEY: variable({
    schema: z.union([awsKey, z.string().regex(/^arn:[\w-]+:kms:\S+$/, 'the ARN of a KMS key')]),
    optional: 'aws',
    allowed: 'aws, or the ARN of a customer managed KMS key',
  }),
  LAMBDALET_NETWORK_PROBES: variable({ schema: flag, optional: 'false', allowed: 'true or false' }),
  LAMBDALET_EVENT_BUS: variable({
    schema: z.string().min(1),
    optional: 'default',
    allowed: 'the name or ARN of an event bus',
  }),
  LAMBDALET_EVENT_QUEUE: variable({ schema: queueUrl, allowed: 'the URL of the queue of task events' }),
  LAMBDALET_DEAD_LETTER_QUEUE: variable({
    schema: queueUrl,
    allowed: 'the URL of the dead letter queue of task events',
  }),
  LAMBDALET_ECS_SHARE: variable({
    schema: decimal.refine((share) => share > 0 && share <= 1, 'out of range'),
    optional: '1',
    allowed: 'a number above 0 and at most 1',
  }),
  LAMBDALET_FARGATE_LAUNCH_RATE: variable({
    schema: z.union([regional, decimal.refine((rate) => rate >= 1 && rate <= 1000)], 'out of range'),
    optional: 'regional',
    allowed: 'regional, or tasks per second from 1 to 1000',
  }),
  LAMBDALET_NAMESPACE_CEILINGS: variable({
    schema: namespaceCeilings,
    json: true,
    optional: '{}',
    allowed:
      '{"<namespace>":{"vcpu":<number>,"usdPerHour":<number>}} with one of the two numbers or both, "*" for all other namespaces',
  }),
  LAMBDALET_MODE: variable({
    schema: z.enum(['watch', 'economy']),
    optional: 'watch',
    allowed: 'watch or economy',
  }),
  LAMBDALET_DEPLOY_ID: variable({ schema: z.string().min(1), allowed: 'a hash of code and settings' }),
  LAMBDALET_ACCEPT_NEW_CLUSTER: variable({ schema: flag, optional: 'false', allowed: 'true or false' }),
  LAMBDALET_GATEWAY: variable({ schema: flag, optional: 'false', allowed: 'true or false' }),
  LAMBDALET_GATEWAY_APPROVES: variable({ schema: flag, optional: 'false', allowed: 'true or false' }),
  LAMBDALET_NOT_READY_WHEN_STALLED: variable({ schema: flag, optional: 'false', allowed: 'true or false' }),
} as const;

/** Settings that cannot be used: lists every fault at once. */
export class SettingsError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The settings of this function cannot be used:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/**
 * Reads the settings from the environment, strictly: unknown `LAMBDALET_*` variables are faults too, because a typing error
 * must not silently become a default.
 * @throws SettingsError with every fault: variable, value seen, values allowed.
 */
export function parseSettings(environment: Environment): Settings {
  const faults: string[] = [];
  const read = <T>(name: keyof typeof VARIABLES, rule: Variable<T>): T => {
    const result = readVariable(name, rule, environment);
    if ('faults' in result) faults.push(...result.faults);
    return ('value' in result ? result.value : undefined) as T;
  };
  read('LAMBDALET_VALUES', VARIABLES.LAMBDALET_VALUES);
  const settings: Settings = {
    cluster: read('LAMBDALET_CLUSTER', VARIABLES.LAMBDALET_CLUSTER),
    nodes: nodesIn(environment, read('LAMBDALET_NODES', VARIABLES.LAMBDALET_NODES)),
    table: read('LAMBDALET_TABLE', VARIABLES.LAMBDALET_TABLE),
    ecsCluster: read('LAMBDALET_ECS_CLUSTER', VARIABLES.LAMBDALET_ECS_CLUSTER),
    identity: read('LAMBDALET_IDENTITY', VARIABLES.LAMBDALET_IDENTITY),
    logGroup: read('LAMBDALET_LOG_GROUP', VARIABLES.LAMBDALET_LOG_GROUP),
    executionRole: read('LAMBDALET_EXECUTION_ROLE', VARIABLES.LAMBDALET_EXECUTION_ROLE),
    filesBucket: read('LAMBDALET_FILES_BUCKET', VARIABLES.LAMBDALET_FILES_BUCKET),
    encryptionKey: read('LAMBDALET_ENCRYPTION_KEY', VARIABLES.LAMBDALET_ENCRYPTION_KEY),
    networkProbes: read('LAMBDALET_NETWORK_PROBES', VARIABLES.LAMBDALET_NETWORK_PROBES),
    eventBus: read('LAMBDALET_EVENT_BUS', VARIABLES.LAMBDALET_EVENT_BUS),
    eventQueue: read('LAMBDALET_EVENT_QUEUE', VARIABLES.LAMBDALET_EVENT_QUEUE),
    deadLetterQueue: read('LAMBDALET_DEAD_LETTER_QUEUE', VARIABLES.LAMBDALET_DEAD_LETTER_QUEUE),
    ecsShare: read('LAMBDALET_ECS_SHARE', VARIABLES.LAMBDALET_ECS_SHARE),
    fargateLaunchRate: read('LAMBDALET_FARGATE_LAUNCH_RATE', VARIABLES.LAMBDALET_FARGATE_LAUNCH_RATE),
    namespaceCeilings: read('LAMBDALET_NAMESPACE_CEILINGS', VARIABLES.LAMBDALET_NAMESPACE_CEILINGS),
    mode: read('LAMBDALET_MODE', VARIABLES.LAMBDALET_MODE),
    deployId: read('LAMBDALET_DEPLOY_ID', VARIABLES.LAMBDALET_DEPLOY_ID),
    acceptNewCluster: read('LAMBDALET_ACCEPT_NEW_CLUSTER', VARIABLES.LAMBDALET_ACCEPT_NEW_CLUSTER),
    hasGateway: read('LAMBDALET_GATEWAY', VARIABLES.LAMBDALET_GATEWAY),
    gatewayApproves: read('LAMBDALET_GATEWAY_APPROVES', VARIABLES.LAMBDALET_GATEWAY_APPROVES),
    notReadyWhenStalled: read('LAMBDALET_NOT_READY_WHEN_STALLED', VARIABLES.LAMBDALET_NOT_READY_WHEN_STALLED),
    region: environment['AWS_REGION'] ?? '',
  };
  if (settings.region === '')
    faults.push('AWS_REGION is not set; set it to the Region of the ECS cluster, such as eu-west-1');
  faults.push(...restrictedLabels(settings), ...uselessShares(settings), ...unknownVariables(environment));
  if (faults.length > 0) throw new SettingsError(faults);
  return Object.freeze(settings);
}

/** Labels that a node may not give itself would fail every beat: NodeRestriction refuses the whole Node for one of them. */
function restrictedLabels({ identity, nodes }: Settings): readonly string[] {
  // What could not be read has its faults already.
  const isHardened = (identity as ClusterIdentity | undefined)?.impersonateNodes === true;
  if (!isHardened) return [];
  return nodes.flatMap(({ labels }, index) =>
    Object.keys(labels)
      .filter(isRestrictedLabel)
      .map(
        (key) =>
          `LAMBDALET_NODES at ${index}.labels: with impersonateNodes a node may not give itself the label ${key} (NodeRestriction); ` +
          'allowed are prefixes other than kubernetes.io and k8s.io, and node.kubernetes.io/ and kubelet.kubernetes.io/; ' +
          'let an administrator set it on the Node, or take it out',
      ),
  );
}

/** A share of Spot on a node that is not mixed would be missed in silence. */
function uselessShares({ nodes }: Settings): readonly string[] {
  return nodes.flatMap(({ capacityType, spotPercent }, index) =>
    capacityType === 'mixed' || spotPercent === undefined
      ? []
      : [
          `LAMBDALET_NODES at ${index}.spotPercent is ${spotPercent}, but the node is ${capacityType}; ` +
            'set capacityType to mixed, or take spotPercent out',
        ],
  );
}

function unknownVariables(environment: Environment): readonly string[] {
  const known = Object.keys(VARIABLES);
  return Object.keys(environment)
    .filter((name) => name.startsWith('LAMBDALET_') && !known.includes(name))
    .map((name) => `${name} is not a setting; known are ${known.join(', ')}`);
}

/** The nodes; one that names no Region is in that of the functions. */
function nodesIn(
  environment: Environment,
  nodes: z.output<typeof nodesSchema> | undefined,
): readonly NodeSettings[] {
  const region = environment['AWS_REGION'] ?? '';
  return (nodes ?? []).map((node) => ({ region, ...node }) as NodeSettings);
}

function readVariable<T>(
  name: string,
  rule: Variable<T>,
  environment: Environment,
): { value: T } | { faults: string[] } {
  const seen = environment[name] ?? rule.optional;
  if (seen === undefined) return { faults: [`${name} is not set; set it to ${rule.allowed}`] };
  const input = rule.json ? parseJson(seen, environment) : seen;
  if (input === undefined)
    return {
      faults: [`${name} is ${shorten(seen)}, which is not JSON that can be read; set it to ${rule.allowed}`],
    };
  const result = rule.schema.safeParse(input);
  if (result.success) return { value: result.data };
  return {
    faults: result.error.issues.map(({ path, message }) => {
      const place = path.length === 0 ? '' : ` at ${path.join('.')}`;
      return `${name} is ${shorten(seen)}${place}: ${message}; set it to ${rule.allowed}`;
    }),
  };
}

const FILE = 'file:';

function parseJson(text: string, environment: Environment): unknown {
  try {
    if (!text.startsWith(FILE)) return JSON.parse(text);
    const path = join(environment['LAMBDA_TASK_ROOT'] ?? '', text.slice(FILE.length));
    const values = JSON.parse(environment['LAMBDALET_VALUES'] ?? '[]') as readonly unknown[];
    return JSON.parse(readFileSync(path, 'utf8'), (_, value: unknown) => placed(value, values));
  } catch {
    return undefined;
  }
}

/** What was known only when the stack was deployed stands in the file as its place among the values: `${0}`. */
function placed(value: unknown, values: readonly unknown[]): unknown {
  const place = typeof value === 'string' ? /^\$\{(\d+)\}$/.exec(value)?.[1] : undefined;
  return place === undefined ? value : values[Number(place)];
}

/** A value as it may be shown in a log: settings hold no secrets, only names of them; long ones are cut. */
function shorten(text: string): string {
  return text.length <= 60 ? `"${text}"` : `"${text.slice(0, 57)}..."`;
}
