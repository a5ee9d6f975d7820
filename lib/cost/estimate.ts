import { FUNCTION_SHAPES } from '../../infra/function-shapes.ts';
import { hourlyPrice } from '../providers/ecs-fargate/plan/price-task.ts';
import {
  billOf,
  isHolding,
  isOfLoop,
  minus,
  MONTH_MINUTES,
  sumOf,
  times,
  type BillLine,
  type Memory,
} from './bill.ts';
import type { Counted } from './count-deployment.ts';
import type { Mode, ModeCounts, StoryCounts } from './count-stories.ts';
import { CONFIG_ITEMS, fixedParts, type CostedDeployment, type FixedPart } from './fixed-parts.ts';
import { PRICE_LIST } from './prices/price-list.ts';

/** The control loop without pods. */
export interface IdleEstimate {
  /** Without what is told apart. */
  readonly usdPerMonth: number;
  readonly lines: readonly BillLine[];
  /** Calls of the secret, and log lines. */
  readonly apart: readonly BillLine[];
  readonly counted: Counted;
}

/** What pods add to the control loop: Fargate itself, their own logs and images are not in it. */
export interface PodEstimate {
  /** One pod that comes, runs for a minute and goes. */
  readonly usdPerPod: number;
  readonly usdPer1000Pods: number;
  readonly lines: readonly BillLine[];
  /** One pod that runs all month. */
  readonly usdPerRunningPodMonth: number;
  readonly runningLines: readonly BillLine[];
}

/** A number of pods, and what their month costs. */
export interface Example {
  readonly what: string;
  readonly podsPerDay: number;
  readonly steadyPods: number;
  /** Of the control loop with these pods, by mode. */
  readonly loopUsdPerMonth: Readonly<Partial<Record<Mode, number>>>;
  /** Of their tasks on Fargate, for comparison. */
  readonly fargateUsdPerMonth: number;
  /** Of AWS Config, at the fewest items for a pod, if the account records network interfaces. */
  readonly awsConfigUsdPerMonth: number;
}

/** Everything that is known of what a deployment costs. */
export interface Estimate {
  readonly prices: typeof PRICE_LIST;
  readonly deployment: CostedDeployment;
  readonly idle: Readonly<Partial<Record<Mode, IdleEstimate>>>;
  readonly fixed: readonly FixedPart[];
  readonly pods: Readonly<Partial<Record<Mode, PodEstimate>>>;
  readonly awsConfig: typeof CONFIG_ITEMS;
  readonly examples: readonly Example[];
}

/** A number of pods to estimate. */
export type PodWish = Pick<Example, 'what' | 'podsPerDay' | 'steadyPods'>;

/** Pods of a batch run for ten minutes, all pods on a quarter of a vCPU with half a GB. */
const EXAMPLE_TASK = { cpu: 256, memory: 512 } as const;
const EXAMPLE_RUN_HOURS = 1 / 6;
const DAYS_OF_MONTH = 730 / 24;
const HOURS_OF_MONTH = 730;

export const EXAMPLES: readonly PodWish[] = [
  { what: 'CI: 200 pods a day', podsPerDay: 200, steadyPods: 0 },
  { what: 'batch: 1,000 pods a day', podsPerDay: 1000, steadyPods: 0 },
  { what: 'batch: 10,000 pods a day', podsPerDay: 10_000, steadyPods: 0 },
  { what: 'services: 50 steady pods', podsPerDay: 0, steadyPods: 50 },
  { what: 'services: 500 steady pods', podsPerDay: 0, steadyPods: 500 },
  { what: 'both: 50 steady pods, 1,000 a day', podsPerDay: 1000, steadyPods: 50 },
];

/** Turns counts into money. Pure. */
export function estimate(
  counts: ModeCounts,
  deployment: CostedDeployment,
  wishes: readonly PodWish[] = EXAMPLES,
): Estimate {
  const memory = memoryOf(deployment);
  const idle = mapModes(counts, (stories) => idleEstimate(stories, memory, deployment));
  const pods = mapModes(counts, (stories) => podEstimate(stories, memory));
  return {
    prices: PRICE_LIST,
    ...{ deployment, idle, fixed: fixedParts(deployment), pods, awsConfig: CONFIG_ITEMS },
    examples: wishes.map((wish) => exampleOf(wish, idle, pods)),
  };
}

/** Memory of each function. */
export function memoryOf({ podSyncMemory }: CostedDeployment): Memory {
  const shapes = Object.entries(FUNCTION_SHAPES).map(([name, { memoryMb }]) => [name, memoryMb]);
  return { ...(Object.fromEntries(shapes) as Memory), 'pod-sync': podSyncMemory };
}

function mapModes<T>(
  counts: ModeCounts,
  make: (stories: StoryCounts) => T,
): Readonly<Partial<Record<Mode, T>>> {
  const entries = Object.entries(counts) as readonly (readonly [Mode, StoryCounts])[];
  return Object.fromEntries(entries.map(([mode, stories]) => [mode, make(stories)]));
}

function idleEstimate(
  { idle: { counted } }: StoryCounts,
  memory: Memory,
  { secret }: CostedDeployment,
): IdleEstimate {
  const month = times(billOf(counted, memory), MONTH_MINUTES / counted.minutes);
  const apart = month.filter(({ part }) => !isOfLoop(part) && (secret || part !== 'Secrets Manager'));
  return {
    usdPerMonth: sumOf(month, isOfLoop),
    lines: month.filter(({ part }) => isOfLoop(part)),
    ...{ apart, counted },
  };
}

function podEstimate({ idle, batch, steady }: StoryCounts, memory: Memory): PodEstimate {
  const above = ({ counted }: StoryCounts['batch']): readonly BillLine[] => {
    const rest = times(billOf(idle.counted, memory), counted.minutes / idle.counted.minutes);
    return minus(billOf(counted, memory), rest).filter((line) => !isHolding(line));
  };
  const lines = times(above(batch), 1 / batch.pods);
  const running = times(above(steady), MONTH_MINUTES / steady.counted.minutes / steady.pods);
  return {
    ...{ usdPerPod: sumOf(lines), usdPer1000Pods: sumOf(lines) * 1000, lines },
    ...{ usdPerRunningPodMonth: sumOf(running), runningLines: running },
  };
}

function exampleOf(
  { what, podsPerDay, steadyPods }: PodWish,
  idle: Estimate['idle'],
  pods: Estimate['pods'],
): Example {
  const podsPerMonth = podsPerDay * DAYS_OF_MONTH;
  const taskHours = podsPerMonth * EXAMPLE_RUN_HOURS + steadyPods * HOURS_OF_MONTH;
  const loop = (Object.entries(idle) as readonly (readonly [Mode, IdleEstimate])[]).map(
    ([mode, { usdPerMonth }]) => {
      const { usdPerPod = 0, usdPerRunningPodMonth = 0 } = pods[mode] ?? {};
      const running = (taskHours / HOURS_OF_MONTH) * usdPerRunningPodMonth;
      return [mode, usdPerMonth + podsPerMonth * usdPerPod + running] as const;
    },
  );
  const task = { region: PRICE_LIST.region, architecture: 'amd64', capacityType: 'on-demand' } as const;
  return {
    ...{
      what,
      podsPerDay,
      steadyPods,
      loopUsdPerMonth: Object.fromEntries(loop),
    },
    fargateUsdPerMonth: taskHours * hourlyPrice(EXAMPLE_TASK, task).usd,
    awsConfigUsdPerMonth: podsPerMonth * CONFIG_ITEMS.fromPerPod * CONFIG_ITEMS.usdPerItem,
  };
}
