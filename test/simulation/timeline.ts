import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Chance } from './chance.ts';

/** Something planned; `cancel` makes it never happen. */
export interface Planned {
  readonly at: Instant;
  cancel(): void;
}

/** Virtual time, and what is going to happen in it. Things of one instant happen in an order of chance. */
export interface Timeline {
  now(): Instant;
  /** Plans `act`; an instant in the past is as soon as possible. */
  plan(at: Instant, act: () => void): Planned;
  /** When the next thing happens. */
  next(): Instant | undefined;
  /** Moves time to the next thing (never back) and does it. */
  step(): void;
  /** Moves time without doing anything: what was planned for the time between happens late. */
  moveTo(at: Instant): void;
}

interface Entry {
  readonly at: Instant;
  readonly tie: number;
  act: (() => void) | undefined;
}

/** A timeline from `start`; `chance` orders what is planned for the same instant. */
export function createTimeline(start: Instant, chance: Chance): Timeline {
  const heap: Entry[] = [];
  let now = start;
  const dropCancelled = (): void => {
    while (heap[0] !== undefined && heap[0].act === undefined) take(heap);
  };
  return {
    now: () => now,
    plan: (at, act) => {
      const entry: Entry = { at, tie: chance.next(), act };
      add(heap, entry);
      return { at, cancel: () => void (entry.act = undefined) };
    },
    next: () => {
      dropCancelled();
      return heap[0]?.at;
    },
    step: () => {
      dropCancelled();
      const entry = take(heap);
      if (entry === undefined) return;
      now = Math.max(now, entry.at);
      const { act } = entry;
      entry.act = undefined;
      act?.();
    },
    moveTo: (at) => void (now = Math.max(now, at)),
  };
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}

function add(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(entry, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = entry;
}

function take(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let child = index * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return first;
}
