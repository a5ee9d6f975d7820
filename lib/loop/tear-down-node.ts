import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import { LAUNCH } from '../core/record.ts';
import type { Caller, View } from '../core/view.ts';
import type { SyncDeps } from './deps.ts';
import { observeNode } from './observe-node.ts';
import { observePod } from './observe-pod.ts';
import { reconcilePod } from './reconcile-pod.ts';
import { liveTaskOf, refreshTasks } from './refresh-tasks.ts';
import { rebuildRecords } from './rebuild-records.ts';
import { demandOwnNode, verifyCluster } from './verify-cluster.ts';

/** The holder reads `closing` with every renewal: after this it launches nothing more for the node. */
const HOLDER_OBEYS_MS = 15_000;
const PASS_PAUSE_MS = 5_000;

/** How a teardown ended; it never fails, because a stack that cannot be deleted is worse than a task that must be stopped by hand. */
export interface TornDown {
  readonly kind: 'clean' | 'tasksStopped' | 'leftOver';
  readonly message: string;
}

/**
 * Removes a node: marks it closing, waits until the holder obeys, cordons it, stops its tasks by their grace, publishes what they
 * ended with, removes Lease and Node, and whatever is stored for its pods: where those files are goes next, and must be empty. When the
 * cluster cannot be reached the tasks are stopped all the same.
 * @param node may be missing in the settings: they are updated before the resource of a node that left them is deleted
 * @param until nothing is begun after this
 */
export async function tearDownNode(deps: SyncDeps, node: string, until: Instant): Promise<TornDown> {
  const torn = await takeAway(deps, node, until);
  const left = await clearNode(deps, node, until);
  return left === undefined ? torn : { kind: 'leftOver', message: `${torn.message}; ${left}` };
}

/** Says what was left and why, or nothing. */
async function clearNode(deps: SyncDeps, node: string, until: Instant): Promise<string | undefined> {
  const { clock, provider, telemetry } = deps;
  if (clock.now() >= until) return 'there was no time to remove the files of its pods';
  try {
    await provider.clearNode(node);
    return undefined;
  } catch (thrown) {
    const failure = failureOf(thrown);
    telemetry.error('The files of the pods of the node were left', { node, failure });
    return `the files of its pods were left: ${failure.message}`;
  }
}

async function takeAway(deps: SyncDeps, node: string, until: Instant): Promise<TornDown> {
  const { clock, marks, telemetry } = deps;
  try {
    await marks.setClosing(node, true);
    const verdict = await verifyCluster(deps);
    if (verdict !== 'verified')
      return await stopAll(deps, node, `the cluster could not be verified (${verdict})`, until);
    await demandOwnNode(deps, node);
    await deps.nodes.cordon(node);
    await clock.sleep(clock.now() + HOLDER_OBEYS_MS);
    await rebuildRecords(deps);
    const left = await passUntilQuiet(deps, node, until);
    if (left > 0)
      return {
        ...(await stopAll(deps, node, `${left} pods had not ended in time`, until)),
        kind: 'leftOver',
      };
    await deps.leases.remove(node);
    await deps.nodes.remove(node);
    return { kind: 'clean', message: `node ${node} and its lease are removed` };
  } catch (thrown) {
    const failure = failureOf(thrown);
    telemetry.error('The teardown of the node failed', { node, failure });
    return stopAll(deps, node, failure.message, until);
  }
}

/** Passes until no record is open and nothing was in doubt; returns how many were still open at the end of the time. */
async function passUntilQuiet(deps: SyncDeps, node: string, until: Instant): Promise<number> {
  const { clock } = deps;
  for (;;) {
    const { open, unreadable } = await passOnce(deps, node);
    // Waiting makes no record readable.
    if (open === 0 || clock.now() + PASS_PAUSE_MS >= until) return open + unreadable;
    await clock.sleep(clock.now() + PASS_PAUSE_MS);
  }
}

async function passOnce(
  deps: SyncDeps,
  node: string,
): Promise<{ readonly open: number; readonly unreadable: number }> {
  const caller: Caller = {
    id: deps.clock.newId(),
    mayLaunch: false,
    mayUseProvider: true,
    closing: true,
    breakerHolds: false,
    podsReady: true,
    networkProbes: deps.settings.networkProbes,
  };
  const open: View[] = [];
  let unreadable = 0;
  for await (const page of observeNode(deps, node)) {
    open.push(...page.views.filter(isOpen));
    unreadable += page.unreadable.length;
  }
  // The event function may be gone already.
  const live = open.map(liveTaskOf).filter((task) => task !== undefined);
  const { changed } = await refreshTasks(live, deps);
  const stale = new Set(changed.map(({ uid }) => uid));
  let left = 0;
  for (const view of open) {
    const fresh = stale.has(view.key.uid) ? await observePod(deps, node, view.key) : view;
    const { view: after, failure } = await reconcilePod(fresh, caller, deps);
    if (failure !== undefined || after.record?.state !== 'ended') left += 1;
  }
  return { open: left, unreadable };
}

/** Nobody looks at the pods of the node any more: records that were kept for them may expire. */
function isOpen({ record }: View): boolean {
  return record !== undefined && (record.state !== 'ended' || record.expiresAt === undefined);
}

/**
 * What can still be done without the cluster: every task of the node is stopped, by its owner mark. A holder may launch until it
 * obeys the mark, and a launch that is under way may come to light late: so once at once, and again when the last claim is over.
 */
async function stopAll(deps: SyncDeps, node: string, why: string, until: Instant): Promise<TornDown> {
  const { clock } = deps;
  const stopped = new Set<string>();
  const again = clock.now() + HOLDER_OBEYS_MS + LAUNCH.claimMs + LAUNCH.settleMs;
  try {
    await stopLiving(deps, node, stopped);
    if (again < until) {
      await clock.sleep(again);
      await stopLiving(deps, node, stopped);
    }
    return {
      kind: 'tasksStopped',
      message: `${stopped.size} tasks of node ${node} were stopped, but its Node, Lease and pods were left: ${why}`,
    };
  } catch (thrown) {
    return {
      kind: 'leftOver',
      message: `nothing of node ${node} could be removed: ${why}; ${failureOf(thrown).message}`,
    };
  }
}

async function stopLiving(
  { provider, settings }: SyncDeps,
  node: string,
  stopped: Set<string>,
): Promise<void> {
  for (const { owner, task } of await provider.listAll()) {
    const isTheirs = owner?.cluster === settings.cluster && owner.node === node;
    if (!isTheirs || task.state === 'stopped' || stopped.has(task.arn)) continue;
    await provider.stop(task.arn, 'lambdalet: the virtual node is removed');
    stopped.add(task.arn);
  }
}
