import { failureOf, retryDelay } from '../core/failure.ts';
import { keyOfPod, type Instant } from '../core/kubernetes.ts';
import { nextAction } from '../core/next-action.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { Caller } from '../core/view.ts';
import type { PodWatchEvent } from '../ports/pods.ts';
import type { SyncDeps } from './deps.ts';
import { observeNode } from './observe-node.ts';
import { observePod } from './observe-pod.ts';
import { podFields } from './pod-fields.ts';
import { PodQueue, type PodEntry } from './pod-queue.ts';
import { reconcilePod } from './reconcile-pod.ts';

/** Pods worked on at once in one node: enough to fill the RunTask rate at a quarter of a second a call. */
const WIDTH = 16;
/** A complete look at everything at least this often, although the watch tells of every change. */
const PASS_MS = 5 * 60_000;

/** Sync of one node by the holder. */
export interface NodeSync {
  /** When pods and records were last known to agree: a pass ended, or the watch that follows it is open. */
  syncedAt(): Instant | undefined;
  /** Whether the node is being removed; read anew with every renewal of the slot. */
  setClosing(closing: boolean): void;
  /** One pass over everything; resolves when no pod has anything due at once. */
  pass(signal: AbortSignal): Promise<void>;
  /** Follows the watch and the timers until `signal` aborts; passes again after a gap and every five minutes. */
  follow(signal: AbortSignal): Promise<void>;
}

/** The sync of one node, with its own queue; `id` names the invocation. */
export function createNodeSync(deps: SyncDeps, settings: NodeSettings, id: string): NodeSync {
  const queue = new PodQueue(deps.clock);
  const memory = new Map<string, { failures: number; describedAt?: Instant }>();
  const node = settings.name;
  let caller: Caller = {
    id,
    mayLaunch: true,
    mayUseProvider: true,
    closing: false,
    podsReady: settings.podsReady,
  };
  let resourceVersion = '';
  let syncedAt: Instant | undefined;
  let watching = false;

  const work = async (entry: PodEntry): Promise<Instant | undefined> => {
    const { uid } = entry.key;
    const past = memory.get(uid) ?? { failures: 0 };
    try {
      const seen = entry.view ?? (await observePod(deps, node, entry.key, entry.pod));
      const view = past.describedAt === undefined ? seen : { ...seen, describedAt: past.describedAt };
      const done = await reconcilePod(view, caller, deps, past.failures);
      remember(uid, done.failure === undefined ? 0 : past.failures + 1, done.view.describedAt);
      return done.until;
    } catch (thrown) {
      const failure = failureOf(thrown);
      deps.telemetry.warn('Pod could not be observed', {
        failure,
        ...podFields({ key: entry.key, node, record: undefined }),
      });
      remember(uid, past.failures + 1, past.describedAt);
      return (
        deps.clock.now() + retryDelay(failure.kind === 'refused' ? 'internal' : failure.kind, past.failures)
      );
    }
  };
  const remember = (uid: string, failures: number, describedAt: Instant | undefined): void => {
    if (failures === 0 && describedAt === undefined) memory.delete(uid);
    else memory.set(uid, { failures, ...(describedAt !== undefined && { describedAt }) });
  };

  const look = async (): Promise<void> => {
    const seen = await observeNode(deps, node);
    const now = deps.clock.now();
    for (const view of seen.views) {
      const action = nextAction(view, now, caller);
      if (action.kind !== 'wait') queue.push({ key: view.key, at: now, view });
      else if (action.until !== undefined) queue.push({ key: view.key, at: action.until });
    }
    resourceVersion = seen.resourceVersion;
    syncedAt = deps.clock.now();
    deps.telemetry.count('PodsSeen', seen.views.length, 'Count', node);
    deps.telemetry.count('PassDuration', syncedAt - now, 'Milliseconds', node);
  };

  const handle = (event: PodWatchEvent & { kind: 'changed' | 'deleted' }): void => {
    const at = deps.clock.now();
    // A deletion seen in a watch is looked at again by name before anything is stopped.
    queue.push({ key: keyOfPod(event.pod), at, ...(event.kind === 'changed' && { pod: event.pod }) });
  };

  /** One watch to its end; returns whether the next one may go on from where it stopped. */
  const watchOnce = async (signal: AbortSignal): Promise<boolean> => {
    watching = true;
    try {
      for await (const event of deps.pods.watch(node, resourceVersion, signal)) {
        if (event.kind === 'expired') return false;
        resourceVersion =
          event.kind === 'bookmark' ? event.resourceVersion : event.pod.metadata.resourceVersion;
        if (event.kind !== 'bookmark') handle(event);
      }
      return true;
    } finally {
      watching = false;
    }
  };

  const watchAndLook = async (signal: AbortSignal): Promise<void> => {
    let failures = 0;
    let nextPass = deps.clock.now() + PASS_MS;
    while (!signal.aborted) {
      try {
        const due = AbortSignal.any([signal, alarmAt(deps, nextPass, signal)]);
        const mayGoOn = await watchOnce(due);
        failures = 0;
        if (signal.aborted) return;
        if (mayGoOn && deps.clock.now() < nextPass) continue;
        await look();
        nextPass = deps.clock.now() + PASS_MS;
      } catch (thrown) {
        const failure = failureOf(thrown);
        deps.telemetry.warn('The watch of the node broke', { node, failure });
        await deps.clock.sleep(deps.clock.now() + retryDelay('transient', failures), signal);
        failures = Math.min(failures + 1, 3);
        nextPass = 0;
      }
    }
  };

  return {
    syncedAt: () => (watching ? deps.clock.now() : syncedAt),
    setClosing: (closing) => {
      caller = { ...caller, mayLaunch: !closing };
    },
    pass: async (signal) => {
      await look();
      await queue.drain(signal, WIDTH, work);
    },
    follow: async (signal) => {
      await look();
      await Promise.all([queue.run(signal, WIDTH, work), watchAndLook(signal)]);
    },
  };
}

/** A signal that aborts at `at`. Its sleep ends with `signal`, so that no timer outlives the work. */
function alarmAt({ clock }: Pick<SyncDeps, 'clock'>, at: Instant, signal: AbortSignal): AbortSignal {
  const alarm = new AbortController();
  void clock.sleep(at, signal).then(() => alarm.abort());
  return alarm.signal;
}
