import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import { SLOT } from '../core/slot-rules.ts';
import { withoutUndefined } from '../core/without-undefined.ts';
import type { SyncDeps } from './deps.ts';
import { standIn } from './heartbeat.ts';
import { createHousekeeper } from './keep-house.ts';
import { keepSlot, takeSlot, type HeldSlot } from './hold-slot.ts';
import { LaunchRoom } from './launch-room.ts';
import { rebuildRecords } from './rebuild-records.ts';
import { searchStrays } from './search-strays.ts';
import { NodeSync, type SharedSync } from './sync-node.ts';
import { verifyCluster } from './verify-cluster.ts';

/** How an invocation of pod-sync ended. */
export type SyncOutcome = 'heldByAnother' | 'notVerified' | 'done';

/**
 * One invocation of pod-sync: takes the slot or returns at once; then a full pass, then the watch until the slot's end (watch
 * mode) or nothing more (economy mode). One code path: the mode is the time to follow the watch.
 */
export async function syncCluster(deps: SyncDeps): Promise<SyncOutcome> {
  const held = await takeSlot(deps);
  if (held === undefined) return 'heldByAnother';
  const stop = new AbortController();
  const standing = new Set<Promise<void>>();
  const syncs: NodeSync[] = [];
  const shared: SharedSync = {
    held,
    search: searchStrays(deps),
    room: openRoom(deps),
    house: createHousekeeper(deps, held.lastSweepAt),
    onLooked: tellFirstPass(deps, held, syncs),
  };
  syncs.push(...deps.settings.nodes.map((settings) => new NodeSync(deps, settings, shared)));
  const keeping = keepSlot(deps, held, {
    signal: stop.signal,
    onLost: () => stop.abort(),
    onTick: () => tick(deps, syncs, standing),
    progress: () => progressOf(syncs),
  });
  try {
    if ((await verifyCluster(deps)) !== 'verified') return 'notVerified';
    await rebuildRecords(deps);
    await readMarks(deps, syncs);
    await syncNodes(deps, syncs, held, stop);
    return 'done';
  } finally {
    stop.abort();
    await keeping;
    await Promise.all(standing);
    await Promise.all(syncs.map((sync) => sync.tellObstacles()));
    await giveBack(deps, held, syncs);
  }
}

function openRoom({ settings, provider, clock }: SyncDeps): LaunchRoom {
  const { nodes, namespaceCeilings } = settings;
  return new LaunchRoom({
    nodes,
    namespaceCeilings,
    useOf: (...of) => provider.useOf(...of),
    now: () => clock.now(),
  });
}

/**
 * The first pass of a holder that goes on is told at once: the heartbeat may be waiting for it to end the stall of the node. In economy
 * mode the slot is given back right after it, which tells it, too.
 */
function tellFirstPass(deps: SyncDeps, held: HeldSlot, syncs: readonly NodeSync[]) {
  const { slot, clock, telemetry } = deps;
  let told = deps.settings.mode === 'economy';
  return async (): Promise<void> => {
    const progress = progressOf(syncs);
    if (told || progress.lastPassAt === undefined) return;
    told = true;
    try {
      await slot.renew(held.holder, { renewedAt: clock.now(), ...progress });
    } catch (thrown) {
      telemetry.warn('The slot could not be renewed', { failure: failureOf(thrown) });
    }
  };
}

async function syncNodes(
  deps: SyncDeps,
  syncs: readonly NodeSync[],
  held: HeldSlot,
  stop: AbortController,
): Promise<void> {
  // Whatever hangs, an invocation ends before its Lambda does.
  const end = deps.clock.sleep(held.until, stop.signal).then(() => stop.abort());
  await settleAll(
    deps,
    syncs.map((sync) => syncNode(deps.settings.mode, sync, stop.signal)),
  );
  stop.abort();
  await end;
}

function syncNode(mode: SyncDeps['settings']['mode'], sync: NodeSync, signal: AbortSignal): Promise<void> {
  switch (mode) {
    case 'economy':
      return sync.pass(signal);
    case 'watch':
      return sync.follow(signal);
  }
}

/** A node whose first look fails must not take the others' sync with it; the next invocation tries it again. */
async function settleAll(deps: SyncDeps, work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected')
      deps.telemetry.error('The sync of a node failed', { failure: failureOf(result.reason) });
  }
}

/**
 * With every renewal: obey a node's removal, stand in for a heartbeat function that is late, and tell how things are. Obeying must not
 * wait for standing in: an API server that is slow would delay it.
 */
async function tick(deps: SyncDeps, syncs: readonly NodeSync[], standing: Set<Promise<void>>): Promise<void> {
  if (standing.size === 0) {
    const stood: Promise<void> = standIn(deps).finally(() => standing.delete(stood));
    standing.add(stood);
  }
  await readMarks(deps, syncs);
  for (const sync of syncs) {
    sync.tellPhases();
    await sync.tellObstacles();
  }
  // A holder lives for 14 minutes: its metrics must not wait for its end.
  deps.telemetry.flush();
}

async function readMarks(deps: SyncDeps, syncs: readonly NodeSync[]): Promise<void> {
  for (const [index, { name }] of deps.settings.nodes.entries()) {
    try {
      syncs[index]?.setMark(await deps.marks.node(name));
    } catch (thrown) {
      const failure = failureOf(thrown);
      deps.telemetry.warn('The marks of the node are not known now', { node: name, failure });
      syncs[index]?.setMark(undefined);
    }
  }
}

/** The oldest pass and the oldest sweep of the nodes that are ours: what can be said of all of them. */
function progressOf(syncs: readonly NodeSync[]): {
  readonly lastPassAt?: Instant;
  readonly lastSweepAt?: Instant;
} {
  const own = syncs.filter((sync) => !sync.isForeign());
  return withoutUndefined({
    lastPassAt: oldest(own.map((sync) => sync.syncedAt())),
    lastSweepAt: oldest(own.map((sync) => sync.sweptAt())),
  });
}

function oldest(times: readonly (Instant | undefined)[]): Instant | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 || known.length < times.length ? undefined : Math.min(...known);
}

async function giveBack(deps: SyncDeps, held: HeldSlot, syncs: readonly NodeSync[]): Promise<void> {
  try {
    await deps.slot.renew(held.holder, { renewedAt: deps.clock.now(), ...progressOf(syncs) });
    await deps.slot.clear(held.holder);
  } catch (thrown) {
    deps.telemetry.warn('The slot could not be given back; it is dead in seconds', {
      deadMs: SLOT.deadMs,
      failure: failureOf(thrown),
    });
  }
}
