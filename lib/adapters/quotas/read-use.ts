import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { CapacityType } from '../../core/capacity-type.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { VcpuQuota } from '../../core/node-quota.ts';
import { CLIENT } from './client-options.ts';
import { classifyQuotaError } from './classify-quota-error.ts';

/** The values of the dimension `Class` ("AWS Fargate usage metrics", Amazon ECS Developer Guide). */
const CLASSES: Readonly<Record<CapacityType, string>> = {
  'on-demand': 'Standard/OnDemand',
  spot: 'Standard/Spot',
};

const PERIOD_SECONDS = 60;
/** What was measured longer ago says nothing of now. */
const WINDOW_MS = 20 * 60_000;

/**
 * What the account takes of the quota of a capacity type, as last measured; `undefined`: nothing was measured lately, as for an account
 * that runs nothing. One metric a call: unlike GetMetricData it is in the million free requests of an account.
 */
export async function readUse(
  client: Pick<CloudWatchClient, 'send'>,
  capacityType: CapacityType,
  now: Instant,
): Promise<VcpuQuota['use']> {
  const query = new GetMetricStatisticsCommand({
    Namespace: 'AWS/Usage',
    MetricName: 'ResourceCount',
    Dimensions: [
      { Name: 'Service', Value: 'Fargate' },
      { Name: 'Type', Value: 'Resource' },
      { Name: 'Resource', Value: 'vCPU' },
      { Name: 'Class', Value: CLASSES[capacityType] },
    ],
    StartTime: new Date(now - WINDOW_MS),
    EndTime: new Date(now),
    Period: PERIOD_SECONDS,
    Statistics: ['Maximum'],
  });
  try {
    const { Datapoints = [] } = await client.send(query);
    const points = Datapoints.flatMap(({ Timestamp, Maximum }) =>
      Timestamp === undefined || Maximum === undefined
        ? []
        : [{ minute: Timestamp.getTime(), vcpu: Maximum }],
    );
    // CloudWatch gives them in no order.
    return points.toSorted((one, other) => other.minute - one.minute)[0];
  } catch (error) {
    throw classifyQuotaError(error, 'cloudwatch:GetMetricStatistics AWS/Usage');
  }
}

/** The client for it. */
export function createUseClient(): CloudWatchClient {
  return new CloudWatchClient(CLIENT);
}
