import { decisionOf, retryDelay, type Failure } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { PodRecord, Refusal } from '../core/record.ts';
import { failingSince } from '../core/stuck-launch.ts';
import { cutText } from '../core/text.ts';
import type { RefusedLaunch } from '../ports/provider.ts';
import type { RecordChange } from '../ports/records.ts';

/** A launch that was refused, or not answered. */
type Refused = Pick<RefusedLaunch, 'failure' | 'hasAlternative'>;

/** What a launch that was refused, or not answered, makes of its record: the reason, the next try, and the token of that. Pure. */
export function judgeRefusal(record: PodRecord, refused: Refused, now: Instant): RecordChange {
  const { failure, hasAlternative } = refused;
  const { kind } = failure;
  // A refusal of a token that may have been sent before proves nothing about the earlier send: it is never final.
  const proven = decisionOf(kind).definitive && !record.replayed;
  const waits = !(proven && hasAlternative === true);
  const refusal = refusalOf(record, failure, { now, proven, waits });
  const delay = waits ? retryDelay(kind, refusal.tries - 1) : 0;
  return {
    refusal,
    // After an ambiguous send the claim runs out, and the same token is sent again: nobody may be faster.
    ...(kind !== 'ambiguous' && {
      nextTryAt: refusal.retry ? now + delay : undefined,
      launchBefore: now,
    }),
    ...(!record.replayed && tokenAfter(record, kind)),
  };
}

function refusalOf(
  { refusal }: PodRecord,
  { kind, message, code, podReason }: Failure,
  { now, proven, waits }: { readonly now: Instant; readonly proven: boolean; readonly waits: boolean },
): Refusal {
  const decision = decisionOf(kind);
  const since = failingSince(refusal, kind, now);
  return {
    kind,
    message: cutText(message),
    ...(code !== undefined && { code }),
    at: now,
    ...(since !== undefined && { failingSince: since }),
    // A try that nobody waited for lengthens no wait.
    tries: (refusal?.tries ?? 0) + (waits ? 1 : 0),
    retry: decision.retry || !proven,
    podReason: podReason ?? decision.podReason,
  };
}

/** The token of the next send, where this one's was its first and only one. */
function tokenAfter(record: PodRecord, kind: Failure['kind']): RecordChange {
  // What was throttled or never left has started nothing: the token is as good as new.
  if (startedNothing(kind)) return { firstSentAt: undefined };
  if (!decisionOf(kind).definitive) return {};
  return { try: record.try + 1, firstSentAt: undefined, replayed: false };
}

/** A pod that lacks something keeps its token, too: with each try that moves a mixed node takes its other capacity. */
function startedNothing(kind: Failure['kind']): boolean {
  return kind === 'throttled' || kind === 'transient' || kind === 'configuration';
}
