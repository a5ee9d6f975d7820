import type { Action } from './action.ts';
import type { Instant } from './kubernetes.ts';
import type { PodRecord } from './record.ts';
import type { Caller } from './view.ts';
import { waitUnsettled } from './wait-action.ts';

/**
 * The end of a record: what is stored for its attempt goes first, because nobody looks at an ended record again. Who may not
 * talk to the provider leaves both to the holder.
 */
export function endOfRecord({ files }: PodRecord, now: Instant, { mayUseProvider }: Caller): Action {
  if (files !== true) return { kind: 'endRecord' };
  return mayUseProvider ? { kind: 'clearFiles' } : waitUnsettled(now);
}
