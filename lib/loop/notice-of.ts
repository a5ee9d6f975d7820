import type { PodNotice } from '../../events/pod-notice.ts';
import type { View } from '../core/view.ts';

type CommonFields = Omit<PodNotice, 'kind' | 'latenciesMs' | 'exitCodes' | 'phase' | 'reason' | 'message'>;

/** What every notice about this pod says. */
export function noticeOf({ key, node, record }: View, cluster: string): CommonFields {
  return {
    schemaVersion: 1,
    cluster,
    node,
    pod: { namespace: key.namespace, name: key.name, uid: key.uid },
    attempt: record?.attempt ?? 0,
    ...(record?.taskArn !== undefined && { taskArn: record.taskArn }),
    ...(record?.taskDefinition !== undefined && { taskDefinition: record.taskDefinition }),
  };
}
