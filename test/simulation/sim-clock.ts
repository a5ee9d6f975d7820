import type { Clock } from '../../lib/ports/clock.ts';
import { wake } from './gate.ts';
import { NEVER, type Sandbox } from './sandbox.ts';
import type { Timeline } from './timeline.ts';

/** The clock of one sandbox: virtual time as its machine has it, which a frozen or dead one does not see go by. */
export function createSimClock(timeline: Timeline, sandbox: Sandbox): Clock {
  const { skewMs } = sandbox;
  const now = (): number => timeline.now() + skewMs;
  return {
    now,
    newId: () => `${sandbox.name}.${(sandbox.ids += 1)}`,
    sleep: (until, signal) => {
      if (sandbox.dead) return NEVER;
      if (until <= now() || signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const end = (): void => {
          signal?.removeEventListener('abort', end);
          planned?.cancel();
          resolve();
        };
        const planned = until === Infinity ? undefined : wake(timeline, sandbox, until - skewMs, end);
        signal?.addEventListener('abort', end, { once: true });
      });
    },
  };
}
