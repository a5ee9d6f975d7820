import { listAt, read, textOf, type JsonLike } from '../../local/explain/read-path.ts';
import type { CapacityType } from '../../core/capacity-type.ts';
import type { Instant } from '../../core/kubernetes.ts';
import { absentOn, numberIn } from '../aws/aws-refusal.ts';
import type { Aws } from '../aws/ask-aws.ts';
import { lookAt, lookFurther, type Fact } from '../fact.ts';

/** Who asks. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** The quota of vCPU that run at a time on one capacity type. */
export interface FargateQuota {
  readonly limit: number;
  /** What the whole account takes of it now. */
  readonly inUse: Fact<number>;
}

/** What must be in an account before anything is deployed. */
export interface AccountFacts {
  /** The version of the CDK bootstrap; `undefined`: there is none. */
  readonly cdkBootstrap: Fact<number | undefined>;
  /** Whether ECS has its service-linked role. */
  readonly serviceRole: Fact<boolean>;
  readonly quotas: Readonly<Record<CapacityType, Fact<FargateQuota>>>;
  /** How many invocations of all functions of the account may run at a time. */
  readonly concurrency: Fact<number>;
}

/** `Fargate On-Demand vCPU resource count` and `Fargate Spot vCPU resource count` (Service Quotas, service `fargate`). */
export const QUOTA_CODES: Readonly<Record<CapacityType, string>> = {
  'on-demand': 'L-3032A538',
  spot: 'L-36FBB829',
};
/** Where the CDK keeps the version of its bootstrap, with the qualifier that it uses by default. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';
/** `Concurrent executions` of the service `lambda`. */
export const CONCURRENCY_CODE = 'L-B99A9384';
const SERVICE_ROLE = 'AWSServiceRoleForECS';
const USAGE_MS = 15 * 60_000;

/** @throws AwsRefusal */
export async function probeCaller(aws: Aws): Promise<Caller> {
  const answer = await aws.ask('sts', 'GetCallerIdentity');
  return { account: textOf(answer['Account'], ''), arn: textOf(answer['Arn'], '') };
}

/** Looks at all of it. */
export async function probeAccount(aws: Fact<Aws>, now: Instant): Promise<AccountFacts> {
  const [cdkBootstrap, serviceRole, onDemand, spot, concurrency] = await Promise.all([
    lookFurther(aws, bootstrapVersion),
    lookFurther(aws, hasServiceRole),
    lookFurther(aws, (known) => quotaOf(known, 'on-demand', now)),
    lookFurther(aws, (known) => quotaOf(known, 'spot', now)),
    lookFurther(aws, async (known) =>
      limitIn(await askQuota(known, { ServiceCode: 'lambda', QuotaCode: CONCURRENCY_CODE })),
    ),
  ]);
  return { cdkBootstrap, serviceRole, concurrency, quotas: { 'on-demand': onDemand, spot } };
}

async function bootstrapVersion(aws: Aws): Promise<number | undefined> {
  const question = aws.ask('ssm', 'GetParameter', { Name: BOOTSTRAP_PARAMETER });
  const answer = await absentOn(['ParameterNotFound'], question);
  return answer && numberIn(read(answer, ['Parameter', 'Value']), 'ssm:GetParameter');
}

async function hasServiceRole(aws: Aws): Promise<boolean> {
  const question = aws.ask('iam', 'GetRole', { RoleName: SERVICE_ROLE });
  return (await absentOn(['NoSuchEntity'], question)) !== undefined;
}

async function quotaOf(aws: Aws, type: CapacityType, now: Instant): Promise<FargateQuota> {
  const answer = await askQuota(aws, { ServiceCode: 'fargate', QuotaCode: QUOTA_CODES[type] });
  const metric = read(answer, ['Quota', 'UsageMetric']);
  return { limit: limitIn(answer), inUse: await lookAt(() => useOf(aws, metric, type, now)) };
}

function limitIn(answer: JsonLike): number {
  return numberIn(read(answer, ['Quota', 'Value']), 'servicequotas:GetServiceQuota');
}

/** A quota as applied to the account; one that was never changed is known as a default only. */
async function askQuota(
  aws: Aws,
  name: { readonly ServiceCode: string; readonly QuotaCode: string },
): Promise<JsonLike> {
  const applied = await absentOn(
    ['NoSuchResourceException'],
    aws.ask('servicequotas', 'GetServiceQuota', name),
  );
  return applied ?? aws.ask('servicequotas', 'GetAWSDefaultServiceQuota', name);
}

/** What runs now, by the metric that the quota itself names; no data is no use. */
async function useOf(aws: Aws, metric: unknown, type: CapacityType, now: Instant): Promise<number> {
  const dimensions = Object.entries((read(metric, ['MetricDimensions']) ?? usageOf(type)) as JsonLike);
  const answer = await aws.ask('cloudwatch', 'GetMetricStatistics', {
    Namespace: textOf(read(metric, ['MetricNamespace']), 'AWS/Usage'),
    MetricName: textOf(read(metric, ['MetricName']), 'ResourceCount'),
    Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
    ...{ Statistics: ['Maximum'], Period: 300 },
    StartTime: Math.floor((now - USAGE_MS) / 1000),
    EndTime: Math.floor(now / 1000),
  });
  const points = listAt(answer, ['Datapoints']).toSorted((one, other) => timeOf(other) - timeOf(one));
  return Number(read(points[0], ['Maximum']) ?? 0);
}

/** The dimensions of Fargate's usage in `AWS/Usage` ("AWS Fargate usage metrics", Amazon ECS Developer Guide). */
function usageOf(type: CapacityType): JsonLike {
  return {
    Service: 'Fargate',
    Type: 'Resource',
    Resource: 'vCPU',
    Class: type === 'spot' ? 'Standard/Spot' : 'Standard/OnDemand',
  };
}

/** Seconds in JSON, or an ISO text. */
function timeOf(point: unknown): number {
  const time = read(point, ['Timestamp']);
  return typeof time === 'number' ? time : Date.parse(textOf(time, '')) / 1000;
}
