import * as z from 'zod';
import { between, choice, flag, list, mapping, ruleText, text, whole, word } from './deployment-rules.ts';
import { IMAGE, securityGroups, subnets } from './network-rules.ts';
import { allow, architecture, platformVersion, roleArn, taskRoles } from './placement-schema.ts';

/** A quantity above nothing. A number means the same as a quantity that is only digits, and YAML reads `cpu: 40` as one. */
function quantity(pattern: RegExp, allowed: string, number: { minimum: number; multipleOf?: number }) {
  const error = ruleText({ allowed, wayOut: 'leave it out to follow the Fargate quota of the account' });
  return z
    .union([z.string(), z.number()], { error })
    .refine((value) => pattern.test(String(value)), { error })
    .meta({ pattern: pattern.source, ...number })
    .transform(String);
}

const cpu = quantity(
  /^(?=.*[1-9])(\d{1,9}(\.\d{1,3})?|\d{1,12}m)$/,
  'a Kubernetes quantity of CPU above 0 such as 40, 0.5 or 500m',
  { minimum: 0.001 },
);
const bytes = quantity(
  /^(?=.*[1-9])(\d{7,15}|\d{1,9}(\.\d{1,3})?(k|M|G|T|Ki|Mi|Gi|Ti))$/,
  'a Kubernetes quantity of bytes above 0 with its unit, such as 160Gi',
  { minimum: 1_000_000 },
);
/** The API server takes no part of a pod. */
const pods = quantity(/^[1-9]\d{0,8}$/, 'a whole number of pods from 1, such as 110', {
  minimum: 1,
  multipleOf: 1,
});

const LABEL = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const labelKey = word(new RegExp(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${LABEL}$`), {
  allowed: 'a Kubernetes label key such as example.com/team',
  wayOut: 'the API server would refuse it otherwise',
});
const labelValue = text(new RegExp(`^(${LABEL})?$`), {
  allowed: 'a Kubernetes label value: at most 63 letters, digits, dashes, dots and underscores',
  wayOut: 'put numbers and true/false in quotes',
});

const taint = mapping(
  {
    key: labelKey,
    value: labelValue.exactOptional(),
    effect: choice(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], 'use one of the three'),
  },
  'see taints in infra/deployment.schema.json',
);

/** What may be used at a time; an empty one would say nothing. */
export const ceiling = mapping(
  {
    vcpu: between(0.25, 1_000_000, {
      allowed: 'vCPU from 0.25',
      wayOut: 'leave it out for no bound',
    }).exactOptional(),
    usdPerHour: between(0.001, 1_000_000, {
      allowed: 'USD an hour from 0.001',
      wayOut: 'leave it out for no bound',
    }).exactOptional(),
  },
  'give vcpu or usdPerHour',
)
  .refine(({ vcpu, usdPerHour }) => vcpu !== undefined || usdPerHour !== undefined, {
    error: 'allowed is a mapping of vcpu or usdPerHour; give one of them, or leave the ceiling out',
  })
  .meta({ minProperties: 1 });

const zone = word(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, {
  allowed: 'an availability zone such as eu-west-1a',
  wayOut: 'give subnets instead of zones for one node over all of them',
});

const ZONES = 'allowed is a mapping of availability zones to lists of subnet ids; name one zone at least';

/** What pods get and may ask for; the functions know the defaults (lib/core/node-settings.ts), so that they stand in one place. */
const podSettings = {
  platformVersion: platformVersion.exactOptional(),
  helperImage: text(IMAGE, {
    allowed: 'a complete image name such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/busybox:1.37.0-musl',
    wayOut: 'leave it out where pods reach public.ecr.aws; see docs/operations.md for what to copy',
  }).exactOptional(),
  apiEndpoint: text(/^[A-Za-z0-9]([-.A-Za-z0-9]{0,251}[A-Za-z0-9])?(:\d{1,5})?$/, {
    allowed: 'host or host:port, without https://',
    wayOut: 'leave it out if pods reach the API server as the functions do',
  }).exactOptional(),
  taskRoles: taskRoles.exactOptional(),
  defaultTaskRole: roleArn.exactOptional(),
  exec: flag(
    'true lets kubectl exec and cp into pods: their tasks get a role for ssmmessages and need a way to that endpoint',
  ).exactOptional(),
  allow: allow.exactOptional(),
  networkPolicies: choice(
    ['warn', 'refuse'],
    'nothing enforces a network policy here; refuse keeps the pods off that one selects',
  ).exactOptional(),
  serviceLinks: flag('true only where cluster IPs can be reached from the subnets').exactOptional(),
  costLabels: list(
    labelKey,
    { min: 0, max: 50 },
    { allowed: 'at most 50 keys of pod labels (the limit of ECS for tags)', wayOut: 'leave it out for all' },
  ).exactOptional(),
  clusterDomain: text(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/, {
    allowed: 'a DNS domain such as cluster.local',
    wayOut: 'set it only after the recipe of docs/networking.md',
  }).exactOptional(),
};

/** One entry of the matrix of virtual nodes. */
export const node = mapping(
  {
    name: word(
      /^([a-z0-9]|\{zone\}|\{architecture\}|\{capacityType\})([-.a-z0-9]|\{zone\}|\{architecture\}|\{capacityType\})*$/,
      {
        allowed: 'a lower-case DNS name, which may contain {zone}, {architecture} and {capacityType}',
        wayOut: 'choose a name that no other node of the cluster has',
      },
    ),
    subnets: subnets.exactOptional(),
    zones: z
      .record(zone, subnets, { error: ZONES })
      .refine((zones) => Object.keys(zones).length > 0, { error: ZONES })
      .meta({ minProperties: 1 })
      .exactOptional(),
    architectures: several(architecture, 'amd64 and arm64').default(['amd64']),
    capacityTypes: several(
      choice(['on-demand', 'spot', 'mixed'], 'use one of the three'),
      'on-demand, spot and mixed',
    ).default(['on-demand']),
    spotPercent: whole(1, 99, {
      allowed: 'a whole percentage from 1 to 99',
      wayOut: 'use the capacity type spot or on-demand for all or none',
    }).exactOptional(),
    cpu: cpu.default('1000'),
    memory: bytes.default('8000Gi'),
    pods: pods.default('1000'),
    ephemeralStorage: bytes.default('20Ti'),
    ceiling: ceiling.exactOptional(),
    labels: z
      .record(labelKey, labelValue, { error: 'allowed is a mapping of label keys to values' })
      .default({}),
    taints: list(taint, { min: 0, max: 50 }, { allowed: 'a list of taints', wayOut: 'leave it out' }).default(
      [],
    ),
    securityGroups: securityGroups.default([]),
    assignPublicIp: flag(
      'true needs public subnets; false needs a NAT gateway or VPC endpoints, or images cannot be pulled',
    ).default(false),
    podsReady: flag('false keeps every pod out of its Services, for trials').default(true),
    ...podSettings,
  },
  'describe the node as in examples/eks.yaml',
);

/** One entry of the matrix, with every default filled in. */
export type NodeEntry = z.output<typeof node>;

function several<Item extends z.ZodType>(item: Item, all: string): z.ZodArray<Item> {
  return list(item, { min: 1, max: 3 }, { allowed: `a list of ${all}`, wayOut: 'name one at least' });
}
