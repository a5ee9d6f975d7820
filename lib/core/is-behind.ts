import type { Pod } from './kubernetes.ts';
import type { PodRecord } from './record.ts';

/** Who claims a record that was made of a task that the provider listed. */
export const REBUILDER = 'rebuild';

/**
 * Whether a record that was rebuilt may be of an attempt before the pod's last one: the provider's lists lag, and each restart that
 * the pod shows began another attempt.
 */
export function isBehind({ status }: Pod, { claimer, attempt }: PodRecord): boolean {
  if (claimer !== REBUILDER) return false;
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return statuses.some(({ restartCount }) => restartCount >= attempt);
}
