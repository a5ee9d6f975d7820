import * as z from 'zod';
import { AwsError, unknownOperation } from '../aws-model.ts';
import type { AwsModel, Place } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { FaultPlan } from '../plan-faults.ts';

/** The emulated Service Quotas. */
export interface ServiceQuotasModel extends AwsModel {
  /** The next call of an operation fails. */
  failNext(operation: string, error: AwsError): void;
  /** How many calls of an operation arrived, also those that failed. */
  callCount(operation: string): number;
  /** From now on the account is one whose quotas nobody ever changed: no value is applied, and the default holds. */
  forgetApplied(): void;
}

/** What bounds the account; `undefined` means that there is no limit. */
interface Limits {
  readonly onDemandVcpus: number | undefined;
  readonly spotVcpus: number | undefined;
}

const QUOTAS: Readonly<
  Record<string, { readonly name: string; readonly limit: keyof Limits; readonly usageClass: string }>
> = {
  'L-3032A538': {
    name: 'Fargate On-Demand vCPU resource count',
    limit: 'onDemandVcpus',
    usageClass: 'Standard/OnDemand',
  },
  'L-36FBB829': {
    name: 'Fargate Spot vCPU resource count',
    limit: 'spotVcpus',
    usageClass: 'Standard/Spot',
  },
};

const schema = z.object({ ServiceCode: z.string(), QuotaCode: z.string() });

/**
 * Service Quotas as a pure model: the two quotas that Fargate tasks are bound by, as the emulated ECS enforces them now. GetServiceQuota
 * knows an applied value only ("If the applied quota value is not available for a quota, the quota is not retrieved", Service Quotas API
 * Reference), GetAWSDefaultServiceQuota the default only. An account without a limit, which AWS does not have, has neither.
 */
export function createServiceQuotasModel(given: {
  readonly place: Place;
  readonly limits: Limits;
}): ServiceQuotasModel {
  const faults = new FaultPlan();
  const calls = new Map<string, number>();
  let isApplied = true;
  return {
    failNext: (operation, error) => faults.failNext(operation, error),
    callCount: (operation) => calls.get(operation) ?? 0,
    handle: (name, input) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      if (name !== 'GetServiceQuota' && name !== 'GetAWSDefaultServiceQuota') throw unknownOperation(name);
      return faults.around(name, () => {
        const asked = parseInput(schema, input);
        if (name === 'GetServiceQuota' && !isApplied) throw noSuchQuota();
        return { Quota: readQuota(given, asked) };
      });
    },
    forgetApplied: () => {
      isApplied = false;
    },
    advance: () => undefined,
    nextDue: () => undefined,
  };
}

function readQuota(
  { place, limits }: { readonly place: Place; readonly limits: Limits },
  { ServiceCode, QuotaCode }: z.infer<typeof schema>,
): unknown {
  const quota = ServiceCode === 'fargate' ? QUOTAS[QuotaCode] : undefined;
  const Value = quota === undefined ? undefined : limits[quota.limit];
  if (quota === undefined || Value === undefined) throw noSuchQuota();
  return {
    ...{ ServiceCode, QuotaCode, Value, ServiceName: 'AWS Fargate', QuotaName: quota.name, Unit: 'None' },
    QuotaArn: `arn:aws:servicequotas:${place.region}:${place.account}:fargate/${QuotaCode}`,
    ...{ Adjustable: true, GlobalQuota: false, QuotaAppliedAtLevel: 'ACCOUNT' },
    UsageMetric: {
      MetricNamespace: 'AWS/Usage',
      MetricName: 'ResourceCount',
      MetricDimensions: { Service: 'Fargate', Type: 'Resource', Resource: 'vCPU', Class: quota.usageClass },
      MetricStatisticRecommendation: 'Maximum',
    },
  };
}

function noSuchQuota(): AwsError {
  return new AwsError(
    'NoSuchResourceException',
    'The request failed because the specified service or quota does not exist.',
  );
}
