import type { PodRecord } from '../core/record.ts';
import type { Records } from '../ports/records.ts';

/** What the virtual nodes remember of the pods of one name. */
export interface RecordsFound {
  /** Those of pods that are not done with first, then the newest first: what every command takes is the first. */
  readonly records: readonly PodRecord[];
  /** Records of any pod that could not be read: the one that is looked for may be among them. */
  readonly unreadable: number;
}

/** Looks through the records of these nodes: nothing but its UID names a record. Throws `FailureError`. */
export async function findRecords(
  records: Pick<Records, 'list'>,
  nodes: readonly string[],
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<RecordsFound> {
  const found: PodRecord[] = [];
  let unreadable = 0;
  for (const node of nodes)
    for await (const page of records.list(node)) {
      found.push(...page.records.filter((one) => one.namespace === namespace && one.name === name));
      unreadable += page.unreadable.length;
    }
  const newest = found.toSorted((one, other) => other.launchBefore - one.launchBefore);
  const isDone = ({ state }: PodRecord): boolean => state === 'ended';
  return {
    records: [...newest.filter((one) => !isDone(one)), ...newest.filter(isDone)],
    unreadable,
  };
}
