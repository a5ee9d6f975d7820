import type { Instant } from './kubernetes.ts';
import type { PodRecord } from './record.ts';
import type { ObservedTask } from './task.ts';

/** A task that runs and that a look at the records did not know; record and pod were read by name since. */
export interface Stray {
  readonly task: ObservedTask;
  /** The attempt that the task says it is. */
  readonly attempt: number;
  readonly record: PodRecord | undefined;
  /** The pod of the task's UID exists. */
  readonly podLives: boolean;
}

/**
 * `leave`: it is known by now, too young to judge, or over. `record`: its pod lives and has no record. `adopt`: its pod's claim
 * waits for it. `stop`: no pod needs it.
 */
export type StrayVerdict = 'leave' | 'record' | 'adopt' | 'stop';

/** A task is this old before it is stopped for having no pod: what is known of younger ones may be on its way. */
const GRACE_MS = 10 * 60_000;

/** What to do about a task that no record seemed to know. */
export function judgeStray(stray: Stray, now: Instant): StrayVerdict {
  const { task, attempt, record, podLives } = stray;
  if (task.state === 'stopped') return 'leave';
  if (record === undefined && podLives) return 'record';
  if (record?.state === 'claimed' && record.attempt === attempt) return 'adopt';
  if (isOnRecord(stray)) return 'leave';
  return now - (task.createdAt ?? now) < GRACE_MS ? 'leave' : 'stop';
}

/**
 * It is the record's task by now; or the record is older than the task (the table was restored from a backup): then the pod's
 * next attempt has this task's token, and finds it.
 */
function isOnRecord({ task, attempt, record, podLives }: Stray): boolean {
  if (record === undefined || record.state === 'ended') return false;
  return record.taskArn === task.arn || (record.attempt < attempt && podLives);
}
