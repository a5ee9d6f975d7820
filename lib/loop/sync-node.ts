import type { Breaker } from '../core/breaker.ts';
import { failureOf, retryDelay } from '../core/failure.ts';
import { isDeleting, keyOfPod, type Instant, type PodKey } from '../core/kubernetes.ts';
import { needsRoom } from '../core/hold-for-room.ts';
import { nextAction } from '../core/next-action.ts';
import { isOwnNode } from '../core/node.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { OwnUse } from '../core/own-use.ts';
import type { Caller, View } from '../core/view.ts';
import { deadlineAhead } from '../core/why-stop.ts';
import type { NodeMark } from '../ports/slot.ts';
import type { SyncDeps } from './deps.ts';
import type { HeldSlot } from './hold-slot.ts';
import type { Housekeeper } from './keep-house.ts';
import type { LaunchRoom } from './launch-room.ts';
import { NodeCensus } from './node-census.ts';
import { observeNode } from './observe-node.ts';
import { observePod } from './observe-pod.ts';
import { podFields } from './pod-fields.ts';
import { PodQueue, type LaunchLane, type PodEntry, type PodWork } from './pod-queue.ts';
import { PodProber } from './probe-pods.ts';
import { reconcilePod, type LaunchPermit, type Reconciled } from './reconcile-pod.ts';
import type { StraySearch } from './search-strays.ts';
import { sweepNode } from './sweep-node.ts';
import { ObstacleTally } from './tally-obstacles.ts';
import { PhaseTally } from './tally-phases.ts';
import { StuckTally } from './tally-stuck.ts';
import { beginOwnUse, countOwnUse, tellQuota } from './tell-quota.ts';
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
  readonly room: LaunchRoom;
  readonly house: Housekeeper;
  /** Called after each complete look at a node. Never rejects. */
  readonly onLooked: () => Promise<void>;
}

/** Sync of one node by the holder: a pass over everything, then the watch and the timers. */
export class NodeSync {
  readonly #deps: SyncDeps;
  readonly #node: string;
  readonly #settings: NodeSettings;
  readonly #queue: PodQueue;
  readonly #troubles = new Map<string, Trouble>();
  /** How each pod was when its work ended: an echo of that is no news. */
  readonly #settled = new Map<string, string>();
  readonly #shared: SharedSync;
  readonly #watch: NodeWatch;
  readonly #prober: PodProber;
  readonly #obstacles: ObstacleTally;
  readonly #stuck: StuckTally;
  #phases = new PhaseTally();
  /** Some of the views whose launches are judged when the look under way is over. */
  readonly #toJudge = new Map<string, View>();
  #caller: Caller;
  #breaker: Breaker | undefined;
  #mark: NodeMark | undefined;
  #syncedAt: Instant | undefined;
  #sweptAt: Instant | undefined;
  #foreign = false;
  #sweeping: Promise<void> | undefined;
  #resweepAt: Instant | undefined;

  constructor(deps: SyncDeps, settings: NodeSettings, shared: SharedSync) {
    this.#deps = deps;
    this.#node = settings.name;
    this.#settings = settings;
    this.#obstacles = new ObstacleTally(settings.name);
    this.#stuck = new StuckTally(shared.held.lastPassAt);
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
    shared.room.onNews(settings.name, (key) => this.#queueJudged(key));
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
    this.#mark = mark;
    this.#setBreaker(mark === undefined ? this.#breaker : mark.breaker);
    this.#caller = { ...this.#caller, mayLaunch: mark?.closing === false };
  }

  #setBreaker(breaker: Breaker | undefined): void {
    this.#breaker = breaker;
    this.#caller = { ...this.#caller, breakerHolds: breaker !== undefined };
  }

  /** Tells how many pods are pending and running, and what their tasks use, as far as an open watch knows it. */
  tellPhases(): void {
    if (this.#watch.isOpen()) this.#tellUse();
  }

  /** Tells what keeps launches from succeeding: with the marks of the node if that has changed, and as trouble. Never throws. */
  async tellObstacles(): Promise<void> {
    const { telemetry, clock } = this.#deps;
    if (this.#caller.mayLaunch) this.#stuck.tell(telemetry, clock.now());
    if (this.#mark !== undefined) this.#mark = await this.#obstacles.tell(this.#deps, this.#mark);
  }

  #tellUse(): void {
    const { telemetry } = this.#deps;
    const { vcpu, usdPerHour } = this.#shared.room.inUse(this.#node);
    this.#phases.tell(telemetry, this.#node);
    telemetry.count('VcpuInUse', vcpu, this.#node);
    telemetry.count('CostPerHour', usdPerHour, this.#node);
  }

  /** One pass over everything; resolves when no pod has anything due at once. */
  async pass(signal: AbortSignal): Promise<void> {
    const begun = this.#deps.clock.now();
    await this.#lookOnce();
    const drain = (): Promise<void> =>
      this.#queue.drain(signal, WIDTH, (entry) => this.#work(entry), this.#launchLane());
    await Promise.all([drain(), this.#sweeping]);
    const passMs = begun - (this.#shared.held.lastPassAt ?? 0);
    await Promise.all([this.#prober.once(signal, passMs), drain()]);
    // What the sweep and the probes found.
    await drain();
  }

  /** The only look of an invocation in economy mode: what counts against the ceiling of a namespace is found by those of all nodes. */
  async #lookOnce(): Promise<void> {
    const { room } = this.#shared;
    await this.#look().finally(() => room.giveUp(this.#node));
    await room.everyLook();
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
      turn: (signal) => launches.turn(this.#settings.capacityType, signal),
      giveBack: () => launches.giveBack(this.#settings.capacityType),
      work: async (entry) => {
        const permit = { used: false };
        const outcome = await this.#work(entry, permit);
        if (!permit.used) launches.giveBack(this.#settings.capacityType);
        return outcome;
      },
    };
  }

  /** Looks at everything, page by page, and queues what has something due, now or later. Settled pods cost no call. */
  async #look(): Promise<string> {
    const { clock, provider } = this.#deps;
    await demandCluster(this.#deps);
    await this.#demandOwnNode();
    const census = new NodeCensus();
    const own = beginOwnUse(this.#settings, this.#deps);
    const phases = new PhaseTally();
    const { room } = this.#shared;
    room.beginLook(this.#node);
    this.#toJudge.clear();
    let readAt = room.moment();
    let resourceVersion = '';
    for await (const page of observeNode(this.#deps, this.#node)) {
      resourceVersion = page.resourceVersion;
      census.add(page);
      for (const seen of [...page.views, ...page.ended.map((record) => ({ record }))])
        countOwnUse(own, seen, (...of) => provider.useOf(...of));
      for (const view of page.views) {
        this.#obstacles.note(view.key.uid, view.record);
        this.#stuck.note(view);
        room.note(view, readAt);
        this.#queueDue(view);
        this.#prober.note(view);
        if (view.pod !== undefined) phases.note(view.pod);
      }
      readAt = room.moment();
    }
    room.endLook(this.#node);
    this.#toJudge.clear();
    // Whatever went before the watch goes on from here is told by nobody.
    this.#queue.forgetSeen();
    // Nobody waits for it: news of pods are heard meanwhile.
    this.#sweeping ??= this.#sweepIfDue(census, own).finally(() => (this.#sweeping = undefined));
    this.#syncedAt = clock.now();
    this.#phases = phases;
    this.#tellUse();
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
    const action = nextAction(view, now, this.#caller);
    const { key } = view;
    if (needsRoom(action, view) && this.#shared.room.expect(view, action)) {
      this.#judgeLater(view, now);
      return;
    }
    const urgency = urgencyOf(action);
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

  /** Its launch is judged when the look is over; its deadline does not wait for that. */
  #judgeLater(view: View, now: Instant): void {
    const { key, pod } = view;
    if (this.#toJudge.size < KEPT_VIEWS) this.#toJudge.set(key.uid, view);
    const deadline = deadlineAhead(pod, now);
    if (deadline !== undefined) this.#queue.push({ key, at: deadline });
  }

  /** A pod that has room now, or that has to be told that it has none. */
  #queueJudged(key: PodKey): void {
    const view = this.#toJudge.get(key.uid);
    this.#queue.push({ key, at: this.#deps.clock.now(), ...(view !== undefined && { view }) });
  }

  async #demandOwnNode(): Promise<void> {
    const node = await this.#deps.nodes.get(this.#node);
    this.#foreign = node !== undefined && !isOwnNode(node);
    if (!this.#foreign) return;
    this.#shared.room.leaveOut(this.#node);
    throw strangeNode(this.#node);
  }

  /** Every five minutes the provider itself is asked, because a lost event is told by nobody. */
  async #sweepIfDue(census: NodeCensus, own: OwnUse): Promise<void> {
    const now = this.#deps.clock.now();
    if (this.#sweptAt !== undefined && now - this.#sweptAt < PASS_MS) return;
    const told = { settings: this.#settings, mark: this.#mark, own };
    await Promise.all([tellQuota(this.#deps, told), this.#sweep(census, now)]);
  }

  /** Never rejects. */
  async #sweep(census: NodeCensus, now: Instant): Promise<void> {
    const { clock, telemetry } = this.#deps;
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
    const { room } = this.#shared;
    const past = this.#troubles.get(uid) ?? { failures: 0, describedAt: undefined };
    try {
      const readAt = entry.view === undefined ? room.moment() : room.readAtOf(entry.view);
      const seen = entry.view ?? (await observePod(this.#deps, this.#node, entry.key, entry.pod));
      // A record that is another than the one that was read was written or read anew.
      const momentOf = ({ record }: View): number => (record === seen.record ? readAt : room.moment());
      const view = past.describedAt === undefined ? seen : { ...seen, describedAt: past.describedAt };
      const done = await reconcilePod(view, this.#caller, this.#deps, {
        failuresBefore: past.failures,
        askRoom: (asking, launch) => room.ask(asking, launch, momentOf(asking)),
        ...(permit !== undefined && { permit }),
      });
      this.#remember(uid, {
        failures: done.failure === undefined ? 0 : past.failures + 1,
        describedAt: done.view.describedAt,
      });
      this.#obstacles.note(uid, seen.record);
      this.#obstacles.note(uid, done.view.record);
      this.#stuck.note(done.view);
      this.#prober.note(done.view);
      room.settle(done.view, momentOf(done.view), done.launch === true || done.failure !== undefined);
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
    if (event.kind === 'deleted') this.#phases.forget(uid);
    else this.#phases.note(event.pod);
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
