import type { Instant } from '../../../core/kubernetes.ts';
import type { Chance } from '../aws-model.ts';
import type { DueQueue } from '../due-queue.ts';

/** What the way of an event may do to it. EventBridge promises at least once, in any order; losing one is the tester's wish. */
export interface EventDelivery {
  /** Drawn for each delivery: events overtake each other when the range is wide. */
  readonly delayMs: readonly [least: number, most: number];
  /** The share of events that come twice, each with its own delay. */
  readonly duplicates: number;
  /** The share of events that never come. */
  readonly losses: number;
}

/** Once, in order, at once. */
export const promptDelivery: EventDelivery = { delayMs: [0, 0], duplicates: 0, losses: 0 };

/** Plans the deliveries of one event that happens at `at`. */
export function deliverEvent(
  way: { readonly due: DueQueue; readonly chance: Chance; readonly delivery: EventDelivery },
  at: Instant,
  send: (at: Instant) => void,
): void {
  const { due, chance, delivery } = way;
  if (delivery.losses > 0 && chance() < delivery.losses) return;
  const [least, most] = delivery.delayMs;
  const times = delivery.duplicates > 0 && chance() < delivery.duplicates ? 2 : 1;
  for (let nth = 0; nth < times; nth += 1) {
    const delay = Math.round(least + (most > least ? chance() * (most - least) : 0));
    if (delay === 0) send(at);
    else due.plan(at + delay, send);
  }
}
