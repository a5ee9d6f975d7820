import {
  addUse,
  ceilingOfNamespace,
  describeLack,
  neverFits,
  NO_USE,
  withoutInUse,
  type Lack,
  type NamespaceCeilings,
  type NoRoom,
} from '../core/ceiling.ts';
import { launchDueSince, shownLack, type Launch } from '../core/hold-for-room.ts';
import type { Instant, PodKey } from '../core/kubernetes.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import { takesUp, type UseSum } from '../core/task-use.ts';
import type { View } from '../core/view.ts';
import type { LaunchTry, Provider } from '../ports/provider.ts';
import { CeilingAccount, mayBePassed, type Waiter } from './ceiling-account.ts';

/** What the room is made of. */
export interface RoomOptions {
  readonly nodes: readonly Pick<NodeSettings, 'name' | 'ceiling'>[];
  readonly namespaceCeilings: NamespaceCeilings;
  readonly useOf: Provider['useOf'];
  readonly now: () => Instant;
}

/** What is known of one pod. */
interface Entry {
  readonly key: PodKey;
  readonly node: string;
  /** The ceilings that it counts against. */
  readonly accounts: readonly CeilingAccount[];
  /** What its attempt takes up by its record, and the moment at which that was read. */
  used: UseSum | undefined;
  readAt: number;
  /** What is kept for the launch that it is about to make. */
  granted: UseSum | undefined;
  waiter: Waiter | undefined;
  /** What it says of the room that it waits for. */
  shown: string | undefined;
  /** Whether it is judged when the look under way has ended. */
  isNew: boolean;
  /** The last look of its node that saw it. */
  look: number;
}

interface NodeState {
  inUse: UseSum;
  look: number;
  /** Everything of the node is known; `gone`: nothing of it is ours. */
  isKnown: boolean;
  onNews: (key: PodKey) => void;
}

/**
 * What the tasks of a deployment take up, and who may launch within its ceilings; shared by the nodes of one invocation. It is made of
 * records that are read anyway and changes pod by pod: it costs no call. A launch under a ceiling waits until everything that counts
 * against it has been looked at, for a namespace that is every node. Only the holder launches; of two at once each may launch what the
 * other's eyes have not seen yet, but both serve the same pods in the same order, and a pod is claimed once.
 */
export class LaunchRoom {
  readonly #options: RoomOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #nodes = new Map<string, NodeState>();
  readonly #nodeAccounts = new Map<string, CeilingAccount>();
  readonly #namespaces = new Map<string, CeilingAccount>();
  #moments = 0;
  /** When views were read that somebody may keep. */
  readonly #readAt = new WeakMap<View, number>();
  /** Nodes whose first look is not over, however it ends. */
  readonly #awaited: Set<string>;
  readonly #allLooked: PromiseWithResolvers<undefined> = Promise.withResolvers();

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#awaited = new Set(options.nodes.map(({ name }) => name));
    for (const { name, ceiling } of options.nodes) {
      this.#nodes.set(name, { inUse: NO_USE, look: 0, isKnown: false, onNews: () => undefined });
      if (ceiling !== undefined)
        this.#nodeAccounts.set(name, new CeilingAccount({ kind: 'node', name }, ceiling));
    }
  }

  /** Whom to tell of pods of a node that have room now, or that have to be told that they have none. */
  onNews(node: string, tell: (key: PodKey) => void): void {
    this.#stateOf(node).onNews = tell;
  }

  /** What the records of a node take up. */
  inUse(node: string): UseSum {
    return this.#stateOf(node).inUse;
  }

  /** Marks what is read from now on: it is newer than all that was noted before. */
  moment(): number {
    return (this.#moments += 1);
  }

  /** The moment at which a view that was noted was read, however long it was kept. */
  readAtOf(view: View): number {
    return this.#readAt.get(view) ?? 0;
  }

  /** Takes over what a view that was read at that moment says of its pod; what is known from later stays. */
  note(view: View, readAt: number): void {
    this.#readAt.set(view, readAt);
    const entry = this.#entryOf(view);
    if (readAt < entry.readAt) return;
    entry.readAt = readAt;
    const { record, pod } = view;
    if (record === undefined || !takesUp(record)) {
      this.#change(entry, { used: undefined });
      return;
    }
    // A record of a version that knew no use says it by its pod.
    const use = record.use ?? (pod === undefined ? undefined : this.#options.useOf(pod, record)) ?? NO_USE;
    this.#change(entry, { used: use, granted: undefined });
    this.#forgetWaiter(entry);
  }

  /** Asks for room right before a launch: `undefined` is a promise, and the room is kept until {@link settle}. */
  ask(view: View, launch: Launch, readAt: number): NoRoom | undefined {
    // Its attempt before this one may just have ended.
    this.note(view, readAt);
    const entry = this.#entryOf(view);
    // Where this view is behind, and the pod is claimed already, the claim fails by itself.
    const hasRoom = entry.granted !== undefined || entry.used !== undefined;
    if (entry.accounts.length === 0 || hasRoom) return undefined;
    const waiter = this.#lineUp(entry, view, launch);
    if (!this.#isKnown(entry)) {
      entry.isNew = true;
      return { kind: 'unknown' };
    }
    const lack = this.#place(entry, waiter);
    return lack === undefined ? undefined : { kind: 'lacking', lack };
  }

  /**
   * A launch that a look has found. One under a ceiling is judged when the look is over, in the order of the waiting: `true`. Others
   * are none of its business.
   */
  expect(view: View, launch: Launch): boolean {
    const entry = this.#entryOf(view);
    if (entry.accounts.length === 0) return false;
    if (entry.granted === undefined && entry.used === undefined) this.#lineUp(entry, view, launch);
    entry.isNew = true;
    return true;
  }

  /** The work on a pod has ended with that view. Unless its launch is still to come the room that was kept for it is free. */
  settle(view: View, readAt: number, isLaunchToCome: boolean): void {
    this.note(view, readAt);
    if (!isLaunchToCome && view.noRoom === undefined) this.#withdraw(this.#entryOf(view));
  }

  beginLook(node: string): void {
    this.#stateOf(node).look += 1;
  }

  /** Everything of the node has been seen: what was not is gone. Then those who wait are judged. */
  endLook(node: string): void {
    const state = this.#stateOf(node);
    state.isKnown = true;
    for (const [uid, entry] of this.#entries) {
      if (entry.node !== node || entry.look >= state.look) continue;
      this.#entries.delete(uid);
      this.#change(entry, { used: undefined, granted: undefined });
      this.#forgetWaiter(entry);
    }
    this.#judgeNew();
    this.#looked(node);
  }

  /** Nothing of the node is ours: another kubelet has its name. */
  leaveOut(node: string): void {
    this.#stateOf(node).isKnown = true;
    this.#judgeNew();
    this.#looked(node);
  }

  /** The first look at the node failed: nobody has to wait for it any more, but what it uses is not known. */
  giveUp(node: string): void {
    this.#looked(node);
  }

  /** When the first look of every node is over, for whoever looks only once. Without ceilings of namespaces nobody needs the others. */
  async everyLook(): Promise<void> {
    if (Object.keys(this.#options.namespaceCeilings).length > 0) await this.#allLooked.promise;
  }

  #looked(node: string): void {
    this.#awaited.delete(node);
    if (this.#awaited.size === 0) this.#allLooked.resolve(undefined);
  }

  #stateOf(node: string): NodeState {
    const state = this.#nodes.get(node);
    if (state === undefined) throw new Error(`${node} is not a node of this deployment.`);
    return state;
  }

  #entryOf({ key, node }: View): Entry {
    const { look } = this.#stateOf(node);
    const known = this.#entries.get(key.uid);
    if (known !== undefined) {
      known.look = look;
      return known;
    }
    const entry: Entry = {
      ...{ key, node, accounts: this.#accountsOf(node, key.namespace), look, readAt: 0, isNew: false },
      ...{ used: undefined, granted: undefined, waiter: undefined, shown: undefined },
    };
    this.#entries.set(key.uid, entry);
    return entry;
  }

  #accountsOf(node: string, namespace: string): readonly CeilingAccount[] {
    const ceiling = ceilingOfNamespace(this.#options.namespaceCeilings, namespace);
    const known = this.#namespaces.get(namespace);
    const own = known ?? (ceiling && new CeilingAccount({ kind: 'namespace', name: namespace }, ceiling));
    if (own !== undefined) this.#namespaces.set(namespace, own);
    return [this.#nodeAccounts.get(node), own].filter((account) => account !== undefined);
  }

  #isKnown({ node, accounts }: Entry): boolean {
    const needsAll = accounts.some(({ owner }) => owner.kind === 'namespace');
    return needsAll ? [...this.#nodes.values()].every(({ isKnown }) => isKnown) : this.#stateOf(node).isKnown;
  }

  #lineUp(entry: Entry, view: View, launch: Launch): Waiter {
    const { pod } = view;
    const use = pod === undefined ? undefined : this.#options.useOf(pod, tryOf(view, launch));
    const { vcpu, usdPerHour } = use ?? NO_USE;
    const since = launchDueSince(view, this.#options.now());
    entry.shown = pod === undefined ? undefined : shownLack(pod);
    const before = entry.waiter;
    if (before?.since === since && before.need.vcpu === vcpu && before.need.usdPerHour === usdPerHour)
      return before;
    this.#forgetWaiter(entry);
    entry.waiter = { uid: view.key.uid, need: { vcpu, usdPerHour }, since, account: undefined };
    return entry.waiter;
  }

  /** Grants the room, or lets the pod wait under the ceiling that is in the way. */
  #place(entry: Entry, waiter: Waiter): Lack | undefined {
    const lack = this.#lackFor(entry, waiter);
    if (lack === undefined) {
      this.#forgetWaiter(entry);
      this.#change(entry, { granted: waiter.need });
      return undefined;
    }
    const account = neverFits(lack) ? undefined : entry.accounts.find(({ owner }) => owner === lack.owner);
    if (account === undefined) waiter.account = undefined;
    else account.enter(waiter);
    return lack;
  }

  /** What is in the way. What the pod says already stays said as long as it is true. */
  #lackFor({ accounts, shown }: Entry, waiter: Waiter): Lack | undefined {
    const lacks = accounts.flatMap((account) => account.lacks(waiter.need));
    if (lacks.length > 0) return lacks.find((lack) => textOf(lack) === shown) ?? lacks[0];
    const now = this.#options.now();
    return accounts.map((account) => account.keptFrom(waiter, now)).find((lack) => lack !== undefined);
  }

  /** Those whom looks have found, or who asked too early: in the order of their waiting, whatever their node. */
  #judgeNew(): void {
    const found = [...this.#entries.values()].filter((entry) => entry.isNew && this.#isKnown(entry));
    found.sort((one, other) => (one.waiter?.since ?? 0) - (other.waiter?.since ?? 0));
    for (const entry of found) {
      entry.isNew = false;
      const lack = entry.waiter && this.#place(entry, entry.waiter);
      const isNews = entry.granted !== undefined || (lack !== undefined && textOf(lack) !== entry.shown);
      if (isNews) this.#stateOf(entry.node).onNews(entry.key);
    }
  }

  #change(entry: Entry, change: Partial<Pick<Entry, 'used' | 'granted'>>): void {
    const before = entry.used ?? entry.granted;
    const state = this.#stateOf(entry.node);
    if ('used' in change) {
      if (entry.used !== undefined) state.inUse = addUse(state.inUse, entry.used, -1);
      if (change.used !== undefined) state.inUse = addUse(state.inUse, change.used);
    }
    Object.assign(entry, change);
    const after = entry.used ?? entry.granted;
    if (before === after) return;
    for (const account of entry.accounts) {
      if (before !== undefined) account.count(before, -1);
      if (after !== undefined) account.count(after, 1);
    }
    if (before !== undefined) this.#admit(entry.accounts);
  }

  #forgetWaiter(entry: Entry): void {
    if (entry.waiter !== undefined) entry.waiter.account = undefined;
    entry.waiter = undefined;
  }

  #withdraw(entry: Entry): void {
    const waited = entry.waiter?.account !== undefined;
    this.#forgetWaiter(entry);
    this.#change(entry, { granted: undefined });
    // What was kept for it is free for others.
    if (waited) this.#admit(entry.accounts);
  }

  /** Something became free: whoever has waited longest and fits now is told; each who is served may leave room for the next. */
  #admit(accounts: readonly CeilingAccount[]): void {
    for (const account of accounts) while (this.#admitOne(account));
  }

  #admitOne(account: CeilingAccount): boolean {
    const now = this.#options.now();
    for (const first of account.firsts()) {
      const entry = this.#entries.get(first.uid);
      if (entry?.waiter !== first) {
        first.account = undefined;
        return true;
      }
      this.#place(entry, first);
      if (entry.granted !== undefined) this.#stateOf(entry.node).onNews(entry.key);
      if (first.account !== account) return true;
      if (!mayBePassed(first, now)) return false;
    }
    return false;
  }
}

function textOf(lack: Lack): string {
  return withoutInUse(describeLack(lack));
}

function tryOf({ key: { uid }, node, record }: View, launch: Launch): LaunchTry {
  return launch.kind === 'claim'
    ? { uid, node, attempt: launch.attempt, try: 0 }
    : { uid, node, attempt: record?.attempt ?? 0, try: record?.try ?? 0 };
}
