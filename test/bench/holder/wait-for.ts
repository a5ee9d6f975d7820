import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;

/** Looks until it holds; fails with `what` after so many seconds. */
export async function waitFor(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(LOOK_MS);
  }
}
