import { list, text } from './deployment-rules.ts';

/** An image with its registry, by tag or digest. */
export const IMAGE = /^[a-z0-9][\w.:-]*(\/[\w.-]+)+(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?$/;

/** Ids of subnets, as many as RunTask takes. */
export const subnets = list(
  text(/^subnet-[0-9a-f]{8,17}$/, {
    allowed: 'a subnet id such as subnet-0123456789abcdef0',
    wayOut: 'find yours with `aws ec2 describe-subnets`',
  }),
  { min: 1, max: 16 },
  {
    allowed: '1 to 16 subnet ids (the limit of RunTask)',
    wayOut: 'find yours with `aws ec2 describe-subnets`',
  },
);

/** Ids of security groups, as many as RunTask takes, or none. */
export const securityGroups = list(
  text(/^sg-[0-9a-f]{8,17}$/, {
    allowed: 'a security group id such as sg-0123456789abcdef0',
    wayOut: 'find yours with `aws ec2 describe-security-groups`',
  }),
  { min: 0, max: 5 },
  {
    allowed: 'at most 5 security group ids (the limit of RunTask)',
    wayOut: 'leave it out to take the default group of the VPC',
  },
);
