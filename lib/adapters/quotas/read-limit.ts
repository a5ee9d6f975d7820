import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  ServiceQuotasClient,
  type ServiceQuota,
} from '@aws-sdk/client-service-quotas';
import type { CapacityType } from '../../core/capacity-type.ts';
import { CLIENT } from './client-options.ts';
import { classifyQuotaError, incomplete } from './classify-quota-error.ts';

/** "Fargate On-Demand vCPU resource count" and "Fargate Spot vCPU resource count", of the account in the Region. */
const CODES: Readonly<Record<CapacityType, string>> = { 'on-demand': 'L-3032A538', spot: 'L-36FBB829' };

type QuotasClient = Pick<ServiceQuotasClient, 'send'>;
interface QuotaName {
  readonly ServiceCode: string;
  readonly QuotaCode: string;
}

/** The quota of vCPU of a capacity type as it holds: the applied one, with a raise that was granted; where there is none, AWS's default. */
export async function readLimit(client: QuotasClient, capacityType: CapacityType): Promise<number> {
  const name = { ServiceCode: 'fargate', QuotaCode: CODES[capacityType] };
  return (await readApplied(client, name)) ?? (await readDefault(client, name));
}

/**
 * `undefined`: none is applied. "If the applied quota value is not available for a quota, the quota is not retrieved" (GetServiceQuota,
 * Service Quotas API Reference): so it may be in an account that never asked for more.
 */
async function readApplied(client: QuotasClient, name: QuotaName): Promise<number | undefined> {
  const what = `servicequotas:GetServiceQuota ${name.QuotaCode}`;
  try {
    return valueOf((await client.send(new GetServiceQuotaCommand(name))).Quota, what);
  } catch (error) {
    if (error instanceof NoSuchResourceException) return undefined;
    throw classifyQuotaError(error, what);
  }
}

async function readDefault(client: QuotasClient, name: QuotaName): Promise<number> {
  const what = `servicequotas:GetAWSDefaultServiceQuota ${name.QuotaCode}`;
  try {
    return valueOf((await client.send(new GetAWSDefaultServiceQuotaCommand(name))).Quota, what);
  } catch (error) {
    throw classifyQuotaError(error, what);
  }
}

function valueOf(quota: ServiceQuota | undefined, what: string): number {
  if (quota?.Value === undefined) throw incomplete(what, quota?.ErrorReason?.ErrorMessage);
  return quota.Value;
}

/** The client for it; no more than two sends of a few seconds each: nobody waits for a quota. */
export function createQuotasClient(): ServiceQuotasClient {
  return new ServiceQuotasClient(CLIENT);
}
