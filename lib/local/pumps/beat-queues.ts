import { randomUUID } from 'node:crypto';
import type { Instant } from '../../core/kubernetes.ts';
import type { Place } from '../aws/aws-model.ts';
import type { Drivable } from '../aws/drive-models.ts';
import { batchSchedule } from '../aws/scheduler/batch-schedule.ts';
import { createSchedulerModel } from '../aws/scheduler/scheduler-model.ts';
import type { SqsModel } from '../aws/sqs/sqs-model.ts';

/** How the beats are made. */
export interface BeatOptions {
  readonly place: Place;
  /** The queues that get a batch of ten beats each minute. */
  readonly queueUrls: readonly string[];
  /** How many times faster than the Scheduler everything is: 4 makes a minute of 15 s, and a beat each 3 s. */
  readonly speed: number;
  readonly now: Instant;
}

/**
 * The schedules of the stacks: each minute a batch of delayed messages to each queue. The first batch comes at once, as if the
 * minute before had just ended: nobody wants to wait for it.
 */
export function beatQueues(sqs: SqsModel, { place, queueUrls, speed, now: start }: BeatOptions): Drivable {
  const send = (input: unknown, at: Instant): void =>
    void sqs.handle('SendMessageBatch', hasten(input, speed), at);
  const toReal = (at: Instant): Instant => Math.ceil(start + (at - start) / speed);
  const scheduler = createSchedulerModel({
    place,
    ids: randomUUID,
    chance: Math.random,
    call: (call, at) => send(call.input, toReal(at)),
  });
  for (const url of queueUrls) {
    const schedule = batchSchedule(url, url);
    scheduler.add(schedule, start);
    send(JSON.parse(schedule.input), start);
  }
  return {
    advance: (now) => scheduler.advance(start + (now - start) * speed),
    nextDue: () => {
      const due = scheduler.nextDue();
      return due === undefined ? undefined : toReal(due);
    },
  };
}

interface Batch {
  readonly Entries: readonly { readonly DelaySeconds: number }[];
}

function hasten(input: unknown, speed: number): Batch {
  const batch = input as Batch;
  const entries = batch.Entries.map((entry) => ({
    ...entry,
    DelaySeconds: Math.round(entry.DelaySeconds / speed),
  }));
  return { ...batch, Entries: entries };
}
