import type { Breaker } from '../core/breaker.ts';
import { failureOf, retryDelay } from '../core/failure.ts';
import { isDeleting, keyOfPod, type Instant } from '../core/kubernetes.ts';
import { nextAction } from '../core/next-action.ts';
import { isOwnNode } from '../core/node.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { Caller, View } from '../core/view.ts';
import type { NodeMark } from '../ports/slot.ts';
import type { SyncDeps } from './deps.ts';
import type { HeldSlot } from './hold-slot.ts';
import type { Housekeeper } from './keep-house.ts';
import { NodeCensus } from './node-census.ts';
import { observeNode } from './observe-node.ts';
import { observePod } from './observe-pod.ts';
import { podFields } from './pod-fields.ts';
import { PodQueue, type LaunchLane, type PodEntry, type PodWork } from './pod-queue.ts';
import { PodProber } from './probe-pods.ts';
import { reconcilePod, type LaunchPermit, type Reconciled } from './reconcile-pod.ts';
import type { StraySearch } from './search-strays.ts';
import { sweepNode } from './sweep-node.ts';
import type { Trouble } from './trouble.ts';
import { urgencyOf } from './urgency-of.ts';
import { demandCluster, strangeNode } from './verify-cluster.ts';
import { NodeWatch, PASS_MS, type PodNews } from './watch-node.ts';

/** Pods worked on at once in one node: enough to fill the RunTask rate at half a second a call. */
const WIDTH = 16;
/** A sweep that failed is made again this soon. */
const RESWEEP_MS = 60_000;
/** Launches under way at once in one node: most take half a second, but those of a new definition wait for its registration. */
const LAUNCH_WIDTH = 256;
/** Without an open watch nobody tells of what happens to a pod while it waits for its launch: this long it is as it was seen. */
const BLIND_FRESH_MS = 2_000;
/** While fewer pods wait, what was seen of them is kept: it saves reading them again. */
const KEPT_VIEWS = 250;

/** What the nodes of one invocation share. */
export interface SharedSync {
  /** Names the invocation, and tells when the provider was last asked about every task. */
  readonly held: Pick<HeldSlot, 'holder' | 'lastSweepAt' | 'lastPassAt'>;
  readonly search: StraySearch;
  readonly house: Housekeeper;
  /** Called after each complete look at a node. Never rejects. */
  readonly onLooked: () => Promise<void>;
}

/** Sync of one node by the holder: a pass over everything, then the watch and the timers. */
export class NodeSync {
  readonly #deps: SyncDeps;
  readonly #node: string;
  readonly #queue: PodQueue;
  readonly #troubles = new Map<string, Trouble>();
  /** How each pod was when its work ended: an echo of that is no news. */
  readonly #settled = new Map<string, string>();
  readonly #shared: SharedSync;
  readonly #watch: NodeWatch;
  readonly #prober: PodProber;
  readonly #capacityType: NodeSettings['capacityType'];
  #caller: Caller;
  #breaker: Breaker | undefined;
  #syncedAt: Instant | undefined;
  #sweptAt: Instant | undefined;
  #foreign = false;
  #sweeping: Promise<void> | undefined;
  #resweepAt: Instant | undefined;

  constructor(deps: SyncDeps, settings: NodeSettings, shared: SharedSync) {
    this.#deps = deps;
    this.#node = settings.name;
    this.#capacityType = settings.capacityType;
    this.#queue = new PodQueue(deps.clock);
    this.#shared = shared;
    this.#prober = new PodProber(deps, {
      node: settings.name,
      onChanged: (key) => this.#queue.push({ key, at: deps.clock.now() }),
    });
    this.#watch = new NodeWatch(deps, settings.name, {
      look: () => this.#look(),
      nextLookAt: () => this.#nextSweepAt(),
      note: (event) => this.#note(event),
      seen: () => (this.#syncedAt = deps.clock.now()),
    });
    this.#sweptAt = shared.held.lastSweepAt;
    this.#caller = {
      id: shared.held.holder,
      mayLaunch: true,
      mayUseProvider: true,
      closing: false,
      breakerHolds: false,
      podsReady: settings.podsReady,
      networkProbes: deps.settings.networkProbes,
    };
  }

  /** When pods and records were last known to agree: a pass ended, or the watch that follows it is open now. */
  syncedAt(): Instant | undefined {
    return this.#watch.isOpen() ? this.#deps.clock.now() : this.#syncedAt;
  }

  /** When the provider was last asked about every task. */
  sweptAt(): Instant | undefined {
    return this.#sweptAt;
  }

  /** Whether another kubelet's Node has this name: then there is nothing to sync, and nothing to wait for. */
  isForeign(): boolean {
    return this.#foreign;
  }

  /**
   * What is marked of the node. While it is being removed nothing is launched, the teardown does the stopping; `undefined`: not
   * known now, which must not launch into a node that is being removed.
   */
  setMark(mark: NodeMark | undefined): void {
    this.#setBreaker(mark === undefined ? this.#breaker : mark.breaker);
    this.#caller = { ...this.#caller, mayLaunch: mark?.closing === false };
  }

  #setBreaker(breaker: Breaker | undefined): void {
    this.#breaker = breaker;
    this.#caller = { ...this.#caller, breakerHolds: breaker !== undefined };
  }

  /** One pass over everything; resolves when no pod has anything due at once. */
  async pass(signal: AbortSignal): Promise<void> {
    const begun = this.#deps.clock.now();
    await this.#look();
    const drain = (): Promise<void> =>
      this.#queue.drain(signal, WIDTH, (entry) => this.#work(entry), this.#launchLane());
    await Promise.all([drain(), this.#sweeping]);
    const passMs = begun - (this.#shared.held.lastPassAt ?? 0);
    await Promise.all([this.#prober.once(signal, passMs), drain()]);
    // What the sweep and the probes found.
    await drain();
  }

  /** Follows the watch and the timers until `signal` aborts; looks at everything again after a gap and every five minutes. */
  async follow(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#queue.run(signal, WIDTH, (entry) => this.#work(entry), this.#launchLane()),
      this.#watch.follow(signal),
      this.#prober.run(signal),
    ]);
    await this.#sweeping;
  }

  #launchLane(): LaunchLane {
    const { launches } = this.#deps;
    return {
      width: LAUNCH_WIDTH,
      freshMs: () => (this.#watch.isOpen() ? Infinity : BLIND_FRESH_MS),
      turn: (signal) => launches.turn(this.#capacityType, signal),
      giveBack: () => launches.giveBack(this.#capacityType),
      work: async (entry) => {
        const permit = { used: false };
        const outcome = await this.#work(entry, permit);
        if (!permit.used) launches.giveBack(this.#capacityType);
        return outcome;
      },
    };
  }

  /** Looks at everything, page by page, and queues what has something due, now or later. Settled pods cost no call. */
  async #look(): Promise<string> {
    const { clock, telemetry } = this.#deps;
    const begun = clock.now();
    await demandCluster(this.#deps);
    await this.#demandOwnNode();
    const census = new NodeCensus();
    let resourceVersion = '';
    for await (const page of observeNode(this.#deps, this.#node)) {
      resourceVersion = page.resourceVersion;
      census.add(page);
      for (const view of page.views) {
        this.#queueDue(view);
        this.#prober.note(view);
      }
    }
    // Whatever went before the watch goes on from here is told by nobody.
    this.#queue.forgetSeen();
    // Nobody waits for it: news of pods are heard meanwhile.
    this.#sweeping ??= this.#sweepIfDue(census).finally(() => (this.#sweeping = undefined));
    this.#syncedAt = clock.now();
    telemetry.count('PodsSeen', census.pods, 'Count', this.#node);
    telemetry.count('PassDuration', this.#syncedAt - begun, 'Milliseconds', this.#node);
    await this.#shared.onLooked();
    return resourceVersion;
  }

  /** A sweep that is under way counts as made; one that failed is made again in a minute. */
  #nextSweepAt(): Instant {
    if (this.#sweeping !== undefined) return Infinity;
    return this.#resweepAt ?? (this.#sweptAt === undefined ? Infinity : this.#sweptAt + PASS_MS);
  }

  #queueDue(view: View): void {
    const now = this.#deps.clock.now();
    const urgency = urgencyOf(nextAction(view, now, this.#caller));
    const { key } = view;
    switch (urgency.kind) {
      case 'later':
        if (urgency.until !== undefined) this.#queue.push({ key, at: urgency.until });
        return;
      case 'first':
        this.#queue.push({ key, at: now, urgent: true });
        return;
      case 'inTurn':
        // A view is kept only while few wait: a new holder of a large node may have something to do for every pod.
        this.#queue.push({ key, at: now, ...(this.#queue.size < KEPT_VIEWS && { view }) });
        return;
    }
  }

  async #demandOwnNode(): Promise<void> {
    const node = await this.#deps.nodes.get(this.#node);
    this.#foreign = node !== undefined && !isOwnNode(node);
    if (this.#foreign) throw strangeNode(this.#node);
  }

  /** Every five minutes the provider itself is asked, because a lost event is told by nobody. */
  async #sweepIfDue(census: NodeCensus): Promise<void> {
    const { clock, telemetry } = this.#deps;
    const now = clock.now();
    if (this.#sweptAt !== undefined && now - this.#sweptAt < PASS_MS) return;
    try {
      const { search, house } = this.#shared;
      const breaker = await sweepNode(this.#deps, {
        node: this.#node,
        live: census.live,
        missedPods: census.missed,
        knownPods: census.pods,
        breaker: this.#breaker,
        search,
        onChanged: (key) => this.#queue.push({ key, at: clock.now() }),
      });
      this.#setBreaker(breaker);
      this.#sweptAt = now;
      this.#resweepAt = undefined;
      await house.keep(this.#node, census);
    } catch (thrown) {
      this.#resweepAt = clock.now() + RESWEEP_MS;
      // What is known of the pods is still worth acting on.
      telemetry.warn('The sweep of the node failed', { node: this.#node, failure: failureOf(thrown) });
    }
  }

  async #work(entry: PodEntry, permit?: LaunchPermit): Promise<PodWork> {
    const { uid } = entry.key;
    const past = this.#troubles.get(uid) ?? { failures: 0, describedAt: undefined };
    try {
      const seen = entry.view ?? (await observePod(this.#deps, this.#node, entry.key, entry.pod));
      const view = past.describedAt === undefined ? seen : { ...seen, describedAt: past.describedAt };
      const done = await reconcilePod(view, this.#caller, this.#deps, {
        failuresBefore: past.failures,
        ...(permit !== undefined && { permit }),
      });
      this.#remember(uid, {
        failures: done.failure === undefined ? 0 : past.failures + 1,
        describedAt: done.view.describedAt,
      });
      this.#prober.note(done.view);
      if (done.launch === true) return { launch: true, view: done.view };
      return { until: done.until, ...this.#settle(uid, done) };
    } catch (thrown) {
      const failure = failureOf(thrown);
      const about = podFields({ key: entry.key, node: this.#node, record: undefined });
      this.#deps.telemetry.warn('Pod could not be observed', { failure, ...about });
      this.#remember(uid, { ...past, failures: past.failures + 1 });
      return { until: this.#deps.clock.now() + retryDelay('transient', past.failures) };
    }
  }

  #settle(uid: string, { view, failure }: Reconciled): { readonly resourceVersion?: string } {
    this.#settled.delete(uid);
    if (view.pod === undefined || failure !== undefined) return {};
    const { resourceVersion } = view.pod.metadata;
    this.#settled.set(uid, resourceVersion);
    return { resourceVersion };
  }

  #remember(uid: string, trouble: Trouble): void {
    if (trouble.failures === 0 && trouble.describedAt === undefined) this.#troubles.delete(uid);
    else this.#troubles.set(uid, trouble);
  }

  #note(event: PodNews): void {
    const { uid, resourceVersion } = event.pod.metadata;
    if (event.kind === 'changed' && this.#settled.get(uid) === resourceVersion) return;
    this.#settled.delete(uid);
    // A deletion seen in a watch is looked at again by name before anything is stopped.
    const urgent = event.kind === 'deleted' || isDeleting(event.pod);
    const seen = event.kind === 'changed' && this.#queue.size < KEPT_VIEWS ? { pod: event.pod } : {};
    this.#queue.push({
      key: keyOfPod(event.pod),
      at: this.#deps.clock.now(),
      ...(urgent && { urgent }),
      ...seen,
    });
  }
}
