import type { Action } from './action.ts';
import type { Instant } from './kubernetes.ts';

/** An unsettled record is read again this often, in milliseconds: the echo of a patch only hastens. */
const UNSETTLED_MS = 15_000;

/** Nothing is due before `until`; `undefined`: nothing at all until something changes. */
export function wait(until?: Instant): Action {
  return { kind: 'wait', until };
}

/** The wait of something unsettled: to `until` if that is known and near, else to the next look at the record. */
export function waitUnsettled(now: Instant, until = Infinity): Action {
  return wait(Math.min(now + UNSETTLED_MS, until));
}
