import type { Instant } from '../../../core/kubernetes.ts';
import type { Message, Queue, SqsWorld } from './sqs-state.ts';

/** A message as it enters a queue. */
export type EnteringMessage = Pick<
  Message,
  'id' | 'body' | 'attributes' | 'sentAt' | 'visibleAt' | 'deadLetterSource'
>;

/** Puts a message into a queue; its retention counts from when it was first sent, also in a dead-letter queue. */
export function addMessage(world: SqsWorld, queue: Queue, entering: EnteringMessage, now: Instant): void {
  const message: Message = { ...entering, state: 'ready', receiveCount: 0 };
  queue.messages.set(message.id, message);
  message.expiry = world.due.plan(message.sentAt + queue.settings.retention * 1000, () =>
    removeMessage(queue, message),
  );
  if (message.visibleAt <= now) showMessage(queue, message, now);
  else hideMessage(world, queue, message, { until: message.visibleAt, state: 'delayed' });
}

/** Makes a message visible. */
export function showMessage(queue: Queue, message: Message, at: Instant): void {
  message.wake?.cancel();
  delete message.wake;
  message.state = 'ready';
  message.visibleAt = at;
  queue.ready.push(message);
}

/** Hides a message until a time: delayed, or in the hands of a receiver. */
export function hideMessage(
  world: SqsWorld,
  queue: Queue,
  message: Message,
  { until, state }: { readonly until: Instant; readonly state: 'delayed' | 'in flight' },
): void {
  message.wake?.cancel();
  message.state = state;
  message.visibleAt = until;
  message.wake = world.due.plan(until, (at) => showMessage(queue, message, at));
}

/** Removes a message for good. */
export function removeMessage(queue: Queue, message: Message): void {
  message.wake?.cancel();
  message.expiry?.cancel();
  message.state = 'gone';
  queue.messages.delete(message.id);
}

/** Takes the next visible message off the line, or the next one after it that is still there. */
export function takeReady(queue: Queue): Message | undefined {
  dropGone(queue);
  return queue.ready.shift();
}

/** Since when the first visible message waits; `undefined` when there is none. */
export function readySince(queue: Queue): Instant | undefined {
  dropGone(queue);
  return queue.ready[0]?.visibleAt;
}

function dropGone(queue: Queue): void {
  const live = queue.ready.findIndex((message) => message.state === 'ready');
  if (live !== 0) queue.ready.splice(0, live === -1 ? queue.ready.length : live);
}
