import type { Instant, Pod, PodKey } from '../core/kubernetes.ts';
import type { View } from '../core/view.ts';
import type { Clock } from '../ports/clock.ts';
import { MinHeap } from './min-heap.ts';

/** A pod to look at, when, and what is already known of it; without either it is observed by name. */
export interface PodEntry {
  readonly key: PodKey;
  readonly at: Instant;
  /** Goes before the others: something may have to stop. */
  readonly urgent?: boolean;
  /** As a watch has just delivered it. */
  readonly pod?: Pod;
  /** As a pass has just observed it. */
  readonly view?: View;
  /** There was other news before this. */
  readonly mixed?: true;
}

/**
 * What the work on a pod comes to: when to look again (`undefined`: not before news), or that only a launch is due, which
 * waits for its turn in the other lane.
 */
export type PodWork =
  | {
      readonly until: Instant | undefined;
      /** Of the pod as the work left it: what a watch tells of that is an echo, and no news. */
      readonly resourceVersion?: string;
    }
  | { readonly launch: true; readonly view?: View };

/** Looks at one pod. */
export type PodWorker = (entry: PodEntry) => Promise<PodWork>;

/** A pod's place in the line, and what was last seen of it. */
interface Lined {
  readonly number: number;
  readonly seen: { readonly view: View; readonly at: Instant } | undefined;
}

/** Of so many pods in the line what was seen is kept: it saves reading them again. */
const KEPT_VIEWS = 250;

/** Wakes whoever waits; one reason for all, because making one costs more than the rest. */
const WOKEN = new Error('woken');

/** How launches are worked on: one at a time is taken out of the line when `turn` resolves to `true`. */
export interface LaunchLane {
  readonly width: number;
  /** What was seen of a pod that waits is used for so long, in milliseconds, and never after there was news of it. */
  readonly freshMs: () => number;
  /** Waits for the permission to launch one pod; `false` when the signal aborted first. */
  readonly turn: (signal: AbortSignal) => Promise<boolean>;
  /** A permission that nobody used. */
  readonly giveBack: () => void;
  readonly work: PodWorker;
}

/**
 * Pods that wait for their time, at most one entry and one worker a pod, in two lanes: whatever is due, and the line of those
 * that only wait for the permission to launch. Nothing ever waits behind a launch. News about a pod replaces what was known;
 * its timer moves only forward to an earlier time, or is set anew by the work itself; its place in the line stays.
 */
export class PodQueue {
  readonly #clock: Clock;
  readonly #entries = new Map<string, PodEntry>();
  readonly #timers = new MinHeap<PodEntry>();
  readonly #urgent = new MinHeap<PodEntry>();
  readonly #due = new MinHeap<PodEntry>();
  /** Pods whose launch is due, by the numbers that they drew. */
  readonly #line = new MinHeap<PodKey>();
  readonly #lined = new Map<string, Lined>();
  #numbers = 0;
  readonly #working = new Set<string>();
  readonly #sleepers = new Set<AbortController>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many pods wait for anything. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a pod, or brings the one that waits forward. */
  push(entry: PodEntry): void {
    const { uid } = entry.key;
    const waiting = this.#entries.get(uid);
    const at = Math.min(waiting?.at ?? Infinity, entry.at);
    const urgent = entry.urgent === true || waiting?.urgent === true;
    const lined = this.#lined.get(uid);
    if (lined !== undefined) this.#lined.set(uid, { ...lined, seen: undefined });
    const mixed = waiting !== undefined && waiting.at <= this.#clock.now();
    this.#enter({ ...entry, at, ...(urgent && { urgent }), ...(mixed && { mixed }) });
  }

  /** Forgets what was seen of those in the line: there was a time in which news of them could not come. */
  forgetSeen(): void {
    for (const [uid, lined] of this.#lined) this.#lined.set(uid, { ...lined, seen: undefined });
  }

  /** Works until `signal` aborts; resolves when the work that was begun has ended. */
  async run(signal: AbortSignal, width: number, work: PodWorker, launches: LaunchLane): Promise<void> {
    await this.#both({ signal, untilIdle: false }, { width, work }, launches);
  }

  /** Works until nothing is due at once (or `signal` aborts): pods that wait for a later time are left in the queue. */
  async drain(signal: AbortSignal, width: number, work: PodWorker, launches: LaunchLane): Promise<void> {
    await this.#both({ signal, untilIdle: true }, { width, work }, launches);
  }

  async #both(
    { signal, untilIdle }: { readonly signal: AbortSignal; readonly untilIdle: boolean },
    due: { readonly width: number; readonly work: PodWorker },
    launches: LaunchLane,
  ): Promise<void> {
    const over = new AbortController();
    const end = (): void => {
      over.abort(WOKEN);
      this.#wakeAll();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const done = (): boolean => over.signal.aborted || (untilIdle && this.#isIdle());
    await Promise.all([this.#workDue(done, due).finally(end), this.#workLine(done, over.signal, launches)]);
    signal.removeEventListener('abort', end);
  }

  async #workDue(
    done: () => boolean,
    { width, work }: { readonly width: number; readonly work: PodWorker },
  ): Promise<void> {
    const begun = new Set<Promise<void>>();
    while (!done()) {
      const next = begun.size < width ? this.#takeDue() : undefined;
      if (next === undefined) {
        await this.#pause(begun.size < width ? this.#nextAt() : Infinity);
        continue;
      }
      const ended: Promise<void> = this.#work(next, work).finally(() => begun.delete(ended));
      begun.add(ended);
    }
    await Promise.all(begun);
  }

  async #workLine(done: () => boolean, signal: AbortSignal, lane: LaunchLane): Promise<void> {
    const begun = new Set<Promise<void>>();
    while (!done()) {
      if (this.#lined.size === 0 || begun.size >= lane.width) {
        await this.#pause(Infinity);
        continue;
      }
      if (!(await lane.turn(signal))) continue;
      const next = this.#takeLined(lane.freshMs());
      if (next === undefined) {
        lane.giveBack();
        // All of the line is being worked on: the end of that work wakes this.
        await this.#pause(Infinity);
        continue;
      }
      const ended: Promise<void> = this.#work(next, lane.work).finally(() => begun.delete(ended));
      begun.add(ended);
    }
    await Promise.all(begun);
  }

  async #work(entry: PodEntry, work: PodWorker): Promise<void> {
    const { key } = entry;
    this.#working.add(key.uid);
    try {
      const outcome = await work(entry);
      this.#working.delete(key.uid);
      this.#dropEcho(key, outcome);
      if ('launch' in outcome) this.#lineUp(key, this.#entries.has(key.uid) ? undefined : outcome.view);
      const until = ('until' in outcome ? outcome.until : undefined) ?? Infinity;
      // News that came during the work waited for its end.
      const news = this.#entries.get(key.uid) ?? { key, at: Infinity };
      const at = Math.min(news.at, until);
      if (at < Infinity) this.#enter({ ...news, at });
    } finally {
      this.#working.delete(key.uid);
      this.#wakeAll();
    }
  }

  #dropEcho({ uid }: PodKey, outcome: PodWork): void {
    const left = 'until' in outcome ? outcome.resourceVersion : outcome.view?.pod?.metadata.resourceVersion;
    const news = this.#entries.get(uid);
    const told = news?.pod?.metadata.resourceVersion;
    if (told !== undefined && told === left && news?.mixed !== true) this.#entries.delete(uid);
  }

  #lineUp(key: PodKey, view: View | undefined): void {
    const lined = this.#lined.get(key.uid);
    const keeps = view !== undefined && this.#lined.size < KEPT_VIEWS;
    const seen = keeps ? { view, at: this.#clock.now() } : undefined;
    const number = lined?.number ?? (this.#numbers += 1);
    this.#lined.set(key.uid, { number, seen });
    if (lined === undefined) this.#line.push(number, key);
  }

  /** An entry is in one heap at a time that counts: the others hold what it was, which nobody takes any more. */
  #enter(entry: PodEntry): void {
    this.#entries.set(entry.key.uid, entry);
    if (entry.at > this.#clock.now()) this.#timers.push(entry.at, entry);
    else if (entry.urgent === true) this.#urgent.push(entry.at, entry);
    else this.#due.push(entry.at, entry);
    this.#wakeAll();
  }

  #takeDue(): PodEntry | undefined {
    this.#ripen();
    return this.#take(this.#urgent) ?? this.#take(this.#due);
  }

  /** Moves those whose time has come to where they are taken from. */
  #ripen(): void {
    const now = this.#clock.now();
    for (
      let first = this.#timers.peek();
      first !== undefined && first.order <= now;
      first = this.#timers.peek()
    ) {
      const entry = this.#timers.pop();
      if (entry === undefined || this.#entries.get(entry.key.uid) !== entry) continue;
      (entry.urgent === true ? this.#urgent : this.#due).push(entry.at, entry);
    }
  }

  #take(heap: MinHeap<PodEntry>): PodEntry | undefined {
    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
      const { uid } = entry.key;
      // What was replaced is dropped; what is worked on now is entered anew when that work ends.
      if (this.#entries.get(uid) !== entry || this.#working.has(uid)) continue;
      this.#entries.delete(uid);
      return entry;
    }
    return undefined;
  }

  /** The first in the line whom nobody works on; the others keep their places. */
  #takeLined(freshMs: number): PodEntry | undefined {
    const skipped: PodKey[] = [];
    let taken: PodEntry | undefined;
    while (taken === undefined) {
      const key = this.#line.pop();
      if (key === undefined) break;
      if (this.#working.has(key.uid)) skipped.push(key);
      else taken = this.#leaveLine(key, freshMs);
    }
    for (const key of skipped) this.#line.push(this.#lined.get(key.uid)?.number ?? 0, key);
    return taken;
  }

  #leaveLine(key: PodKey, freshMs: number): PodEntry {
    const seen = this.#lined.get(key.uid)?.seen;
    this.#lined.delete(key.uid);
    const now = this.#clock.now();
    return { key, at: now, ...(seen !== undefined && now - seen.at <= freshMs && { view: seen.view }) };
  }

  #isIdle(): boolean {
    this.#ripen();
    return this.#working.size === 0 && this.#lined.size === 0 && !this.#hasDue();
  }

  #hasDue(): boolean {
    return [this.#urgent, this.#due].some((heap) => {
      for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
        if (this.#entries.get(first.item.key.uid) === first.item) return true;
        heap.pop();
      }
      return false;
    });
  }

  /** The earliest time of a pod; the end of a worker wakes the rest. */
  #nextAt(): Instant {
    for (let first = this.#timers.peek(); first !== undefined; first = this.#timers.peek()) {
      if (this.#entries.get(first.item.key.uid) === first.item) return first.order;
      this.#timers.pop();
    }
    return Infinity;
  }

  async #pause(until: Instant): Promise<void> {
    const sleeper = new AbortController();
    this.#sleepers.add(sleeper);
    await this.#clock.sleep(until, sleeper.signal);
    this.#sleepers.delete(sleeper);
  }

  #wakeAll(): void {
    for (const sleeper of this.#sleepers) sleeper.abort(WOKEN);
  }
}
