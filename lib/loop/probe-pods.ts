import { failureOf } from '../core/failure.ts';
import { applyOutcome, verdictOf, type ProbeOutcome } from '../core/judge-probe.ts';
import type { Instant, PodKey } from '../core/kubernetes.ts';
import type { ProbeRules } from '../core/plan-probes.ts';
import type { View } from '../core/view.ts';
import type { Probes } from '../ports/probes.ts';
import type { SyncDeps } from './deps.ts';
import { Doze } from './doze.ts';
import { MinHeap } from './min-heap.ts';
import { pollHealth, wantsHealth } from './poll-health.ts';
import { ProbeTeller } from './tell-probe.ts';
import { firstDue, isDueInPass, nextDue } from './time-probes.ts';
import {
  hasTurned,
  askedFromOf,
  foundOf,
  isOutdated,
  refreshPod,
  watchedPodOf,
  type Slot,
  type WatchedPod,
} from './watched-pod.ts';
import { writeCounts, writeLastCounts, writeProbes, type ProbeWriter } from './write-probes.ts';

/** What probing needs; without `probes` only the health of containers is polled. */
export type ProberDeps = Pick<SyncDeps, 'records' | 'provider' | 'events' | 'clock' | 'telemetry'> & {
  readonly probes?: Probes;
};

/** Probes of one node under way at once: those that hang must leave room for the others. */
const WIDTH = 256;
/** A probe waits no longer, whatever its own timeout: one that hangs takes room from the others. */
const LONGEST_MS = 30_000;
/** In a pass of economy mode all nodes wait for the slowest probe. */
const LONGEST_IN_PASS_MS = 5_000;
/** A verdict that could not be written is written again after this, and then again. */
const REWRITE_MS = 5_000;
/** How often the provider is asked for the health of containers. */
const POLL_MS = 10_000;
/** Time between two passes of economy mode: a message every 12 s. */
const PASS_MS = 12_000;
/**
 * Runs the probes of one node's pods. What they find is kept in memory, and written into the pod's record when a verdict turns;
 * what follows from a verdict (a pod's conditions, a restart) is for the work on the pod, which `onChanged` asks for.
 */
export class PodProber {
  readonly #deps: ProberDeps;
  readonly #rules: ProbeRules;
  readonly #writer: ProbeWriter;
  readonly #pods = new Map<string, WatchedPod>();
  readonly #timers = new MinHeap<{ readonly watched: WatchedPod; readonly slot: Slot }>();
  readonly #teller: ProbeTeller;
  readonly #asker: Doze;
  readonly #poller: Doze;
  readonly #underWay = new Set<Promise<void>>();
  readonly #rewrites = new Map<WatchedPod, Promise<void>>();
  #signal: AbortSignal | undefined;
  #running = false;
  #passMs = PASS_MS;

  constructor(
    deps: ProberDeps,
    { node, onChanged }: { readonly node: string; readonly onChanged: (key: PodKey) => void },
  ) {
    this.#deps = deps;
    this.#rules = { networkProbes: deps.probes !== undefined };
    this.#asker = new Doze(deps.clock);
    this.#poller = new Doze(deps.clock);
    this.#teller = new ProbeTeller(deps.events, node);
    const isWatched = (watched: WatchedPod): boolean => this.#isWatched(watched);
    const forget = ({ key }: WatchedPod): void => void this.#pods.delete(key.uid);
    this.#writer = { deps, node, isWatched, forget, onChanged };
  }

  /** How many pods are watched. */
  get size(): number {
    return this.#pods.size;
  }

  /** Learns of a pod, or forgets it: to be called with every view, after each work on a pod and in each look at the node. */
  note(view: View): void {
    const { uid } = view.key;
    const known = this.#pods.get(uid);
    if (known !== undefined && isOutdated(known, view)) return;
    const same = known !== undefined && refreshPod(known, view);
    const watched = same ? known : watchedPodOf(view, this.#rules);
    if (watched === undefined) {
      this.#pods.delete(uid);
      return;
    }
    this.#pods.set(uid, watched);
    if (this.#running) this.#arm(watched);
  }

  /** Watch mode: asks each probe in its rhythm until `signal` aborts, then writes what was counted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = true;
    this.#signal = signal;
    for (const watched of this.#pods.values()) this.#arm(watched);
    await Promise.all([this.#askInTurn(signal), this.#pollInTurn(signal)]);
    await Promise.all([...this.#underWay, ...this.#rewrites.values()]);
    this.#running = false;
    await writeLastCounts([...this.#pods.values()], this.#writer);
  }

  /**
   * Economy mode: asks what is due in this pass, each probe at most once, and writes what was counted. A container whose start
   * succeeds is asked whether it is ready in the same breath.
   * @param passMs how long ago the last pass was
   */
  async once(signal: AbortSignal, passMs = PASS_MS): Promise<void> {
    this.#passMs = passMs;
    const now = this.#deps.clock.now();
    const asked = new Set<Slot>();
    for (let due = this.#dueInPass(asked, now); due.length > 0; due = this.#dueInPass(asked, now)) {
      for (const { watched, slot } of due) {
        asked.add(slot);
        if (this.#underWay.size >= WIDTH) await Promise.race(this.#underWay);
        if (!signal.aborted) this.#begin(watched, slot, signal);
      }
      await Promise.all(this.#underWay);
    }
    await this.#poll(signal);
    await writeCounts([...this.#pods.values()], this.#writer);
  }

  #dueInPass(asked: ReadonlySet<Slot>, now: Instant): { watched: WatchedPod; slot: Slot }[] {
    return [...this.#pods.values()].flatMap((watched) =>
      watched.slots
        .filter((slot) => slot.plan.handler.kind !== 'health' && !asked.has(slot))
        .filter((slot) => isDueInPass(watched, slot, now, this.#passMs))
        .map((slot) => ({ watched, slot })),
    );
  }

  /** Sets the times of the probes that have none, and takes those away that are not asked as things are. */
  #arm(watched: WatchedPod): void {
    const now = this.#deps.clock.now();
    for (const slot of watched.slots) {
      const from = askedFromOf(watched, slot);
      if (from === undefined) slot.due = undefined;
      else if (slot.due === undefined && !slot.busy)
        this.#schedule(watched, slot, firstDue(watched, slot, from, now));
    }
  }

  /** The health of containers is polled for all of them at once: its slots have a time, but no timer. */
  #schedule(watched: WatchedPod, slot: Slot, at: Instant): void {
    slot.due = at;
    if (slot.plan.handler.kind === 'health') this.#poller.wake();
    else {
      this.#timers.push(at, { watched, slot });
      this.#asker.wake();
    }
  }

  async #askInTurn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const room = this.#underWay.size < WIDTH;
      const next = room ? this.#takeDue() : undefined;
      if (next === undefined) await this.#asker.until(room ? this.#nextAt() : Infinity, signal);
      else this.#begin(next.watched, next.slot, signal);
    }
  }

  #takeDue(): { watched: WatchedPod; slot: Slot } | undefined {
    if (this.#nextAt() > this.#deps.clock.now()) return undefined;
    return this.#timers.pop();
  }

  /** The earliest timer that counts; those of pods that are gone, and those that were set anew, are dropped. */
  #nextAt(): Instant {
    for (let first = this.#timers.peek(); first !== undefined; first = this.#timers.peek()) {
      const { watched, slot } = first.item;
      if (this.#isWatched(watched) && slot.due === first.order && !slot.busy) return first.order;
      this.#timers.pop();
    }
    return Infinity;
  }

  #begin(watched: WatchedPod, slot: Slot, signal: AbortSignal): void {
    slot.busy = true;
    const ended: Promise<void> = this.#ask(watched, slot, signal)
      .catch((thrown: unknown) => {
        slot.busy = false;
        this.#deps.telemetry.error('A probe came to nothing', { failure: failureOf(thrown) });
      })
      .finally(() => {
        this.#underWay.delete(ended);
        this.#asker.wake();
      });
    this.#underWay.add(ended);
  }

  async #ask(watched: WatchedPod, slot: Slot, signal: AbortSignal): Promise<void> {
    const outcome = await this.#outcomeOf(watched, slot, signal);
    slot.busy = false;
    if (signal.aborted || !this.#isWatched(watched)) return;
    const next = nextDue(slot, this.#deps.clock.now());
    slot.due = undefined;
    if (this.#running && askedFromOf(watched, slot) !== undefined) this.#schedule(watched, slot, next);
    await this.#take(watched, slot, outcome);
  }

  async #outcomeOf(
    { podIP = '' }: WatchedPod,
    { plan: { handler, timeoutSeconds } }: Slot,
    signal: AbortSignal,
  ): Promise<ProbeOutcome> {
    if (handler.kind === 'broken') return { kind: 'error', message: handler.message };
    if (handler.kind === 'health' || this.#deps.probes === undefined)
      return { kind: 'error', message: 'nobody asks' };
    const longest = this.#running ? LONGEST_MS : LONGEST_IN_PASS_MS;
    return this.#deps.probes.probe({ podIP, handler }, Math.min(timeoutSeconds * 1000, longest), signal);
  }

  /** Where no pod needs it nothing is polled, until one comes. */
  async #pollInTurn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const isPolled = ({ plan, due }: Slot): boolean => plan.handler.kind === 'health' && due !== undefined;
    while (!signal.aborted) {
      if ([...this.#pods.values()].some(({ slots }) => slots.some(isPolled))) {
        const next = clock.now() + POLL_MS;
        await this.#poll(signal);
        await clock.sleep(next, signal);
      } else await this.#poller.until(Infinity, signal);
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const now = this.#deps.clock.now();
    const pods = [...this.#pods.values()].filter((watched) => wantsHealth(watched, now));
    if (signal.aborted || pods.length === 0) return;
    await pollHealth(pods, this.#deps, async (watched, slot, outcome) => {
      if (this.#isWatched(watched) && !signal.aborted) await this.#take(watched, slot, outcome);
    });
  }

  /** Keeps an outcome, then does what follows from it. */
  async #take(watched: WatchedPod, slot: Slot, outcome: ProbeOutcome): Promise<void> {
    const { plan } = slot;
    const now = this.#deps.clock.now();
    const before = foundOf(watched, slot);
    const after = applyOutcome(before, plan, outcome, now);
    watched.found = { ...watched.found, [plan.container]: after };
    const turned = verdictOf(plan, before[plan.kind]) !== verdictOf(plan, after[plan.kind]);
    const counted = (before[plan.kind]?.against ?? 0) !== (after[plan.kind]?.against ?? 0);
    if (this.#running && turned) this.#arm(watched);
    // A pass writes all that it found of a pod at its end.
    if (this.#running) await this.#write(watched);
    const news = { outcome, turned, counted, ...(!this.#running && { passMs: this.#passMs }) };
    await this.#teller.tell(watched, slot, news, now);
  }

  /** A verdict may be the last thing that is asked of a pod: where its write failed, no other result brings it into the record. */
  async #write(watched: WatchedPod): Promise<void> {
    await writeProbes(watched, this.#writer, false);
    const isLeft = this.#running && !watched.writing && this.#isWatched(watched) && hasTurned(watched);
    if (!isLeft || this.#rewrites.has(watched)) return;
    const { clock } = this.#deps;
    const again = clock.sleep(clock.now() + REWRITE_MS, this.#signal).then(() => {
      this.#rewrites.delete(watched);
      return this.#signal?.aborted === true ? undefined : this.#write(watched);
    });
    this.#rewrites.set(watched, again);
  }

  #isWatched(watched: WatchedPod): boolean {
    return this.#pods.get(watched.key.uid) === watched;
  }
}
