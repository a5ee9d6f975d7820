import { afterEach, describe, expect, it } from 'vitest';
import type { DeadLetter, EventQueue } from '../../lib/ports/event-queue.ts';

/** An event queue and what goes on around it. */
export interface EventQueueHarness {
  readonly queue: EventQueue;
  /** Makes so many events wait in the queue. */
  readonly fill: (count: number) => void;
  /** Puts a message into the dead letter queue, as whoever gave up on it does. */
  readonly addDeadLetter: (body: string) => void;
  /** Lets time pass. */
  readonly pass: (ms: number) => void;
  readonly close: () => Promise<void>;
}

const HIDDEN_MS = 60_000;

/** What every implementation of {@link EventQueue} must do; `make` gives empty queues. */
export function eventQueueContract(name: string, make: () => Promise<EventQueueHarness>): void {
  describe(`event queue on ${name}`, () => {
    const opened: EventQueueHarness[] = [];
    const open = async (): Promise<EventQueueHarness> => {
      const harness = await make();
      opened.push(harness);
      return harness;
    };
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.close();
    });

    it('has no backlog when nothing waits, and as much as waits', async () => {
      const { queue, fill } = await open();
      expect(await queue.backlog()).toBe(0);
      fill(12);
      expect(await queue.backlog()).toBe(12);
    });

    it('does not count dead letters as backlog', async () => {
      const { queue, addDeadLetter } = await open();
      addDeadLetter('{}');
      expect(await queue.backlog()).toBe(0);
    });

    it('has no dead letters at first', async () => {
      const { queue } = await open();
      expect(await queue.deadLetters()).toEqual([]);
    });

    it('gives dead letters as they were sent, whatever they are', async () => {
      const { queue, addDeadLetter } = await open();
      const bodies = ['{"detail":{"taskArn":"arn:one"}}', 'not JSON: ümläut 🐟', '[]'];
      bodies.forEach(addDeadLetter);
      const letters = await queue.deadLetters();
      expect(bodiesOf(letters)).toEqual([...bodies].sort());
      expect(new Set(letters.map(({ id }) => id)).size).toBe(3);
    });

    it('gives ten at a time and hides them from the next look', async () => {
      const { queue, addDeadLetter } = await open();
      const bodies = Array.from({ length: 13 }, (_, at) => `letter ${at}`);
      bodies.forEach(addDeadLetter);
      const first = await queue.deadLetters();
      const second = await queue.deadLetters();
      expect(first).toHaveLength(10);
      expect(second).toHaveLength(3);
      expect(bodiesOf([...first, ...second])).toEqual([...bodies].sort());
      expect(await queue.deadLetters()).toEqual([]);
    });

    it('gives a letter that nobody discarded again after a minute, and no sooner', async () => {
      const { queue, addDeadLetter, pass } = await open();
      addDeadLetter('again');
      const [first] = await queue.deadLetters();
      pass(HIDDEN_MS - 1);
      expect(await queue.deadLetters()).toEqual([]);
      pass(1);
      const [second] = await queue.deadLetters();
      expect(second).toMatchObject({ id: first?.id, body: 'again' });
    });

    it('forgets a letter that was discarded, and no other', async () => {
      const { queue, addDeadLetter, pass } = await open();
      addDeadLetter('done');
      addDeadLetter('kept');
      const letters = await queue.deadLetters();
      await queue.discard(letters.find(({ body }) => body === 'done')!);
      pass(HIDDEN_MS);
      expect(bodiesOf(await queue.deadLetters())).toEqual(['kept']);
    });

    it('lets a letter be discarded twice', async () => {
      const { queue, addDeadLetter } = await open();
      addDeadLetter('done');
      const [letter] = await queue.deadLetters();
      await queue.discard(letter!);
      await expect(queue.discard(letter!)).resolves.toBeUndefined();
    });
  });
}

/** Neither queue promises an order. */
function bodiesOf(letters: readonly DeadLetter[]): readonly string[] {
  return letters.map(({ body }) => body).sort();
}
