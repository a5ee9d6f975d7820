import type { Action } from './action.ts';
import { isDeleting, isTerminal, type Instant } from './kubernetes.ts';
import type { PodRecord } from './record.ts';
import type { Caller, View } from './view.ts';
import { waitUnsettled } from './wait-action.ts';

/**
 * The end of a record: what is stored for its attempt goes first, because nobody looks at an ended record again. Who may not
 * talk to the provider leaves both to the holder.
 */
export function endOfRecord({ pod }: View, { files }: PodRecord, now: Instant, caller: Caller): Action {
  if (files === true) return caller.mayUseProvider ? { kind: 'clearFiles' } : waitUnsettled(now);
  return { kind: 'endRecord', keep: pod !== undefined && !caller.closing };
}

/**
 * What an ended record still needs: it expires when its pod is gone, not before, because the record alone says where the log of the pod is.
 * Nobody looks at the pods of a node that goes away. `undefined`: it is as it should be.
 */
export function lifeOfEnded({ pod }: View, { expiresAt }: PodRecord, caller: Caller): Action | undefined {
  const expires = expiresAt !== undefined;
  if (pod === undefined || caller.closing) return expires ? undefined : { kind: 'endRecord', keep: false };
  return expires && isTerminal(pod) && !isDeleting(pod) ? { kind: 'endRecord', keep: true } : undefined;
}
