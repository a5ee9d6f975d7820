import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import { mayTakeSlot, SLOT, type SlotItem } from '../core/slot-rules.ts';
import { withoutUndefined } from '../core/without-undefined.ts';
import type { SyncDeps } from './deps.ts';

type SlotDeps = Pick<SyncDeps, 'slot' | 'clock' | 'telemetry' | 'settings'>;

/** The slot while this invocation holds it. */
export interface HeldSlot {
  readonly holder: string;
  readonly until: Instant;
  /** The last time that anyone asked the provider about every task. */
  readonly lastSweepAt: Instant | undefined;
  /** The last pass that anyone made. */
  readonly lastPassAt: Instant | undefined;
}

/** Tries to take the cluster's slot; `undefined` when another holds it, or was faster, or a pass has just been made. */
export async function takeSlot(deps: SlotDeps): Promise<HeldSlot | undefined> {
  const { slot, clock, settings } = deps;
  const now = clock.now();
  const seen = await slot.read();
  if (!mayTakeSlot(seen, { deployId: settings.deployId, startedAt: now }, now)) return undefined;
  if (settings.mode === 'economy' && isFresh(seen, settings.deployId, now)) return undefined;
  const item: SlotItem = withoutUndefined({
    holder: clock.newId(),
    deployId: settings.deployId,
    startedAt: now,
    // In economy mode the slot is given back after one pass; the time only bounds a pass that hangs.
    until: now + SLOT.holdMs,
    renewedAt: now,
    lastPassAt: seen?.lastPassAt,
    lastSweepAt: seen?.lastSweepAt,
  });
  if (!(await slot.take(item, seen))) return undefined;
  deps.telemetry.count('TakeOvers', 1);
  return {
    holder: item.holder,
    until: item.until,
    lastSweepAt: seen?.lastSweepAt,
    lastPassAt: seen?.lastPassAt,
  };
}

/** Whether this deployment has just made a pass. Those of another do not count: its holder may follow the watch, and is always fresh. */
function isFresh(seen: SlotItem | undefined, deployId: string, now: Instant): boolean {
  if (seen?.lastPassAt === undefined || seen.deployId !== deployId) return false;
  return now - seen.lastPassAt < SLOT.economyGapMs;
}

/**
 * Renews the slot every 10 s until `signal` aborts; `onLost` is called once when another took it. A table that cannot be
 * reached loses nothing: the slot only saves work.
 */
export async function keepSlot(
  deps: SlotDeps,
  held: HeldSlot,
  options: {
    readonly signal: AbortSignal;
    readonly onLost: () => void;
    readonly onTick: () => Promise<void>;
    readonly progress: () => { readonly lastPassAt?: Instant; readonly lastSweepAt?: Instant };
  },
): Promise<void> {
  const { slot, clock, telemetry } = deps;
  let ticking: Promise<void> | undefined;
  for (;;) {
    await clock.sleep(clock.now() + SLOT.renewMs, options.signal);
    if (options.signal.aborted) return ticking;
    try {
      const kept = await slot.renew(held.holder, { renewedAt: clock.now(), ...options.progress() });
      if (!kept) {
        telemetry.info('Another invocation took the slot', { holder: held.holder });
        options.onLost();
        return await ticking;
      }
    } catch (thrown) {
      telemetry.warn('The slot could not be renewed', { failure: failureOf(thrown) });
    }
    // A tick that hangs on the API server must not let the slot die: the next one starts when it has ended.
    ticking ??= options.onTick().finally(() => {
      ticking = undefined;
    });
  }
}
