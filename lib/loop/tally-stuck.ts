import { isDeleting, isTerminal, type Instant } from '../core/kubernetes.ts';
import { readStuckLaunch, STUCK, type StuckLaunch } from '../core/stuck-launch.ts';
import type { View } from '../core/view.ts';
import type { Fields, Telemetry } from '../ports/telemetry.ts';
import { podFields } from './pod-fields.ts';

/** Trouble is told in at most one line of each minute. */
const MINUTE_MS = 60_000;

interface StuckPod extends StuckLaunch {
  readonly fields: Fields;
}

/**
 * The pods of a node whose launches fail and fail, in ways that have no signal of their own. They are one trouble of the node, told once a
 * minute however many they are and however often they are tried.
 */
export class StuckTally {
  readonly #stuck = new Map<string, StuckPod>();
  #toldAt: Instant | undefined;

  /** @param toldAt when whoever looked at the node before may have told of it. */
  constructor(toldAt: Instant | undefined) {
    this.#toldAt = toldAt;
  }

  /** Takes over what the record of a pod says now. */
  note(view: View): void {
    const { key, pod, record } = view;
    const isWanted = pod !== undefined && !isDeleting(pod) && !isTerminal(pod);
    const stuck = isWanted ? readStuckLaunch(record) : undefined;
    if (stuck === undefined) this.#stuck.delete(key.uid);
    else this.#stuck.set(key.uid, { ...stuck, fields: fieldsOf(view) });
  }

  tell(telemetry: Pick<Telemetry, 'trouble'>, now: Instant): void {
    for (const [uid, { until }] of this.#stuck) if (until <= now) this.#stuck.delete(uid);
    const lasting = [...this.#stuck.values()].filter(({ since }) => now - since >= STUCK.afterMs);
    const [longest] = lasting.toSorted((one, other) => one.since - other.since);
    if (longest === undefined || minuteOf(now) === minuteOf(this.#toldAt ?? -MINUTE_MS)) return;
    this.#toldAt = now;
    const seconds = Math.round((now - longest.since) / 1000);
    const fields = { ...longest.fields, pods: lasting.length, seconds };
    telemetry.trouble('launch', 'Launches fail and fail', fields);
  }
}

/** The last failure is in the words that `kubectl describe pod` shows; where a call was never answered there are none. */
function fieldsOf(view: View): Fields {
  const { refusal } = view.record ?? {};
  if (refusal === undefined) return podFields(view);
  const { kind, message, code } = refusal;
  return { ...podFields(view), failure: { kind, message, ...(code !== undefined && { code }) } };
}

function minuteOf(at: Instant): number {
  return Math.floor(at / MINUTE_MS);
}
