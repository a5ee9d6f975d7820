import { describe, expect, it } from 'vitest';
import { pollQueue } from '../../lib/cost/world/poll-queue.ts';
import { createVirtualClock } from '../../lib/cost/world/virtual-clock.ts';
import { seededChance } from '../../lib/local/aws/id-source.ts';

const MINUTE_MS = 60_000;

/** Polls of ten minutes that bring nothing, when a message comes every so many seconds. */
async function emptyPolls(everySeconds?: number): Promise<number> {
  const clock = createVirtualClock(0, () => Promise.resolve());
  let empty = 0;
  const pollers = pollQueue(clock, seededChance(1), () => {
    empty += 1;
  });
  const step = (everySeconds ?? Infinity) * 1000;
  for (let at = step; at < 10 * MINUTE_MS; at += step) clock.at(at, () => pollers.received());
  await clock.run(10 * MINUTE_MS);
  return empty;
}

describe("Lambda's polls of a queue", () => {
  it('are fifteen a minute while nothing comes: five connections that wait for 20 s each', async () => {
    expect(await emptyPolls()).toBe(150);
  });

  it('come back empty less often when messages end the waits of some, by at most one for each message', async () => {
    const empty = await emptyPolls(6);
    expect(empty).toBeLessThan(150);
    expect(empty).toBeGreaterThanOrEqual(150 - 100);
  });

  it('hardly ever come back empty when a message comes every second', async () => {
    expect(await emptyPolls(1)).toBeLessThan(20);
  });
});
