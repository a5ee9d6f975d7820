import type { CapacityType } from '../../core/capacity-type.ts';
import { capacityTypesOf, vcpuOf } from '../../core/node-quota.ts';
import { fault, judgeKnown, verdict, warning, type Finding, type Problem } from '../finding.ts';
import {
  CONCURRENCY_CODE,
  QUOTA_CODES,
  type AccountFacts,
  type FargateQuota,
} from '../probes/probe-account.ts';
import type { Subject } from '../subject.ts';

/** What the stacks of the CDK insist on (its `DefaultStackSynthesizer`). */
const LEAST_BOOTSTRAP = 6;
/** What one cluster takes of the concurrency of the account (docs/support.md). */
const REST_INVOCATIONS = 3;
const BURST_INVOCATIONS = 12;
/** The smallest task. */
const LEAST_VCPU = 0.25;

/** Whether the account has what every deployment needs. */
export function judgeAccount(subject: Subject, facts: AccountFacts): readonly Finding[] {
  const { cdkBootstrap, serviceRole } = facts;
  const place =
    subject.region === undefined ? '' : ` aws://${subject.account ?? 'ACCOUNT'}/${subject.region}`;
  return [
    ...judgeKnown('cdk-bootstrap', cdkBootstrap, (version) => {
      const fix = `npx cdk bootstrap${place}`;
      const problems = [
        ...(version === undefined
          ? [fault('the CDK is not bootstrapped in this account and Region', fix)]
          : []),
        ...(version !== undefined && version < LEAST_BOOTSTRAP
          ? [fault(`version ${version}: allowed is ${LEAST_BOOTSTRAP} or newer`, fix)]
          : []),
      ];
      return verdict('cdk-bootstrap', problems, `version ${version}`);
    }),
    ...judgeKnown('ecs-service-role', serviceRole, (isThere) =>
      verdict(
        'ecs-service-role',
        isThere
          ? []
          : [
              warning(
                'the service-linked role of ECS is not there yet; it is made with the first ECS cluster, if whoever deploys may do that',
                'aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
              ),
            ],
        'AWSServiceRoleForECS is there',
      ),
    ),
    ...judgeQuotas(subject, facts.quotas),
    ...judgeKnown('lambda-concurrency', facts.concurrency, judgeConcurrency),
  ];
}

function judgeConcurrency(limit: number): readonly Finding[] {
  const problems =
    limit < BURST_INVOCATIONS
      ? [
          warning(
            `${limit} invocations may run at a time in this account, and one cluster takes ${REST_INVOCATIONS} at rest and up to ${BURST_INVOCATIONS} in a burst`,
            `aws service-quotas request-service-quota-increase --service-code lambda --quota-code ${CONCURRENCY_CODE} --desired-value 1000`,
          ),
        ]
      : [];
  return verdict('lambda-concurrency', problems, `${limit} invocations at a time`);
}

function judgeQuotas({ settings }: Subject, quotas: AccountFacts['quotas']): readonly Finding[] {
  const types = [...new Set(settings.nodes.flatMap(capacityTypesOf))];
  return types.flatMap((type) =>
    judgeKnown('fargate-quota', quotas[type], (quota) => {
      const promised = promisedVcpu(settings.nodes, type);
      return verdict(
        'fargate-quota',
        quotaProblems(type, quota, promised),
        `${describe(type, quota)}; the nodes promise at most ${promised}`,
      );
    }),
  );
}

/** What the nodes may have running at a time: what they show, or their ceiling where that is less. */
function promisedVcpu(nodes: Subject['settings']['nodes'], type: CapacityType): number {
  return nodes
    .filter((node) => capacityTypesOf(node).includes(type))
    .reduce(
      (sum, { capacity, ceiling }) => sum + Math.min(vcpuOf(capacity.cpu), ceiling?.vcpu ?? Infinity),
      0,
    );
}

function quotaProblems(type: CapacityType, quota: FargateQuota, promised: number): readonly Problem[] {
  const { limit, inUse } = quota;
  const left = limit - (inUse.kind === 'known' ? inUse.value : 0);
  const ask = (least: number): string =>
    `aws service-quotas request-service-quota-increase --service-code fargate --quota-code ${QUOTA_CODES[type]} --desired-value ${Math.ceil(least)}`;
  if (left < LEAST_VCPU)
    return [
      fault(
        `${describe(type, quota)}: not even the smallest task can start`,
        ask(Math.max(promised, limit + 1)),
      ),
    ];
  if (promised > limit)
    return [
      warning(
        `${describe(type, quota)}, and the nodes promise ${promised}: they show what the quota leaves, and pods above it wait`,
        `${ask(promised)}, or lower cpu of the nodes`,
      ),
    ];
  return inUse.kind === 'known'
    ? []
    : [{ status: 'unknown', message: `${describe(type, quota)}; what is in use is not known: ${inUse.why}` }];
}

function describe(type: CapacityType, { limit, inUse }: FargateQuota): string {
  const used = inUse.kind === 'known' ? `, ${inUse.value} in use` : '';
  return `${type === 'spot' ? 'Spot' : 'on demand'}: ${limit} vCPU${used}`;
}
