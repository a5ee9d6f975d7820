import type { Clock } from '../../lib/ports/clock.ts';
import { wake } from './gate.ts';
import { NEVER, type Sandbox } from './sandbox.ts';
import type { Timeline } from './timeline.ts';

/** The clock of one sandbox: virtual time, which a frozen or dead one does not see go by. */
export function createSimClock(timeline: Timeline, sandbox: Sandbox): Clock {
  return {
    now: () => timeline.now(),
    newId: () => `${sandbox.name}.${(sandbox.ids += 1)}`,
    sleep: (until, signal) => {
      if (sandbox.dead) return NEVER;
      if (until <= timeline.now() || signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const end = (): void => {
          signal?.removeEventListener('abort', end);
          planned?.cancel();
          resolve();
        };
        const planned = until === Infinity ? undefined : wake(timeline, sandbox, until, end);
        signal?.addEventListener('abort', end, { once: true });
      });
    },
  };
}
