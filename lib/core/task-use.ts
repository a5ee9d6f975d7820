import type { CapacityType } from './capacity-type.ts';
import type { PodRecord } from './record.ts';

/** What a task takes of the account from its launch until it has stopped: what is billed, not what was asked for. */
export interface TaskUse {
  readonly vcpu: number;
  /** At list price; Spot at the least that it can cost. */
  readonly usdPerHour: number;
  readonly capacityType: CapacityType;
}

/** What several tasks take together. */
export type UseSum = Pick<TaskUse, 'vcpu' | 'usdPerHour'>;

/**
 * Whether the record's attempt takes something: its launch may have been sent, and its task was not seen to stop. A claim whose
 * token was never sent, or certainly started nothing, takes nothing.
 */
export function takesUp(record: PodRecord | undefined): boolean {
  switch (record?.state) {
    case 'claimed':
      return record.firstSentAt !== undefined;
    case 'launched':
      return record.task?.state !== 'stopped';
    case 'ended':
    case undefined:
      return false;
  }
}
