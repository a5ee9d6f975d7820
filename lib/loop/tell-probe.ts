import type { ProbeOutcome } from '../core/judge-probe.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { ProbeKind } from '../core/plan-probes.ts';
import type { ClusterEvent, Events } from '../ports/events.ts';
import type { Slot, WatchedPod } from './watched-pod.ts';

/** An outcome, and what it changed. */
export interface ProbeNews {
  readonly outcome: ProbeOutcome;
  /** The verdict is another now. */
  readonly turned: boolean;
  /** The count of outcomes against the verdict is another now. */
  readonly counted: boolean;
  /** Set in economy mode, where nobody remembers when anything was told: the time between two passes. */
  readonly passMs?: number;
}

/** A failure that goes on is told this often. */
const TELL_MS = 60_000;
/** Events of one node's probes in a minute: when everything fails at once, the API server must not be the next. */
const MOST_TOLD = 120;

const WORDS: Readonly<Record<ProbeKind, string>> = {
  startup: 'Startup',
  readiness: 'Readiness',
  liveness: 'Liveness',
};

/** Tells what probes of one node's pods found, as events in the kubelet's words; best effort. */
export class ProbeTeller {
  readonly #events: Events;
  readonly #node: string;
  #minute = { since: 0, told: 0 };

  constructor(events: Events, node: string) {
    this.#events = events;
    this.#node = node;
  }

  /** Tells of a failure when it begins or turns the verdict, and once a minute while it goes on. */
  async tell(watched: WatchedPod, slot: Slot, news: ProbeNews, now: Instant): Promise<void> {
    const event = eventOf(watched, slot, news.outcome);
    if (event === undefined || !isNews(slot, news, now) || !this.#hasRoom(now)) return;
    slot.toldAt = now;
    await this.#events.publish(event, this.#node, now);
  }

  #hasRoom(now: Instant): boolean {
    if (now - this.#minute.since >= TELL_MS) this.#minute = { since: now, told: 0 };
    this.#minute.told += 1;
    return this.#minute.told <= MOST_TOLD;
  }
}

/** Without memory what goes on is told in one pass of each minute. */
function isNews({ toldAt }: Slot, { turned, counted, passMs }: ProbeNews, now: Instant): boolean {
  if (turned) return true;
  if (passMs !== undefined) return counted || now % TELL_MS < passMs;
  return toldAt === undefined || now - toldAt >= TELL_MS;
}

function eventOf({ key }: WatchedPod, { plan }: Slot, outcome: ProbeOutcome): ClusterEvent | undefined {
  const words = wordsOf(WORDS[plan.kind], outcome);
  if (words === undefined) return undefined;
  const list = plan.sidecar ? 'initContainers' : 'containers';
  const { namespace, name, uid } = key;
  const fieldPath = `spec.${list}{${plan.container}}`;
  return { type: 'Warning', ...words, about: { kind: 'Pod', namespace, name, uid, fieldPath } };
}

function wordsOf(kind: string, outcome: ProbeOutcome): Pick<ClusterEvent, 'reason' | 'message'> | undefined {
  switch (outcome.kind) {
    case 'success':
      return outcome.warning === undefined
        ? undefined
        : { reason: 'ProbeWarning', message: `${kind} probe warning: ${outcome.warning}` };
    case 'failure':
      return { reason: 'Unhealthy', message: `${kind} probe failed: ${outcome.message}` };
    case 'error':
      return {
        reason: 'Unhealthy',
        message: `${kind} probe errored and resulted in unknown state: ${outcome.message}`,
      };
  }
}
