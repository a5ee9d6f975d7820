import type * as z from 'zod';
import { choice, flag, list, mapping, text } from './deployment-rules.ts';
import { IMAGE, securityGroups, subnets } from './network-rules.ts';

const image = text(IMAGE, {
  allowed: 'an image with its registry, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/node:24-slim',
  wayOut: 'leave it out where the subnets reach public.ecr.aws',
});

/** What may follow an address: an IPv4 or IPv6 network. */
const cidr = text(
  /^(\d{1,3}(\.\d{1,3}){3}\/(\d|[12]\d|3[0-2])|[0-9a-fA-F:]{2,39}\/(\d{1,2}|1[01]\d|12[0-8]))$/,
  {
    allowed: 'a network such as 10.0.0.0/16',
    wayOut: 'name the subnets of the control plane and of metrics-server',
  },
);

/** The gateway of a cluster; that there is one at all is what switches it on. */
export const gateway = mapping(
  {
    subnets,
    securityGroups: list(
      securityGroups.element,
      { min: 1, max: 5 },
      { allowed: '1 to 5 security group ids', wayOut: 'leave it out to have one made' },
    ).exactOptional(),
    vpcId: text(/^vpc-[0-9a-f]{8,17}$/, {
      allowed: 'a VPC id such as vpc-0123456789abcdef0',
      wayOut: 'find yours with `aws ec2 describe-subnets --query "Subnets[].VpcId"`',
    }).exactOptional(),
    allowedCidrs: list(
      cidr,
      { min: 1, max: 20 },
      { allowed: '1 to 20 networks', wayOut: 'leave it out to admit none' },
    ).exactOptional(),
    allowedSecurityGroups: list(
      securityGroups.element,
      { min: 1, max: 20 },
      { allowed: '1 to 20 security group ids', wayOut: 'leave it out to admit none' },
    ).exactOptional(),
    assignPublicIp: flag('true for public subnets without a NAT gateway').default(false),
    capacityType: choice(['on-demand', 'spot'], 'spot costs a third and is interrupted now and then').default(
      'on-demand',
    ),
    approveCertificates: flag(
      'true lets the gateway approve its own serving certificates; else an administrator does',
    ).default(false),
    containerInsights: flag(
      'true turns Container Insights of the ECS cluster of the pods on, which AWS bills (docs/metrics.md)',
    ).default(false),
    image: image.exactOptional(),
  },
  'see docs/gateway.md',
);

/** A gateway, validated, with every default filled in. */
export type GatewaySettings = z.output<typeof gateway>;
