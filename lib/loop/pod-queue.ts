import type { Instant, Pod, PodKey } from '../core/kubernetes.ts';
import type { View } from '../core/view.ts';
import type { Clock } from '../ports/clock.ts';

/** A pod to look at, when, and what is already known of it; without either it is observed by name. */
export interface PodEntry {
  readonly key: PodKey;
  readonly at: Instant;
  /** As a watch has just delivered it. */
  readonly pod?: Pod;
  /** As a pass has just observed it. */
  readonly view?: View;
}

/** Looks at one pod; returns when to look again. */
export type PodWork = (entry: PodEntry) => Promise<Instant | undefined>;

/**
 * Pods that wait for their time, at most one entry and one worker a pod. News about a pod replaces what was known; its timer
 * moves only forward to an earlier time, or is set anew by the work itself.
 */
export class PodQueue {
  readonly #clock: Clock;
  readonly #entries = new Map<string, PodEntry>();
  readonly #working = new Set<string>();
  #wake = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a pod, or brings the one that waits forward. */
  push(entry: PodEntry): void {
    const waiting = this.#entries.get(entry.key.uid);
    const at = waiting === undefined ? entry.at : Math.min(waiting.at, entry.at);
    this.#entries.set(entry.key.uid, { ...entry, at });
    this.#wake.abort();
  }

  /** Works until `signal` aborts, at most `width` pods at a time; resolves when the work that was begun has ended. */
  run(signal: AbortSignal, width: number, work: PodWork): Promise<void> {
    return this.#loop({ signal, width, work, untilIdle: false });
  }

  /** Works until nothing is due at once (or `signal` aborts): pods that wait for a later time are left in the queue. */
  drain(signal: AbortSignal, width: number, work: PodWork): Promise<void> {
    return this.#loop({ signal, width, work, untilIdle: true });
  }

  async #loop({
    signal,
    width,
    work,
    untilIdle,
  }: {
    signal: AbortSignal;
    width: number;
    work: PodWork;
    untilIdle: boolean;
  }): Promise<void> {
    const begun = new Set<Promise<void>>();
    const onAbort = (): void => this.#wake.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const next = begun.size < width ? this.#takeDue() : undefined;
      if (next !== undefined) {
        const done: Promise<void> = this.#work(next, work).finally(() => {
          begun.delete(done);
          this.#wake.abort();
        });
        begun.add(done);
        continue;
      }
      if (untilIdle && begun.size === 0) break;
      await this.#clock.sleep(begun.size < width ? this.#nextAt() : Infinity, this.#wake.signal);
    }
    signal.removeEventListener('abort', onAbort);
    await Promise.all(begun);
  }

  async #work(entry: PodEntry, work: PodWork): Promise<void> {
    const { uid } = entry.key;
    this.#working.add(uid);
    const until = await work(entry).finally(() => this.#working.delete(uid));
    if (until !== undefined) this.push({ key: entry.key, at: until });
  }

  #takeDue(): PodEntry | undefined {
    const now = this.#clock.now();
    for (const entry of this.#entries.values()) {
      if (entry.at > now || this.#working.has(entry.key.uid)) continue;
      this.#entries.delete(entry.key.uid);
      return entry;
    }
    return undefined;
  }

  /** The earliest time of a pod that nobody works on; the end of a worker wakes the rest. */
  #nextAt(): Instant {
    let earliest = Infinity;
    for (const { at, key } of this.#entries.values())
      if (!this.#working.has(key.uid)) earliest = Math.min(earliest, at);
    return earliest;
  }
}
