import { TRANSITION, type Act, type TransitionDetail } from '../core/transition.ts';
import type { View } from '../core/view.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { podFields } from './pod-fields.ts';

/**
 * Tells of one act that was done for a pod, once, as the line that `lambdalet history` reads. It is written by whoever did it and after it
 * was done: one that dies in between leaves an act untold.
 */
export function tellTransition(
  telemetry: Pick<Telemetry, 'info'>,
  of: Pick<View, 'key' | 'node' | 'record'>,
  act: Act,
  detail: TransitionDetail,
): void {
  telemetry.info(TRANSITION, { action: act, ...podFields(of), ...detail });
}
