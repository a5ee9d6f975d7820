import type { Instant } from '../../lib/core/kubernetes.ts';
import type { DeadLetter, EventQueue } from '../../lib/ports/event-queue.ts';

/** The event queue in memory, with what tests want to see and set. */
export interface MemoryEventQueue extends EventQueue {
  /** Sets how many events wait, until it is set again. */
  setBacklog(count: number): void;
  /** Puts a message into the dead letter queue and returns its id. */
  addDeadLetter(body: string): string;
  /** The bodies in the dead letter queue, hidden ones too, oldest first. */
  readonly bodies: readonly string[];
}

interface Letter {
  readonly id: string;
  readonly body: string;
  received: number;
  visibleAt: Instant;
}

const MOST_LETTERS = 10;
const HIDDEN_MS = 60_000;

/** An empty event queue whose time is `now`. As in SQS, only the receipt of a letter's last receive discards it. */
export function createMemoryEventQueue({ now }: { readonly now: () => Instant }): MemoryEventQueue {
  let letters: readonly Letter[] = [];
  let backlog = 0;
  let added = 0;
  const receiptOf = ({ id, received }: Letter): string => `${id}#${received}`;
  const receive = (letter: Letter): DeadLetter => {
    letter.received += 1;
    letter.visibleAt = now() + HIDDEN_MS;
    return { id: letter.id, body: letter.body, receipt: receiptOf(letter) };
  };
  return {
    setBacklog: (count) => void (backlog = count),
    addDeadLetter: (body) => {
      const id = `letter-${(added += 1)}`;
      letters = [...letters, { id, body, received: 0, visibleAt: now() }];
      return id;
    },
    get bodies() {
      return letters.map(({ body }) => body);
    },
    backlog: () => Promise.resolve(backlog),
    deadLetters: () => {
      const visible = letters.filter(({ visibleAt }) => visibleAt <= now());
      return Promise.resolve(visible.slice(0, MOST_LETTERS).map(receive));
    },
    discard: ({ receipt }) => {
      letters = letters.filter((letter) => receiptOf(letter) !== receipt);
      return Promise.resolve();
    },
  };
}
