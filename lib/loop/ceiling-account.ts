import { addUse, lacksOf, NO_USE, type Ceiling, type CeilingOwner, type Lack } from '../core/ceiling.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { UseSum } from '../core/task-use.ts';
import { MinHeap } from './min-heap.ts';

/** A pod whose launch waits for room. */
export interface Waiter {
  readonly uid: string;
  readonly need: UseSum;
  /** Since when its launch is due: whoever waits longest goes first. */
  readonly since: Instant;
  /** Where it waits; `undefined`: nowhere, or no more. */
  account: CeilingAccount | undefined;
}

/**
 * For so long, in milliseconds, a pod that finds no room may be passed by younger ones, because what it cannot use would lie idle. Then
 * turns of this length follow each other: in one what becomes free is kept for it, because it would else wait for ever, in the next it may
 * be passed again, because it may need what runs for months.
 */
const TURN_MS = 5 * 60_000;

/** One ceiling: what counts against it, and who waits for room under it. Both change pod by pod; nothing is ever counted again. */
export class CeilingAccount {
  readonly owner: CeilingOwner;
  readonly #ceiling: Ceiling;
  #inUse: UseSum = NO_USE;
  /** Those who wait, by what they need: of those that need the same, only the first can be next. */
  readonly #lines = new Map<string, MinHeap<Waiter>>();

  constructor(owner: CeilingOwner, ceiling: Ceiling) {
    this.owner = owner;
    this.#ceiling = ceiling;
  }

  /** Counts one thing more (1) or less (-1). */
  count(use: UseSum, sign: 1 | -1): void {
    this.#inUse = addUse(this.#inUse, use, sign);
  }

  /** What it lacks for a launch; none: there is room. */
  lacks(need: UseSum): readonly Lack[] {
    return lacksOf({ owner: this.owner, ceiling: this.#ceiling, inUse: this.#inUse }, need);
  }

  /** Whoever waits here leaves the place where it waited before; what left is dropped when its turn comes. */
  enter(waiter: Waiter): void {
    if (waiter.account === this) return;
    waiter.account = this;
    this.#lineOf(waiter.need).push(waiter.since, waiter);
  }

  /** The first of each line, in the order of their waiting. */
  firsts(): readonly Waiter[] {
    const firsts: Waiter[] = [];
    for (const [need, line] of this.#lines) {
      const first = this.#firstOf(line);
      if (first === undefined) this.#lines.delete(need);
      else firsts.push(first);
    }
    return firsts.sort((one, other) => one.since - other.since);
  }

  /** What keeps this pod from the room that is left: one that has waited longer, and may not be passed now. */
  keptFrom(waiter: Pick<Waiter, 'uid' | 'need' | 'since'>, now: Instant): Lack | undefined {
    for (const first of this.firsts()) {
      if (first.since > waiter.since || first.uid === waiter.uid) return undefined;
      const [lack] = mayBePassed(first, now) ? [] : this.lacks(first.need);
      if (lack !== undefined) return { ...lack, need: waiter.need[lack.unit], isKept: true };
    }
    return undefined;
  }

  #lineOf({ vcpu, usdPerHour }: UseSum): MinHeap<Waiter> {
    const need = `${vcpu} ${usdPerHour}`;
    const line = this.#lines.get(need) ?? new MinHeap<Waiter>();
    this.#lines.set(need, line);
    return line;
  }

  #firstOf(line: MinHeap<Waiter>): Waiter | undefined {
    for (let first = line.peek(); first !== undefined; first = line.peek()) {
      if (first.item.account === this) return first.item;
      line.pop();
    }
    return undefined;
  }
}

/**
 * Whether younger pods may use the room that this one cannot. The turns are those of the clock: they are the same for all who wait, so
 * that not one after the other keeps what is free, and for whoever holds the watch.
 */
export function mayBePassed({ since }: Pick<Waiter, 'since'>, now: Instant): boolean {
  return now - since < TURN_MS || Math.floor(now / TURN_MS) % 2 === 0;
}
