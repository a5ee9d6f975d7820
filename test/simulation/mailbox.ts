import type { Instant } from '../../lib/core/kubernetes.ts';
import type { EventQueue } from '../../lib/ports/event-queue.ts';
import { createMemoryEventQueue } from '../memory/memory-event-queue.ts';
import type { Chance } from './chance.ts';
import type { Story } from './story.ts';
import type { Timeline } from './timeline.ts';

/** What the way from ECS to the queue does to the next events. */
interface Mishap {
  readonly how: 'never' | 'twice' | 'late';
  readonly ms: number;
  readonly count: number;
}

/** An ECS event in the queue. */
export interface Letter {
  readonly id: number;
  readonly body: string;
  /** For people: what it tells. */
  readonly about: string;
  /** Of the task that it tells of. */
  readonly arn: string;
  receives: number;
  /** When it came into the queue. */
  arrivedAt: Instant;
}

/** EventBridge, the queue of task events and its dead letter queue. */
export interface Mailbox {
  /** An event leaves ECS. */
  post(event: Pick<Letter, 'body' | 'about' | 'arn'>): void;
  /** The next events will have a mishap on their way. */
  addMishap(mishap: Mishap): void;
  clearMishaps(): void;
  /** A delivery ended well: the message is gone. */
  done(letter: Letter): void;
  /** It did not, or nobody lives to tell: the message comes again, until it is a dead letter. */
  failed(letter: Letter): void;
  /** The queue as the product sees it. */
  readonly port: EventQueue;
  /** Since when an event of that task waits in the queue. */
  waitsSince(arn: string): Instant | undefined;
  /** Messages on their way, in the queue, and dead letters. */
  size(): number;
}

/** As deployed: after five receives a message is a dead letter. */
const MOST_RECEIVES = 5;

/** What a mailbox is made of. */
export interface MailboxOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly story: Story;
  /** After this a message that was not handled is seen again. */
  readonly visibilityMs: number;
  /** Milliseconds from ECS to the queue. */
  readonly delay: (chance: Chance) => number;
  /** Hands a message to the function. */
  readonly deliver: (letter: Letter) => void;
}

/** An empty mailbox. */
export function createMailbox({
  timeline,
  chance,
  story,
  visibilityMs,
  delay,
  deliver,
}: MailboxOptions): Mailbox {
  const port = createMemoryEventQueue({ now: () => timeline.now() });
  const open = new Map<number, Letter>();
  let mishaps: { readonly mishap: Mishap; left: number }[] = [];
  let ids = 0;
  let onWay = 0;
  const hand = (letter: Letter): void => {
    letter.receives += 1;
    deliver(letter);
  };
  const close = (letter: Letter): void => {
    open.delete(letter.id);
    port.setBacklog(open.size);
  };
  const send = (event: Pick<Letter, 'body' | 'about' | 'arn'>, after: number): void => {
    const letter: Letter = { ...event, id: (ids += 1), receives: 0, arrivedAt: 0 };
    onWay += 1;
    timeline.plan(timeline.now() + after, () => {
      onWay -= 1;
      letter.arrivedAt = timeline.now();
      open.set(letter.id, letter);
      port.setBacklog(open.size);
      hand(letter);
    });
  };
  const nextMishap = (): Mishap | undefined => {
    const [first] = mishaps;
    if (first !== undefined && (first.left -= 1) <= 0) mishaps = mishaps.slice(1);
    return first?.mishap;
  };
  return {
    post: (event) => {
      const mishap = nextMishap();
      if (mishap !== undefined) {
        story.count(`event ${mishap.how}`);
        story.tell(() => `the event "${event.about}" ${tellMishap(mishap)}`);
        if (mishap.how === 'never') return;
      }
      send(event, delay(chance) + (mishap?.how === 'late' ? mishap.ms : 0));
      if (mishap?.how === 'twice') send(event, delay(chance) + mishap.ms);
    },
    addMishap: (mishap) => void mishaps.push({ mishap, left: mishap.count }),
    clearMishaps: () => void (mishaps = []),
    done: close,
    failed: (letter) => {
      if (!open.has(letter.id)) return;
      if (letter.receives < MOST_RECEIVES) {
        timeline.plan(timeline.now() + visibilityMs, () => hand(letter));
        return;
      }
      close(letter);
      port.addDeadLetter(letter.body);
      story.count('dead letter');
      story.tell(() => `the event "${letter.about}" becomes a dead letter`);
    },
    port,
    waitsSince: (arn) => [...open.values()].find((letter) => letter.arn === arn)?.arrivedAt,
    size: () => onWay + open.size + port.bodies.length,
  };
}

function tellMishap({ how, ms }: Mishap): string {
  switch (how) {
    case 'never':
      return 'is lost for ever';
    case 'twice':
      return `will arrive twice, ${ms / 1000} s apart`;
    case 'late':
      return `will arrive ${ms / 1000} s late`;
  }
}
