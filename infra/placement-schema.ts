import * as z from 'zod';
import { choice, flag, list, mapping, text, word } from './deployment-rules.ts';
import { securityGroups, subnets } from './network-rules.ts';

/** Names of a namespace and of a service account, as the API server takes them. */
const NAMESPACE = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const ACCOUNT = '[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?';

/** A role that a task may have. A pattern in its place would let pods have roles that nobody named. */
export const roleArn = text(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, {
  allowed: 'the ARN of an IAM role such as arn:aws:iam::123456789012:role/web, without a wildcard',
  wayOut: 'find it with `aws iam list-roles`; ecs-tasks.amazonaws.com must be trusted by it',
});

const capacityType = choice(['on-demand', 'spot'], 'use one of the two');
export const architecture = choice(['amd64', 'arm64'], 'choose what the images of the pods are built for');
export const platformVersion = text(/^(LATEST|\d{1,3}\.\d{1,3}\.\d{1,3})$/, {
  allowed: 'LATEST or a version such as 1.4.0',
  wayOut: 'leave it out to take LATEST',
});

/** Role by `<namespace>/<service account>`. */
export const taskRoles = z.record(
  word(new RegExp(`^${NAMESPACE}/${ACCOUNT}$`), {
    allowed: '<namespace>/<service account> such as shop/web',
    wayOut: 'one role for all is defaultTaskRole',
  }),
  roleArn,
  { error: 'allowed is a mapping of <namespace>/<service account> to the ARN of a role' },
);

/** What the pods of some service accounts may ask for by annotations. */
const placementRule = mapping(
  {
    namespace: text(new RegExp(`^(\\*|${NAMESPACE})$`), {
      allowed: 'the name of a namespace, or "*" for every one',
      wayOut: 'put the star in quotes',
    }),
    serviceAccount: text(new RegExp(`^(\\*|${ACCOUNT})$`), {
      allowed: 'the name of a service account, or "*" for every one',
      wayOut: 'put the star in quotes',
    }),
    taskRoles: some(roleArn, 'roles').exactOptional(),
    executionRoles: some(roleArn, 'roles').exactOptional(),
    subnets: subnets.exactOptional(),
    securityGroups: list(
      securityGroups.element,
      { min: 1, max: 50 },
      { allowed: '1 to 50 security group ids', wayOut: 'leave it out to allow none' },
    ).exactOptional(),
    assignPublicIp: flag('true lets a pod choose').exactOptional(),
    capacityTypes: some(capacityType, 'capacity types').exactOptional(),
    architectures: some(architecture, 'architectures').exactOptional(),
    platformVersions: some(platformVersion, 'platform versions').exactOptional(),
  },
  'see allow in examples/private.yaml',
);

/** The rules of a node; a pod may have what any rule that matches it names. */
export const allow = list(
  placementRule,
  { min: 1, max: 50 },
  { allowed: '1 to 50 rules', wayOut: 'leave it out to allow nothing' },
);

function some<Item extends z.ZodType>(item: Item, what: string): z.ZodArray<Item> {
  return list(
    item,
    { min: 1, max: 50 },
    { allowed: `1 to 50 ${what}`, wayOut: 'leave it out to allow none' },
  );
}
