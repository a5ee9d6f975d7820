import type { Instant } from '../../core/kubernetes.ts';
import type { Chance } from '../../local/aws/aws-model.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Lambda's pollers of one queue. */
export interface Pollers {
  /** A poll brought messages: whoever asked for them asks again. */
  received(): void;
}

/** Connections with which Lambda long-polls a queue at rest (Lambda developer guide, "Using Lambda with Amazon SQS"). */
export const POLLERS = 5;
/** The longest wait of ReceiveMessage, which Lambda uses. */
const WAIT_MS = 20_000;

/**
 * Counts the polls that bring nothing: each poller asks again when its wait of 20 s is over, or when it got messages. The poll
 * that gets them is counted where they are received; which of the five that is, chance decides.
 */
export function pollQueue(clock: VirtualClock, chance: Chance, onEmpty: () => void): Pollers {
  const asked: Instant[] = Array.from(
    { length: POLLERS },
    (_, nth) => clock.now() - (nth * WAIT_MS) / POLLERS,
  );
  const wait = (poller: number): void => {
    const since = clock.now();
    asked[poller] = since;
    clock.at(since + WAIT_MS, () => {
      if (asked[poller] !== since) return;
      onEmpty();
      wait(poller);
    });
  };
  asked.forEach((since, poller) => {
    clock.at(since + WAIT_MS, () => {
      if (asked[poller] !== since) return;
      onEmpty();
      wait(poller);
    });
  });
  return { received: () => wait(Math.floor(chance() * POLLERS)) };
}
