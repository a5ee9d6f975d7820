import type { CapacityType } from '../../../core/capacity-type.ts';
import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { TaskUse } from '../../../core/task-use.ts';
import type { TaskSize } from './choose-size.ts';
import { hourlyPrice } from './price-task.ts';
import { sizeOf } from './sum-resources.ts';
import { placementOf, settlePlacement } from '../support/support-annotations.ts';

/** A task as it is billed. */
interface BilledTask {
  readonly size: TaskSize;
  readonly diskGiB?: number;
  readonly region: string;
  readonly architecture: NodeSettings['architecture'];
  readonly capacityType: CapacityType;
}

const VCPU = 1024;
/** Prices are compared with ceilings and added up: to nine decimals, so that a sum of them is exact. */
const DECIMALS = 9;

/** What a task of that size takes of the account. */
export function useOfTask({ size, capacityType, ...of }: BilledTask): TaskUse {
  const { usd } = hourlyPrice(size, { ...of, capacityType });
  return { vcpu: size.cpu / VCPU, usdPerHour: Number(usd.toFixed(DECIMALS)), capacityType };
}

/**
 * What a task of the pod would take: the size that is bought for it, not what it asks for. `undefined` where no size is large enough.
 * Without a whole plan, because it is asked for every pod of a node.
 */
export function useOfPod(pod: Pod, node: NodeSettings, mixedAs: CapacityType): TaskUse | undefined {
  const sized = sizeOf(pod.spec);
  if (sized.kind !== 'fits') return undefined;
  const { size, diskGiB } = sized;
  const { architecture, capacityType } = settlePlacement(placementOf(pod, node).placement, mixedAs);
  const { region } = node;
  return useOfTask({ size, region, architecture, capacityType, ...(diskGiB !== undefined && { diskGiB }) });
}
