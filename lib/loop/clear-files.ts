import type { View } from '../core/view.ts';
import type { PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { executedWrite, recordIn, stillAt, writeRecord } from './write-record.ts';

/** Removes what was stored for the attempt, then forgets that there was something: a crash between the two removes it again. */
export async function clearFiles(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  await deps.provider.clearFiles(record);
  const outcome = await writeRecord(view, { files: undefined }, stillAt(record), deps);
  return executedWrite(view, outcome);
}
