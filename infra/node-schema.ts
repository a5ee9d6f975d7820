import * as z from 'zod';
import { choice, flag, list, mapping, text } from './deployment-rules.ts';
import { securityGroups, subnets } from './network-rules.ts';
import {
  allow,
  architecture,
  capacityType,
  platformVersion,
  roleArn,
  taskRoles,
} from './placement-schema.ts';

/** YAML reads `cpu: 40` as a number; as a quantity it means the same. */
const quantity = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  text(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, {
    allowed: 'a Kubernetes quantity such as 40, 500m or 160Gi',
    wayOut: 'choose what the Fargate vCPU quota of the account can carry',
  }),
);

const LABEL = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const labelKey = text(new RegExp(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${LABEL}$`), {
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
  'see nodes[].taints in docs/operations.md',
);

/** What pods get and may ask for; the functions know the defaults (lib/core/node-settings.ts), so that they stand in one place. */
const podSettings = {
  platformVersion: platformVersion.exactOptional(),
  helperImage: text(/^[a-z0-9][\w.:-]*(\/[\w.-]+)+(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?$/, {
    allowed: 'a complete image name such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/busybox:1.37.0-musl',
    wayOut: 'leave it out where pods reach public.ecr.aws; see docs/operations.md for what to copy',
  }).exactOptional(),
  apiEndpoint: text(/^[A-Za-z0-9]([-.A-Za-z0-9]{0,251}[A-Za-z0-9])?(:\d{1,5})?$/, {
    allowed: 'host or host:port, without https://',
    wayOut: 'leave it out if pods reach the API server as the functions do',
  }).exactOptional(),
  taskRoles: taskRoles.exactOptional(),
  defaultTaskRole: roleArn.exactOptional(),
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

/** One virtual node. */
export const node = mapping(
  {
    name: text(/^[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/, {
      allowed: 'a lower-case DNS name of at most 63 characters (it becomes a label value)',
      wayOut: 'choose a name that no other node of the cluster has',
    }),
    architecture,
    capacity: mapping(
      { cpu: quantity, memory: quantity, pods: quantity, 'ephemeral-storage': quantity },
      'name all four',
    ),
    labels: z
      .record(labelKey, labelValue, { error: 'allowed is a mapping of label keys to values' })
      .default({}),
    taints: list(taint, { min: 0, max: 50 }, { allowed: 'a list of taints', wayOut: 'leave it out' }).default(
      [],
    ),
    subnets,
    securityGroups: securityGroups.default([]),
    assignPublicIp: flag(
      'true needs public subnets; false needs a NAT gateway or VPC endpoints, or images cannot be pulled',
    ).default(false),
    capacityType: capacityType.default('on-demand'),
    zone: text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, {
      allowed: 'an availability zone such as eu-west-1a',
      wayOut: 'set it only if every subnet lies in this one zone',
    }).exactOptional(),
    podsReady: flag('false keeps every pod out of its Services, for trials').default(true),
    ...podSettings,
  },
  'describe the node as in infra/deployment.yaml',
);
