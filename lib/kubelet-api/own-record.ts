import { FailureError } from '../core/failure.ts';
import type { Pod } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import type { Records } from '../ports/records.ts';

/**
 * The record of this very pod on this node, of the cluster whose records these are: what is served of a pod is what its record says, because
 * whoever may patch a pod can write any task and any address into its status. `undefined`: there is none. Throws `FailureError`: `refused`
 * for a record of another pod, else that of the records.
 */
export async function ownRecord(
  records: Pick<Records, 'get'>,
  node: string,
  pod: Pod,
): Promise<PodRecord | undefined> {
  const record = await records.get(node, pod.metadata.uid);
  if (record === undefined || isOwnRecord(record, node, pod)) return record;
  const { namespace, name, uid } = pod.metadata;
  throw new FailureError({
    kind: 'refused',
    message: `pod ${namespace}/${name} (uid ${uid}) on node ${node} is not the one that its record is of: nothing of that is served`,
  });
}

/** Whether a record is of this pod on this node. */
export function isOwnRecord(record: PodRecord, node: string, { metadata }: Pod): boolean {
  const { uid, namespace, name } = record;
  return (
    record.node === node && uid === metadata.uid && namespace === metadata.namespace && name === metadata.name
  );
}
