import type { CapacityType } from './capacity-type.ts';
import type { Instant } from './kubernetes.ts';
import type { TaskUse } from './task-use.ts';

/** One task of the node: one that lives, or one that has stopped. */
export interface UsingTask {
  readonly use: Pick<TaskUse, 'vcpu' | 'capacityType'>;
  readonly from: Instant;
  /** When it had stopped; absent while it lives. */
  readonly until?: Instant | undefined;
  /** vCPU that the scheduler takes off the node for its pod; absent where no pod is bound for it any more. */
  readonly requested?: number | undefined;
}

const MINUTE = 60_000;
/** What an account used is told a few minutes late, and not every minute. */
const KEPT_MINUTES = 20;

/**
 * What the tasks of one node take of the account, now and in each of the last minutes, so that it can be told from what everybody
 * else takes. Sums only, however many tasks there are.
 */
export class OwnUse {
  readonly #types: readonly CapacityType[];
  /** The first whole minute that is kept. */
  readonly #first: number;
  readonly #minutes: Record<CapacityType, number[]> = { 'on-demand': [], spot: [] };
  #overhead = 0;

  /** @param types the capacity types whose quotas the node is bound by */
  constructor(types: readonly CapacityType[], now: Instant) {
    this.#types = types;
    this.#first = minuteOf(now) - KEPT_MINUTES;
  }

  add({ use, from, until, requested = 0 }: UsingTask): void {
    const { vcpu, capacityType } = use;
    const sums = this.#minutes[capacityType];
    const begin = Math.max(0, minuteOf(from) - this.#first);
    const end = until === undefined ? KEPT_MINUTES : Math.min(KEPT_MINUTES, minuteOf(until) - this.#first);
    for (let at = begin; at <= end; at += 1) sums[at] = (sums[at] ?? 0) + vcpu;
    if (until !== undefined) return;
    this.#overhead += (this.#types.includes(capacityType) ? vcpu : 0) - requested;
  }

  /** vCPU of the tasks that lived at any time of a minute; none is known of minutes long ago. */
  during(type: CapacityType, at: Instant): number {
    return this.#minutes[type][minuteOf(at) - this.#first] ?? 0;
  }

  /** vCPU that living tasks take of the node's quotas beyond what the scheduler counts for their pods: sizes are rounded up. */
  get overhead(): number {
    return this.#overhead;
  }
}

function minuteOf(at: Instant): number {
  return Math.floor(at / MINUTE);
}
