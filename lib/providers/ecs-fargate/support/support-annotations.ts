import type { CapacityType } from '../../../core/capacity-type.ts';
import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings, PlacementRule } from '../../../core/node-settings.ts';
import type { ServiceAccountFacts } from '../../../core/pod-inputs.ts';
import type { FieldFault } from '../../../ports/provider.ts';
import { hasWebIdentity, webIdentityRole } from './aws-identity.ts';

/** Where and as whom a pod may run: the node's settings with what the pod asks for and may have. */
export interface PodPlacement {
  /** `mixed`: each try of each attempt has one of both. */
  readonly capacityType: NodeSettings['capacityType'];
  readonly architecture: 'amd64' | 'arm64';
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** `LATEST` or a version. */
  readonly platformVersion: string;
  readonly taskRole?: string;
  /** Absent: that of the deployment. */
  readonly executionRole?: string;
}

/** Where and as whom one task runs. */
export interface Placement extends PodPlacement {
  readonly capacityType: CapacityType;
}

/** The placement of one task of the pod, which is `mixedAs` where the pod may have both types. */
export function settlePlacement(placement: PodPlacement, mixedAs: CapacityType = 'on-demand'): Placement {
  const { capacityType } = placement;
  return { ...placement, capacityType: capacityType === 'mixed' ? mixedAs : capacityType };
}

/** Something that a pod may ask for by an annotation. */
interface Wish {
  readonly note: string;
  /** The values that can be asked for, in words. */
  readonly values: string;
  /** The text as a change of the placement; `undefined` when it is none of the values. */
  parse(text: string): Partial<PodPlacement> | undefined;
  /** What of the text a rule must name, and the setting of {@link PlacementRule} that names it. */
  readonly rule: keyof PlacementRule;
}

const PREFIX = 'lambdalet.dev/';
/** What the product itself writes on pods. */
const OURS: readonly string[] = ['task-size', 'task-slack', 'hourly-price'];
/** The annotation of EKS by which a service account names its role (IRSA). */
const ACCOUNT_ROLE = 'eks.amazonaws.com/role-arn';

const ROLE = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const SUBNET = /^subnet-[0-9a-z]+$/;
const SECURITY_GROUP = /^sg-[0-9a-z]+$/;
/** ECS takes at most these many of a task's network (API reference, AwsVpcConfiguration). */
const MOST_SUBNETS = 16;
const MOST_SECURITY_GROUPS = 5;

/** Every annotation of a pod that changes its placement, by its name after `lambdalet.dev/`. */
export const ANNOTATION_SUPPORT = {
  'capacity-type': {
    note: 'Whether the task runs on demand or on spare capacity, which AWS takes back with two minutes of warning.',
    values: 'on-demand or spot',
    parse: (text) => (text === 'on-demand' || text === 'spot' ? { capacityType: text } : undefined),
    rule: 'capacityTypes',
  },
  architecture: {
    note: 'The processor of the task; the images must have it.',
    values: 'amd64 or arm64',
    parse: (text) => (text === 'amd64' || text === 'arm64' ? { architecture: text } : undefined),
    rule: 'architectures',
  },
  subnets: {
    note: 'The subnets that the task may be placed in, in place of those of the node.',
    values: `1 to ${MOST_SUBNETS} subnet IDs, separated by commas`,
    parse: (text) => listOf(text, SUBNET, MOST_SUBNETS, (subnets) => ({ subnets })),
    rule: 'subnets',
  },
  'security-groups': {
    note: 'The security groups of the task, in place of those of the node.',
    values: `1 to ${MOST_SECURITY_GROUPS} security group IDs, separated by commas`,
    parse: (text) =>
      listOf(text, SECURITY_GROUP, MOST_SECURITY_GROUPS, (securityGroups) => ({ securityGroups })),
    rule: 'securityGroups',
  },
  'assign-public-ip': {
    note: 'Whether the task gets a public address. A rule with `assignPublicIp: true` lets pods choose.',
    values: 'true or false',
    parse: (text) => (text === 'true' || text === 'false' ? { assignPublicIp: text === 'true' } : undefined),
    rule: 'assignPublicIp',
  },
  'platform-version': {
    note: 'The version of the Fargate platform.',
    values: 'LATEST or a version such as 1.4.0',
    parse: (text) => (/^(LATEST|\d+\.\d+\.\d+)$/.test(text) ? { platformVersion: text } : undefined),
    rule: 'platformVersions',
  },
  'task-role': {
    note: 'The role whose rights the containers have. Without it: the role of the service account, else the one that the node has for it, else the default of the node.',
    values: 'the ARN of an IAM role',
    parse: (text) => (ROLE.test(text) ? { taskRole: text } : undefined),
    rule: 'taskRoles',
  },
  'execution-role': {
    note: 'The role that pulls images, writes logs and reads secrets before the containers start.',
    values: 'the ARN of an IAM role',
    parse: (text) => (ROLE.test(text) ? { executionRole: text } : undefined),
    rule: 'executionRoles',
  },
} satisfies Readonly<Record<string, Wish>>;

/** A list of IDs, each once; `undefined` when one of them is none or they are too many. */
function listOf(
  text: string,
  pattern: RegExp,
  most: number,
  place: (items: readonly string[]) => Partial<PodPlacement>,
): Partial<PodPlacement> | undefined {
  const items = [...new Set(text.split(',').map((item) => item.trim()))];
  return items.length <= most && items.every((item) => pattern.test(item)) ? place(items) : undefined;
}

/**
 * Where a pod runs: the node's settings, changed by the annotations of the pod as far as the node's rules allow it. Whatever is
 * wrong or not allowed is a fault; the placement is then of no use. `account` is what the pod's service account says: its role
 * (`eks.amazonaws.com/role-arn`) needs a rule too. Where the webhook of EKS has given the pod a way to take one, that is the role, and without a rule
 * the pod keeps that way.
 */
export function placementOf(
  pod: Pod,
  node: NodeSettings,
  account?: ServiceAccountFacts,
): { readonly placement: PodPlacement; readonly faults: readonly FieldFault[] } {
  const base = withAccountRole(baseOf(pod, node), pod, node, account);
  return Object.entries<Wish>(ANNOTATION_SUPPORT).reduce(({ placement, faults }, [name, wish]) => {
    const text = pod.metadata.annotations?.[`${PREFIX}${name}`];
    if (text === undefined) return { placement, faults };
    const path = annotationPath(`${PREFIX}${name}`);
    const change = wish.parse(text);
    if (change === undefined)
      return { placement, faults: [...faults, { path, note: `"${text}" is not one of: ${wish.values}.` }] };
    const refusal = judgeWish({ pod, node, placement: base.placement, change, rule: wish.rule, path });
    return { placement: { ...placement, ...change }, faults: [...faults, ...refusal] };
  }, base);
}

/** Annotations of ours that mean nothing, each with its path: a word that is misspelt would be missed in silence. */
export function unknownAnnotations(pod: Pod): readonly FieldFault[] {
  const known = [...Object.keys(ANNOTATION_SUPPORT), ...OURS].map((name) => `${PREFIX}${name}`);
  return Object.keys(pod.metadata.annotations ?? {})
    .filter((key) => key.startsWith(PREFIX) && !known.includes(key))
    .map((key) => ({
      path: annotationPath(key),
      note: `No effect: known are ${Object.keys(ANNOTATION_SUPPORT).join(', ')}.`,
    }));
}

function annotationPath(key: string): string {
  return `metadata.annotations["${key}"]`;
}

function accountOf({ spec }: Pod): string {
  return spec.serviceAccountName ?? 'default';
}

function baseOf(pod: Pod, node: NodeSettings): PodPlacement {
  const { capacityType, architecture, subnets, securityGroups, assignPublicIp } = node;
  const taskRole = node.taskRoles?.[`${pod.metadata.namespace}/${accountOf(pod)}`] ?? node.defaultTaskRole;
  return {
    ...{ capacityType, architecture, subnets, securityGroups, assignPublicIp },
    platformVersion: node.platformVersion ?? 'LATEST',
    ...(taskRole === undefined ? {} : { taskRole }),
  };
}

/**
 * The role by the webhook of EKS, which has written it into the pod: the task gets it where that is allowed, and else the programs
 * keep the way that the webhook gave them.
 */
function withWebIdentity(placement: PodPlacement, pod: Pod, node: NodeSettings): PodPlacement {
  const taskRole = webIdentityRole(pod);
  return taskRole !== undefined && refusalOf(pod, node, placement, taskRole).length === 0
    ? { ...placement, taskRole }
    : placement;
}

/**
 * What a role by the webhook of EKS comes to: whether the task has it (or one that the pod asks for instead), and which rule is missing.
 * By the pod and the node alone.
 */
export function judgeIdentity(
  pod: Pod,
  node: NodeSettings,
): { readonly hasRole: boolean; readonly missing: string } {
  if (asksForRole(pod)) return { hasRole: true, missing: '' };
  const role = webIdentityRole(pod);
  const [refusal] = role === undefined ? [] : refusalOf(pod, node, baseOf(pod, node), role);
  const missing = refusal?.note ?? 'Give the task a role in its place (`taskRoles` of the node).';
  return { hasRole: role !== undefined && refusal === undefined, missing };
}

function asksForRole({ metadata }: Pod): boolean {
  return metadata.annotations?.[`${PREFIX}task-role`] !== undefined;
}

function refusalOf(
  pod: Pod,
  node: NodeSettings,
  placement: PodPlacement,
  taskRole: string,
): readonly FieldFault[] {
  const path = `serviceAccount.${annotationPath(ACCOUNT_ROLE)}`;
  return judgeWish({ pod, node, placement, change: { taskRole }, rule: 'taskRoles', path });
}

function withAccountRole(
  placement: PodPlacement,
  pod: Pod,
  node: NodeSettings,
  account: ServiceAccountFacts | undefined,
): ReturnType<typeof placementOf> {
  if (asksForRole(pod)) return { placement, faults: [] };
  if (hasWebIdentity(pod)) return { placement: withWebIdentity(placement, pod, node), faults: [] };
  const taskRole = account?.annotations[ACCOUNT_ROLE];
  if (taskRole === undefined) return { placement, faults: [] };
  return { placement: { ...placement, taskRole }, faults: refusalOf(pod, node, placement, taskRole) };
}

/**
 * What the node gives anyway needs no rule; everything else must be named by the rules for the pod's service account. A mixed node
 * gives neither capacity type for certain: whoever wants one of them needs a rule.
 */
function judgeWish(given: {
  readonly pod: Pod;
  readonly node: NodeSettings;
  readonly placement: PodPlacement;
  readonly change: Partial<PodPlacement>;
  readonly rule: keyof PlacementRule;
  readonly path: string;
}): readonly FieldFault[] {
  const { pod, node, placement, change, rule, path } = given;
  const allowed = rulesFor(pod, node).flatMap((each) => allowedBy(each[rule]));
  const had = Object.keys(change).flatMap((key) => valuesOf(placement[key as keyof PodPlacement]));
  const missing = Object.values(change)
    .flatMap(valuesOf)
    .filter((value) => !allowed.includes(value) && !had.includes(value));
  if (missing.length === 0) return [];
  const who = `namespace ${pod.metadata.namespace}, service account ${accountOf(pod)}`;
  const note = `No rule of node ${node.name} lets pods of ${who} have ${missing.join(', ')}: take it out, or add it to \`${rule}\` of a rule of \`allow\` in the settings of the node.`;
  return [{ path, note }];
}

function rulesFor(pod: Pod, { allow = [] }: NodeSettings): readonly PlacementRule[] {
  const matches = (pattern: string, name: string): boolean => pattern === '*' || pattern === name;
  return allow.filter(
    ({ namespace, serviceAccount }) =>
      matches(namespace, pod.metadata.namespace) && matches(serviceAccount, accountOf(pod)),
  );
}

/** What a rule names, as texts. A rule that allows a public address lets a pod do without one too. */
function allowedBy(setting: PlacementRule[keyof PlacementRule]): readonly string[] {
  if (typeof setting === 'boolean') return setting ? ['true', 'false'] : [];
  return valuesOf(setting);
}

function valuesOf(value: string | boolean | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}
