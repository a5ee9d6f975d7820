import type { Action } from '../core/action.ts';
import { toTime, type Instant } from '../core/kubernetes.ts';
import { advise, noteBeside } from './advise.ts';
import type { Evidence } from './evidence.ts';
import { judgeEvidence } from './judge-evidence.ts';
import { saySituation } from './say-situation.ts';
import type { Situation } from './situation.ts';
import { tellSections, type Section } from './tell-sections.ts';

/**
 * The answer: the body of the document that `-o json` prints. `verdict.kind` and `next.action` are words of closed lists, for programs;
 * sentences and lines are for people, and may be worded better at any time.
 */
export interface WhyReport {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339, as every time that is a field of its own. */
  readonly askedAt: string;
  readonly verdict: {
    readonly kind: Situation['kind'];
    readonly sentence: string;
    /** Whether the question is answered: there is or was such a pod, and what decides about it could be read. */
    readonly isAnswer: boolean;
    /** What to do, the first thing first; empty where it is as it should be. */
    readonly advice: readonly string[];
  };
  /** What the controller does next with the pod, by its own rules; absent where that could not be told, and where nothing is left to do. */
  readonly next?: { readonly action: Action['kind']; readonly at?: string };
  /** What is true besides. */
  readonly beside: readonly string[];
  readonly sections: readonly Section[];
}

/** The answer to what was read. Pure. */
export function reportOn(evidence: Evidence, now: Instant): WhyReport {
  const { situation, next } = judgeEvidence(evidence, now);
  const { namespace, name } = evidence.asked;
  const until = next?.kind === 'wait' ? next.until : undefined;
  return {
    cluster: evidence.deployment.cluster,
    ...{ namespace, name, askedAt: toTime(now) },
    verdict: {
      kind: situation.kind,
      sentence: `${saySituation(name, situation, now)}.`,
      isAnswer: isAnswer(situation),
      advice: advise(evidence, situation),
    },
    ...(next !== undefined &&
      situation.kind !== 'absent' && {
        next: { action: next.kind, ...(until !== undefined && { at: toTime(until) }) },
      }),
    beside: noteBeside(evidence, now),
    sections: tellSections(evidence, now),
  };
}

function isAnswer(situation: Situation): boolean {
  if (situation.kind === 'absent') return situation.record === 'ended';
  return situation.kind !== 'unreadable' && situation.kind !== 'recordUnreadable';
}
