import { timeAt } from '../objects/api-object.ts';
import type { Controller, ControllerContext } from './controller.ts';

const LIFETIME_MS = 3_600_000;
const LOOK_EVERY = 60_000;

/** Events live for an hour after they were last written, as with the default `--event-ttl`. */
export function createEventTtl({ world }: ControllerContext, start: number): Controller {
  let nextLook = start + LOOK_EVERY;
  return {
    observe: () => undefined,
    run: (now) => {
      while (nextLook <= now) nextLook += LOOK_EVERY;
      for (const event of world.store.list('events')) {
        const written =
          timeAt(event, 'lastTimestamp') ??
          timeAt(event, 'eventTime') ??
          timeAt(event.metadata, 'creationTimestamp') ??
          now;
        if (now - written >= LIFETIME_MS) world.store.remove('events', event);
      }
    },
    nextDue: () => nextLook,
  };
}
