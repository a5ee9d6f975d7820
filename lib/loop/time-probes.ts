import type { Instant } from '../core/kubernetes.ts';
import { askedFromOf, foundOf, type Slot, type WatchedPod } from './watched-pod.ts';

/**
 * When a probe that nobody asked in this process yet is asked first. One of a container that has just started: at once. One that
 * another holder asked: a period later. One that is overdue was left by a holder that is gone, and so were thousands: they are
 * spread over their periods.
 */
export function firstDue(watched: WatchedPod, slot: Slot, from: Instant, now: Instant): Instant {
  const period = slot.plan.periodSeconds * 1000;
  const { last, begun } = rhythmOf(watched, slot, from);
  const due = last === undefined ? begun : last + period;
  if (due >= now) return due;
  if (last === undefined && now - begun <= period) return now;
  return now + Math.floor(shareOf(`${watched.key.uid} ${slot.plan.container} ${slot.plan.kind}`) * period);
}

/** When a probe was last asked, as far as is known, and from when on it is asked: of what waits for a start, from that on. */
function rhythmOf(
  watched: WatchedPod,
  slot: Slot,
  from: Instant,
): { readonly last: Instant | undefined; readonly begun: Instant } {
  const found = foundOf(watched, slot);
  const startedAt = slot.plan.kind !== 'startup' && found.startup?.ok === true ? found.startup.at : from;
  return { last: found[slot.plan.kind]?.at, begun: Math.max(from, startedAt) };
}

/** When a probe is asked again: in the rhythm in which it was begun, but never several at once to make up for lost time. */
export function nextDue({ plan, due }: Slot, now: Instant): Instant {
  const period = plan.periodSeconds * 1000;
  const next = (due ?? now) + period;
  return next > now ? next : now + period;
}

/**
 * Whether a probe is asked in a pass of economy mode, whose memory ends with it. What is counting is in the record with its time.
 * What is steady is not written, so that its rhythm goes on from the last time that is known: it is asked in the first pass of
 * each period.
 */
export function isDueInPass(watched: WatchedPod, slot: Slot, now: Instant, passMs: number): boolean {
  const from = askedFromOf(watched, slot);
  if (from === undefined || from > now) return false;
  const period = slot.plan.periodSeconds * 1000;
  const { last, begun } = rhythmOf(watched, slot, from);
  const since = now - (last ?? begun);
  if (last !== undefined && since < period) return false;
  const against = foundOf(watched, slot)[slot.plan.kind]?.against ?? 0;
  return against > 0 || since % period < passMs;
}

/** A number in [0, 1) that is always the same for a text (FNV-1a). */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
