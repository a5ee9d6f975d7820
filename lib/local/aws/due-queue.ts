import type { Instant } from '../../core/kubernetes.ts';

/** What is to be done at its time. */
export type DueAction = (at: Instant) => void;

/** One planned action; `cancel` drops it (and what it holds on to) at once. */
export interface Planned {
  readonly at: Instant;
  cancel(): void;
}

interface Entry {
  readonly at: Instant;
  readonly order: number;
  action: DueAction | undefined;
}

const SWEEP_AT_LEAST = 64;

/**
 * Planned actions in the order of their times; those of one time in the order in which they were planned.
 * A binary heap: planning and taking cost the logarithm of what is planned, looking costs nothing, so a model with thousands of
 * tasks and nothing due does no work.
 */
export class DueQueue {
  #heap: Entry[] = [];
  #order = 0;
  #cancelled = 0;

  /** Plans `action` for `at`; an `at` in the past is done by the next `run`. */
  plan(at: Instant, action: DueAction): Planned {
    this.#order += 1;
    const entry: Entry = { at, order: this.#order, action };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return { at, cancel: () => this.#cancel(entry) };
  }

  /** The time of the first planned action. */
  next(): Instant | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Does everything planned until `now`, also what those actions plan; each action gets its own planned time. */
  run(now: Instant): void {
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const action = this.#take()?.action;
      action?.(at);
    }
  }

  /** How many actions are planned. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  #cancel(entry: Entry): void {
    if (entry.action === undefined) return;
    entry.action = undefined;
    this.#cancelled += 1;
    if (this.#cancelled > SWEEP_AT_LEAST && this.#cancelled * 2 > this.#heap.length) this.#sweep();
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((entry) => entry.action !== undefined).sort(compare);
    this.#cancelled = 0;
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].action === undefined) {
      this.#take();
      this.#cancelled -= 1;
    }
  }

  #take(): Entry | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return withoutAction(first);
    this.#heap[0] = last;
    this.#sink();
    return withoutAction(first);
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const smaller = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(smaller, index)) return;
      index = smaller;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    return a !== undefined && b !== undefined && compare(a, b) < 0;
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const [a, b] = [this.#heap[lower], this.#heap[upper]];
    if (a === undefined || b === undefined || compare(a, b) >= 0) return false;
    this.#heap[lower] = b;
    this.#heap[upper] = a;
    return true;
  }
}

/** A taken entry may still be held by its planner's handle: cancelling it later must neither count nor run. */
function withoutAction(entry: Entry | undefined): Entry | undefined {
  if (entry === undefined) return undefined;
  const { at, order, action } = entry;
  entry.action = undefined;
  return { at, order, action };
}

function compare(one: Entry, other: Entry): number {
  return one.at - other.at || one.order - other.order;
}
