import type { Pod } from './kubernetes.ts';
import { firstAttempt } from './restart.ts';
import type { View } from './view.ts';

/** Whether the pod has no task and never had one, whatever became of its record: nothing of its kind is launched. */
export function isNeverLaunched({ assessment }: View, pod: Pod): boolean {
  return isOfDaemonSet(pod) || (assessment?.kind === 'unsupported' && !firstAttempt(pod).ranBefore);
}

/** Whether a DaemonSet has made the pod. */
export function isOfDaemonSet({ metadata }: Pod): boolean {
  return (metadata.ownerReferences ?? []).some(
    ({ kind, controller }) => kind === 'DaemonSet' && controller === true,
  );
}
