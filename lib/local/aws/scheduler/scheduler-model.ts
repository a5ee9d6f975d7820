import type { Instant } from '../../../core/kubernetes.ts';
import type { Chance, IdSource, Place } from '../aws-model.ts';
import { DueQueue } from '../due-queue.ts';

/** One schedule as EventBridge Scheduler keeps it. */
export interface Schedule {
  readonly name: string;
  /** `rate(1 minute)`, `rate(5 minutes)`, `rate(1 hour)`, `rate(1 day)`. */
  readonly expression: string;
  /** The universal target: `arn:aws:scheduler:::aws-sdk:<service>:<action>`, such as `...:sqs:sendMessageBatch`. */
  readonly targetArn: string;
  /** JSON of the action's parameters in the API's own spelling (`QueueUrl`, `Entries`), with `<aws.scheduler.…>` keywords. */
  readonly input: string;
  /** The `StartDate`: the first fire is due then. Without it, one interval after the schedule was made. */
  readonly startAt?: Instant;
}

/** One call of an AWS API that a schedule makes; a throw means that it failed. */
export type SchedulerTarget = (
  call: { readonly service: string; readonly operation: string; readonly input: unknown },
  at: Instant,
) => void;

/** What the Scheduler needs from outside. */
export interface SchedulerOptions {
  readonly place: Place;
  readonly ids: IdSource;
  readonly chance: Chance;
  readonly call: SchedulerTarget;
}

/** The emulated EventBridge Scheduler: rate schedules with universal targets, no retries. */
export interface SchedulerModel {
  /** Adds a schedule that is made at `now`. Throws when the expression or the target is not possible. */
  add(schedule: Schedule, now: Instant): void;
  /** Removes a schedule; an unknown one is fine. */
  remove(name: string): void;
  /** The next `times` fires of a schedule never happen. */
  missNext(name: string, times?: number): void;
  advance(now: Instant): void;
  nextDue(): Instant | undefined;
  /** Fires whose call failed, the newest last (at most 100 are kept). */
  failures(): readonly { readonly name: string; readonly at: Instant; readonly error: unknown }[];
}

const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 1440 * MINUTE_MS,
};
const JITTER_SECONDS = 60;
const FAILURES_KEPT = 100;

/** Actions that only read are not possible as universal targets: the prefixes of the Scheduler user guide. */
const READS =
  /^(?:get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|batchRead|transactGet|adminGet|adminList)/i;

/**
 * EventBridge Scheduler as a pure model. It has a precision of a minute: each fire comes at a second of its own, 0 to 59, of
 * the minute in which it is due.
 */
export function createSchedulerModel(options: SchedulerOptions): SchedulerModel {
  const due = new DueQueue();
  const missing = new Map<string, number>();
  const live = new Map<string, Schedule>();
  const failed: { readonly name: string; readonly at: Instant; readonly error: unknown }[] = [];
  const fire = (schedule: Schedule, scheduledFor: Instant, at: Instant): void => {
    const misses = missing.get(schedule.name) ?? 0;
    missing.set(schedule.name, Math.max(0, misses - 1));
    if (misses > 0) return;
    try {
      options.call(toCall(options, schedule, scheduledFor), at);
    } catch (error) {
      failed.push({ name: schedule.name, at, error });
      if (failed.length > FAILURES_KEPT) failed.shift();
    }
  };
  const planNext = (schedule: Schedule, scheduledFor: Instant, everyMs: number): void => {
    const jitterMs = Math.floor(options.chance() * JITTER_SECONDS) * 1000;
    due.plan(scheduledFor + jitterMs, (at) => {
      if (live.get(schedule.name) !== schedule) return;
      fire(schedule, scheduledFor, at);
      planNext(schedule, scheduledFor + everyMs, everyMs);
    });
  };
  return {
    add: (schedule, now) => {
      const everyMs = intervalOf(schedule.expression);
      targetOf(schedule.targetArn);
      live.set(schedule.name, schedule);
      planNext(schedule, schedule.startAt ?? now + everyMs, everyMs);
    },
    remove: (name) => void live.delete(name),
    missNext: (name, times = 1) => void missing.set(name, (missing.get(name) ?? 0) + times),
    advance: (now) => due.run(now),
    nextDue: () => due.next(),
    failures: () => failed,
  };
}

function intervalOf(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const interval = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (!(interval > 0))
    throw new Error(`schedule expression ${expression}: only rate(N minutes|hours|days) is emulated`);
  return interval;
}

function targetOf(arn: string): { readonly service: string; readonly operation: string } {
  const [, service, action] = /^arn:aws:scheduler:::aws-sdk:([a-z0-9]+):([a-zA-Z]+)$/.exec(arn) ?? [];
  if (service === undefined || action === undefined) throw new Error(`target ${arn}: not a universal target`);
  if (READS.test(action)) throw new Error(`target ${arn}: the Scheduler does not support read-only actions`);
  return { service, operation: action.charAt(0).toUpperCase() + action.slice(1) };
}

/** The call of one fire, its keywords filled in as the Scheduler does. */
function toCall(
  { place, ids }: SchedulerOptions,
  schedule: Schedule,
  scheduledFor: Instant,
): { readonly service: string; readonly operation: string; readonly input: unknown } {
  const input = schedule.input
    .replaceAll(
      '<aws.scheduler.schedule-arn>',
      `arn:aws:scheduler:${place.region}:${place.account}:schedule/default/${schedule.name}`,
    )
    .replaceAll('<aws.scheduler.scheduled-time>', `${new Date(scheduledFor).toISOString().slice(0, 19)}Z`)
    .replaceAll('<aws.scheduler.execution-id>', ids())
    .replaceAll('<aws.scheduler.attempt-number>', '1');
  return { ...targetOf(schedule.targetArn), input: JSON.parse(input) };
}
