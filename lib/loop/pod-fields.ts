import type { View } from '../core/view.ts';
import type { Fields } from '../ports/telemetry.ts';

/** The fields that every log line about a pod carries. */
export function podFields({ key, node, record }: Pick<View, 'key' | 'node' | 'record'>): Fields {
  return {
    node,
    namespace: key.namespace,
    pod: key.name,
    uid: key.uid,
    attempt: record?.attempt ?? 0,
    task: record?.taskArn ?? 'none',
  };
}
