import type { CapacityType } from '../../../core/capacity-type.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { TaskSize } from './choose-size.ts';

/** USD for an hour of one vCPU and of one GB of memory. */
interface Rate {
  readonly vcpu: number;
  readonly gb: number;
}

/** List prices of one Region by architecture. */
type RegionRates = Readonly<Partial<Record<NodeSettings['architecture'], Rate>>>;

const X86_VIRGINIA: Rate = { vcpu: 0.04048, gb: 0.004445 };
const ARM_VIRGINIA: Rate = { vcpu: 0.03238, gb: 0.00356 };

/**
 * List prices of Fargate for Linux, on demand (AWS price list, usage types `Fargate-vCPU-Hours:perCPU`, `Fargate-GB-Hours` and
 * `Fargate-ARM-..`, as known in August 2026). Only Regions whose prices were looked up; {@link hourlyPrice} says of the others
 * that it gives those of us-east-1.
 */
const RATES: Readonly<Record<string, RegionRates>> = {
  'us-east-1': { amd64: X86_VIRGINIA, arm64: ARM_VIRGINIA },
  'us-west-2': { amd64: X86_VIRGINIA },
  'eu-west-1': { amd64: X86_VIRGINIA, arm64: ARM_VIRGINIA },
  'eu-central-1': { amd64: { vcpu: 0.04656, gb: 0.00511 } },
  'sa-east-1': { amd64: { vcpu: 0.0696, gb: 0.0076 }, arm64: { vcpu: 0.0557, gb: 0.00612 } },
};
const REFERENCE = 'us-east-1';

/** Disk above what every task has, USD for an hour of one GB (us-east-1; usage type `Fargate-EphemeralStorage-GB-Hours`). */
const DISK_RATE = 0.000111;
const INCLUDED_DISK = 20;

/** Spot has no list price: AWS says "up to 70 % off" and moves it with demand, so this is the least that it can be. */
const SPOT_SHARE = 0.3;

/** What a task costs an hour. */
export interface HourlyPrice {
  readonly usd: number;
  /** The Region whose list price this is: `us-east-1` where that of the task's own is not known here. */
  readonly region: string;
  readonly capacityType: CapacityType;
}

/**
 * The list price of an hour of a task: CPU, memory, and disk above 20 GiB. Of Spot the least that it can be (70 % off CPU and
 * memory; the disk costs the same). Without taxes, discounts, public addresses, logs and traffic.
 */
export function hourlyPrice(
  size: TaskSize,
  of: Pick<NodeSettings, 'region' | 'architecture'> & {
    readonly capacityType: CapacityType;
    readonly diskGiB?: number;
  },
): HourlyPrice {
  const { architecture, capacityType, diskGiB = INCLUDED_DISK } = of;
  const own = RATES[of.region]?.[architecture];
  const rate = own ?? (architecture === 'arm64' ? ARM_VIRGINIA : X86_VIRGINIA);
  const compute = (size.cpu / 1024) * rate.vcpu + (size.memory / 1024) * rate.gb;
  const disk = Math.max(0, diskGiB - INCLUDED_DISK) * DISK_RATE;
  return {
    usd: compute * (capacityType === 'spot' ? SPOT_SHARE : 1) + disk,
    region: own === undefined ? REFERENCE : of.region,
    capacityType,
  };
}
