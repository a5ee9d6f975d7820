import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { Bounds } from './ceilings.ts';
import type { PodFiles } from './pod-files.ts';
import type { Ailment } from './sickness.ts';
import type { Table } from './table.ts';
import type { TrueTasks } from './true-tasks.ts';

/** The rules that hold after every step, whatever happens. */
export type Rule =
  | 'two live tasks for one pod'
  | 'two tasks for one attempt'
  | 'a pod that runs once ran twice'
  | 'pods of one name overlap'
  | 'a task without a pod lives too long'
  | 'the task of a living pod was stopped'
  | "a stranger's task was stopped"
  | 'a terminal phase is not true'
  | 'a terminal phase was changed'
  | 'a phase went back'
  | 'a restart count fell'
  | 'a restart count was invented'
  | 'a restart was not counted'
  | 'a status is behind the truth for too long'
  | 'a task was called lost while its event waited'
  | 'an exit code was invented'
  | 'an ended container came back to life'
  | 'a pod was removed too early'
  | 'another pod was removed'
  | 'an end was published before the record held it'
  | 'a file was removed too early'
  | 'a task was started without its files'
  | 'a file was left behind'
  | 'a waiting pod kept its permission to launch'
  | 'a pod does not say what it waits for'
  | 'a pod waits although all is there'
  | 'a failed init container was not stopped for'
  | 'an unhealthy task was not stopped'
  | 'Ready does not follow the probe'
  | 'a stop came before the preStop sleep was over'
  | 'a stop came after the grace'
  | 'a ceiling was exceeded'
  | 'a pod waits although there is room'
  | 'a secret left its channel'
  | 'a status was called invalid'
  | 'another cluster was written to'
  | 'a promise was lost'
  | 'the world does not converge'
  | 'a lease grew too old'
  | 'an invocation went on without the slot'
  | 'a deployment was not taken up'
  | 'a pod was not launched in time'
  | 'a settled world is not at rest'
  | 'an alarm in a settled world';

/** What was done wrong, and when. */
export interface Violation {
  readonly rule: Rule;
  readonly words: string;
  readonly at: Instant;
}

/** What every judge may look at: the truth, and the circumstances. */
export interface Court {
  readonly tasks: TrueTasks;
  readonly files: PodFiles;
  readonly table: Table;
  readonly now: () => Instant;
  readonly accuse: (rule: Rule, words: string) => void;
  /** Until when no sweep could be expected to be completed; what takes its time takes it from there. */
  disturbedUntil(): Instant;
  /** When the table lost everything, the last time. */
  clearedAt(): Instant | undefined;
  /** When a backup took the place of the table, the last time. */
  replacedAt(): Instant | undefined;
  /** How often the table has lost everything. */
  lossesOfTable(): number;
  /** Since when an event of that task waits in the queue; `undefined`: none does. */
  eventWaitsSince(arn: string): Instant | undefined;
  /** When somebody emptied the bucket, the last time. */
  emptiedAt(): Instant | undefined;
  /** Since when something that the pod refers to cannot be had. */
  lackingSince(pod: Pod): Instant | undefined;
  /** When something that the pod refers to came or went. */
  inputsChangedAt(pod: Pod): Instant;
  /** Who keeps permissions to launch that he has not used. */
  permitKeeper(): string | undefined;
  /** Whether the pod has a probe for it that somebody runs. */
  isProbed(pod: Pod, ailment: Ailment): boolean;
  sickSince(pod: Pod, ailment: Ailment): Instant | undefined;
  /** What may be used at a time, where anything is bounded. */
  readonly bounds: Bounds | undefined;
  /** How many invocations hold the watch, or believe to. */
  holders(): number;
  /** The node is being removed. */
  readonly isClosing: () => boolean;
}

/** Two sweeps and a minute to do what they found. */
export const LAG_MS = (5 + 5 + 1) * 60_000;

/** A function's clock may be ahead of the true time by so much. */
export const CLOCKS_MS = 2_000;
