import type { Controller } from './controllers/controller.ts';
import type { ApiContext } from './requests/api-context.ts';

/** The model's clock: it only moves when someone says what time it is. */
export interface Time {
  /** Takes note of a time that a request brought. */
  see(now: number): void;
  /** Lets controllers and watches do what is due up to `now`, at the times at which it is due. */
  advance(now: number): void;
  /** When something is due next: `-Infinity` for at once. */
  nextDue(): number | undefined;
}

// A controller that is due again at once, for ever, is a fault; better a loud one than a hanging test.
const MOST_STEPS = 1_000_000;

/** The time of these controllers and of the open watches. */
export function createTime(api: ApiContext, controllers: readonly Controller[]): Time {
  const { latest, hub } = api;
  const see = (now: number): void => {
    latest.now = Math.max(latest.now, now);
  };
  const nextDue = (): number | undefined => {
    const dues = [...controllers.map((one) => one.nextDue()), hub.nextDue()].filter(
      (due) => due !== undefined,
    );
    return dues.length === 0 ? undefined : Math.min(...dues);
  };
  const step = (): void => {
    for (const controller of controllers) {
      const due = controller.nextDue();
      if (due !== undefined && due <= latest.now) controller.run(latest.now);
    }
    hub.advance(latest.now);
  };
  return {
    see,
    nextDue,
    advance: (now) => {
      for (let steps = 0; ; steps += 1) {
        const due = nextDue();
        if (due === undefined || due > now) break;
        if (steps > MOST_STEPS) throw new Error('a controller never comes to rest');
        see(due);
        step();
      }
      see(now);
    },
  };
}
