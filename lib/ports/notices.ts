import type { PodNotice } from '../../events/pod-notice.ts';

/** Tells the outside world about a pod's life (EventBridge). Best effort: a failure is logged by the adapter and never fails the caller. */
export interface Notices {
  publish(notice: PodNotice): Promise<void>;
}
