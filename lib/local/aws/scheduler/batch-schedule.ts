import type { Schedule } from './scheduler-model.ts';

/** A minute's batch: ten messages, twelve seconds apart, so that it also covers the minute after it. */
const ENTRIES = 10;
const STEP_S = 12;

/** The schedule that sends each minute one batch of ten delayed messages (0, 12, .. 108 s) to a queue, with no code involved. */
export function batchSchedule(name: string, queueUrl: string, body = '{}'): Schedule {
  const entries = Array.from({ length: ENTRIES }, (_, nth) => ({
    Id: `m${nth}`,
    MessageBody: body,
    DelaySeconds: nth * STEP_S,
  }));
  return {
    name,
    expression: 'rate(1 minute)',
    targetArn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessageBatch',
    input: JSON.stringify({ QueueUrl: queueUrl, Entries: entries }),
  };
}
