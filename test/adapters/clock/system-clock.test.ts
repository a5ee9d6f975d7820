import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lib/adapters/clock/system-clock.ts';

const DAY = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

/** Whether the promise has settled once all that is due has run. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await vi.advanceTimersByTimeAsync(0);
  return settled;
}

describe('the system clock', () => {
  it('tells milliseconds since the epoch', () => {
    expect(systemClock.now()).toBe(1_000_000);
  });

  it('wakes at the instant, not before', async () => {
    const sleep = systemClock.sleep(1_000_500);
    await vi.advanceTimersByTimeAsync(499);
    expect(await isSettled(sleep)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isSettled(sleep)).toBe(true);
  });

  it('does not sleep until an instant that has passed', async () => {
    expect(await isSettled(systemClock.sleep(999_999))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sleeps longer than a timer can', async () => {
    const sleep = systemClock.sleep(1_000_000 + 30 * DAY);
    await vi.advanceTimersByTimeAsync(29 * DAY);
    expect(await isSettled(sleep)).toBe(false);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(await isSettled(sleep)).toBe(true);
  });

  it('wakes at an abort and leaves no timer behind', async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(2_000_000, controller.signal);
    expect(await isSettled(sleep)).toBe(false);
    controller.abort();
    expect(await isSettled(sleep)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(await isSettled(systemClock.sleep(2_000_000, controller.signal))).toBe(true);
  });

  it('gives each id once, as a UUID', () => {
    const ids = Array.from({ length: 100 }, () => systemClock.newId());
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});
