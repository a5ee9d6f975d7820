import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { BenchClock } from './bench-clock.ts';

/** An event as the event function gets it. */
export interface DeliveredEvent {
  readonly at: Instant;
  /** `namespace/name` of the pod whose task it tells of. */
  readonly pod: string | undefined;
  readonly status: string;
}

/** The way of events from ECS to the event function. */
export interface EventDelivery {
  readonly send: (event: object, at: Instant) => void;
  /** How many are on their way or worked on. */
  readonly underWay: () => number;
  readonly onDelivery: (listener: (event: DeliveredEvent) => void) => void;
}

/** Handles one event; `true` or a throw: deliver it again. */
export type EventHandler = (event: unknown, deliveries: number) => Promise<boolean>;

/** EventBridge and SQS bring an event within about a second. */
const DELIVERY_MS = { least: 500, most: 1_000 } as const;
/** Four invocations of the event function at once, a batch of ten each. */
const AT_ONCE = 40;
/** A failed event is hidden for six times the function's timeout. */
const REDELIVERY_MS = 360_000;

interface Message {
  readonly text: string;
  readonly deliveries: number;
}

/** Events on their way: as text, late, so many at a time, again when they failed. */
export function deliverEvents(clock: BenchClock, chance: () => number, handle: EventHandler): EventDelivery {
  const waiting: Message[] = [];
  const listeners: ((event: DeliveredEvent) => void)[] = [];
  let underWay = 0;
  let running = 0;
  const receive = async ({ text, deliveries }: Message): Promise<void> => {
    const event = JSON.parse(text) as EventText;
    const told = { at: clock.now(), pod: podOf(event), status: event.detail.lastStatus };
    for (const tell of listeners) tell(told);
    const again = await handle(event, deliveries).catch(() => true);
    if (again) clock.at(clock.now() + REDELIVERY_MS, () => arrive({ text, deliveries: deliveries + 1 }));
    else underWay -= 1;
  };
  const pump = (): void => {
    while (running < AT_ONCE) {
      const next = waiting.shift();
      if (next === undefined) return;
      running += 1;
      void receive(next).finally(() => {
        running -= 1;
        pump();
      });
    }
  };
  const arrive = (message: Message): void => {
    waiting.push(message);
    pump();
  };
  return {
    send: (event, at) => {
      underWay += 1;
      const text = JSON.stringify(event);
      const late = DELIVERY_MS.least + Math.round(chance() * (DELIVERY_MS.most - DELIVERY_MS.least));
      clock.at(at + late, () => arrive({ text, deliveries: 1 }));
    },
    underWay: () => underWay,
    onDelivery: (listener) => void listeners.push(listener),
  };
}

interface EventText {
  readonly detail: {
    readonly lastStatus: string;
    readonly overrides: {
      readonly containerOverrides: readonly {
        readonly environment?: readonly { readonly name: string; readonly value: string }[];
      }[];
    };
  };
}

function podOf({ detail }: EventText): string | undefined {
  return detail.overrides.containerOverrides
    .flatMap(({ environment = [] }) => environment)
    .find(({ name }) => name === 'LAMBDALET_POD')?.value;
}
