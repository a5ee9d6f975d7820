import { failureOf } from '../core/failure.ts';
import { outcomeOfHealth, type ProbeOutcome } from '../core/judge-probe.ts';
import type { FoundTask } from '../core/task.ts';
import type { SyncDeps } from './deps.ts';
import { askedFromOf, foundOf, type Slot, type WatchedPod } from './watched-pod.ts';

type PollDeps = Pick<SyncDeps, 'provider' | 'clock' | 'telemetry'>;

/** The provider is asked about so many tasks at once. */
const ASKED_AT_ONCE = 100;

/** Whether anything of the pod is to be learnt from the health of its containers now. */
export function wantsHealth(watched: WatchedPod, now: number): boolean {
  return watched.slots.some((slot) => isAsked(watched, slot, now));
}

function isAsked(watched: WatchedPod, slot: Slot, now: number): boolean {
  return slot.plan.handler.kind === 'health' && (askedFromOf(watched, slot) ?? Infinity) <= now;
}

/**
 * Asks the provider, a hundred tasks a call, for the health of these pods' containers, because no event tells of it, and gives
 * what that means to `take`. What cannot be asked now is asked with the next poll.
 */
export async function pollHealth(
  pods: readonly WatchedPod[],
  deps: PollDeps,
  take: (watched: WatchedPod, slot: Slot, outcome: ProbeOutcome) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < pods.length; start += ASKED_AT_ONCE) {
    const some = pods.slice(start, start + ASKED_AT_ONCE);
    try {
      const found = await deps.provider.describe(some.map(({ taskArn }) => taskArn));
      await Promise.all(some.map((watched) => takeHealth(watched, found.get(watched.taskArn), deps, take)));
    } catch (thrown) {
      deps.telemetry.warn('The health of containers is not known now', { failure: failureOf(thrown) });
    }
  }
}

async function takeHealth(
  watched: WatchedPod,
  found: FoundTask | undefined,
  { clock }: PollDeps,
  take: (watched: WatchedPod, slot: Slot, outcome: ProbeOutcome) => Promise<void>,
): Promise<void> {
  const now = clock.now();
  for (const slot of watched.slots) {
    const { plan } = slot;
    const container = found?.task.containers.find(({ name }) => name === plan.container);
    if (container?.state !== 'running' || !isAsked(watched, slot, now)) continue;
    const startedAt = watched.states.get(plan.container)?.startedAt ?? now;
    const outcome = outcomeOfHealth(plan, container.health, now - startedAt);
    if (outcome !== undefined && !isTooSoon(watched, slot, now)) await take(watched, slot, outcome);
  }
}

/** What is counted is counted once a period; the polls are more frequent. */
function isTooSoon(watched: WatchedPod, slot: Slot, now: number): boolean {
  const last = foundOf(watched, slot)[slot.plan.kind];
  return last !== undefined && last.against > 0 && now - last.at < slot.plan.periodSeconds * 1000;
}
