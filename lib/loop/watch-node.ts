import { FailureError, failureOf, retryDelay } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { PodWatchEvent } from '../ports/pods.ts';
import type { SyncDeps } from './deps.ts';

/** A complete look at everything at least this often, although the watch tells of every change; and a sweep. */
export const PASS_MS = 5 * 60_000;
/** Breaks of the watch in a row that still lengthen the pause before the next try (40 s at most). */
const MOST_BREAKS = 3;
/** A watch that lasts less than this was no watch. */
const SHORT_MS = 1_000;

/** When the next look is due is asked this often. */
const ASKED_MS = 30_000;

/** What a watch tells of a pod. */
export type PodNews = Exclude<PodWatchEvent, { kind: 'expired' | 'bookmark' }>;

/** What the watch of a node serves. */
interface WatchedSync {
  /** Looks at everything; resolves to the resourceVersion to watch from. */
  readonly look: () => Promise<string>;
  /** When to look again at the latest: the sweep may be due before the next look. */
  readonly nextLookAt: () => Instant;
  readonly note: (news: PodNews) => void;
  /** All that happened until now has been told. */
  readonly seen: () => void;
}

/** The watch of one node's pods: a look at everything, then the news, and a look again after every gap and every five minutes. */
export class NodeWatch {
  readonly #deps: Pick<SyncDeps, 'pods' | 'clock' | 'telemetry'>;
  readonly #node: string;
  readonly #sync: WatchedSync;
  #resourceVersion = '';
  #open = false;

  constructor(deps: Pick<SyncDeps, 'pods' | 'clock' | 'telemetry'>, node: string, sync: WatchedSync) {
    this.#deps = deps;
    this.#node = node;
    this.#sync = sync;
  }

  /** Whether a connection is open, or being opened. */
  isOpen(): boolean {
    return this.#open;
  }

  /** After a gap of any kind the next thing is a look at everything: what happened in it is told by no watch. */
  async follow(signal: AbortSignal): Promise<void> {
    const over = (): boolean => signal.aborted;
    let breaks = 0;
    while (!over()) {
      try {
        this.#resourceVersion = await this.#sync.look();
        const begun = this.#deps.clock.now();
        await this.#watchUntilPass(signal);
        if (this.#deps.clock.now() - begun < SHORT_MS)
          throw new FailureError({ kind: 'transient', message: 'the watch ended at once' });
        breaks = 0;
      } catch (thrown) {
        const { clock, telemetry } = this.#deps;
        telemetry.warn('The watch of the node broke', { node: this.#node, failure: failureOf(thrown) });
        await clock.sleep(clock.now() + retryDelay('transient', breaks), signal);
        breaks = Math.min(breaks + 1, MOST_BREAKS);
      }
    }
  }

  /** Watches, over as many connections as it takes, until the next pass is due or the watch cannot go on. */
  async #watchUntilPass(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const pass = new AbortController();
    const due = AbortSignal.any([signal, pass.signal]);
    const alarm = this.#sleepUntilLook(due).then(() => pass.abort());
    try {
      for (let lively = true; lively && !due.aborted;) {
        const begun = clock.now();
        // A server that ends every watch at once must not be asked again and again in the same breath.
        lively = (await this.#watchOnce(due)) && clock.now() - begun >= SHORT_MS;
      }
    } finally {
      pass.abort();
      await alarm;
    }
  }

  /** Until the next look: when it is due may change meanwhile, because a sweep fails. */
  async #sleepUntilLook(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const latest = clock.now() + PASS_MS;
    for (;;) {
      const now = clock.now();
      const at = Math.min(latest, this.#sync.nextLookAt());
      if (now >= at || signal.aborted) return;
      await clock.sleep(Math.min(at, now + ASKED_MS), signal);
    }
  }

  /** One connection to its end; returns whether the next one may go on from where it stopped. */
  async #watchOnce(signal: AbortSignal): Promise<boolean> {
    this.#open = true;
    try {
      for await (const event of this.#deps.pods.watch(this.#node, this.#resourceVersion, signal)) {
        if (event.kind === 'expired') return false;
        this.#take(event);
        this.#sync.seen();
      }
      this.#sync.seen();
      return true;
    } finally {
      this.#open = false;
    }
  }

  #take(event: PodNews | (PodWatchEvent & { kind: 'bookmark' })): void {
    if (event.kind === 'bookmark') {
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    this.#resourceVersion = event.pod.metadata.resourceVersion;
    this.#sync.note(event);
  }
}
