import type { Instant } from '../../../core/kubernetes.ts';
import {
  fullBucket,
  nextToken,
  returnToken,
  slowDown,
  takeToken,
  type Rate,
  type TokenBucket,
} from '../../../core/token-bucket.ts';
import type { Clock } from '../../../ports/clock.ts';

/** Who goes before whom: `first` before `normal`; `leftOver` only while nobody waits and half of the burst is there. */
export type Lane = (typeof LANES)[number];

const LANES = ['first', 'normal', 'leftOver'] as const;

interface Waiter {
  readonly by: Instant;
  readonly answer: (granted: boolean) => void;
}

/**
 * The calls that wait for tokens of one bucket, in the order of their coming within a lane. Without a rate nobody ever waits.
 * One sleep at a time serves all of them; it is cut short when someone comes who may go sooner than the one it is for.
 */
export class TokenQueue {
  readonly #clock: Clock;
  readonly #lanes: Readonly<Record<Lane, Waiter[]>> = { first: [], normal: [], leftOver: [] };
  #bucket: TokenBucket | undefined;
  #serving = false;
  #sleep: { readonly lane: Lane; readonly until: Instant; readonly over: AbortController } | undefined;

  constructor(clock: Clock, rate: Rate | undefined) {
    this.#clock = clock;
    this.#bucket = rate === undefined ? undefined : fullBucket(rate, clock.now());
  }

  /** Resolves to `true` with a token taken, or to `false` as soon as `by` has passed without one. */
  take(lane: Lane, by: Instant = Infinity): Promise<boolean> {
    if (this.#bucket === undefined) return Promise.resolve(this.#clock.now() <= by);
    return new Promise((answer) => {
      this.#lanes[lane].push({ by, answer });
      if (this.#sleep !== undefined && (goesBefore(lane, this.#sleep.lane) || by < this.#sleep.until))
        this.#sleep.over.abort();
      void this.#serve();
    });
  }

  /** A token that was taken and not used. */
  giveBack(): void {
    if (this.#bucket === undefined) return;
    this.#bucket = returnToken(this.#bucket);
    this.#sleep?.over.abort();
  }

  /** The far side said that calls come too fast: from now on at half the pace, which recovers within twenty seconds. */
  slowDown(): void {
    if (this.#bucket !== undefined) this.#bucket = slowDown(this.#bucket, this.#clock.now());
  }

  /** How many wait. */
  get size(): number {
    return LANES.reduce((sum, lane) => sum + this.#lanes[lane].length, 0);
  }

  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    while (this.size > 0) {
      const now = this.#clock.now();
      this.#dismissLate(now);
      const lane = LANES.find((one) => this.#lanes[one].length > 0);
      if (lane === undefined) break;
      const readyAt = this.#readyAt(lane, now);
      if (readyAt <= now) {
        this.#grant(lane, now);
        continue;
      }
      const until = Math.min(readyAt, this.#earliestEnd());
      this.#sleep = { lane, until, over: new AbortController() };
      await this.#clock.sleep(until, this.#sleep.over.signal);
      this.#sleep = undefined;
    }
    this.#serving = false;
  }

  #grant(lane: Lane, now: Instant): void {
    if (this.#bucket !== undefined) this.#bucket = takeToken(this.#bucket, now).bucket;
    this.#lanes[lane].shift()?.answer(true);
  }

  #readyAt(lane: Lane, now: Instant): Instant {
    const bucket = this.#bucket;
    if (bucket === undefined) return now;
    if (lane !== 'leftOver') return nextToken(bucket, now);
    const kept = Math.max(1, bucket.burst / 2) - 1;
    return nextToken({ ...bucket, tokens: bucket.tokens - kept, burst: bucket.burst - kept }, now);
  }

  #dismissLate(now: Instant): void {
    for (const lane of LANES) {
      const waiting = this.#lanes[lane];
      const late = waiting.filter(({ by }) => by < now);
      if (late.length === 0) continue;
      waiting.splice(0, waiting.length, ...waiting.filter(({ by }) => by >= now));
      for (const { answer } of late) answer(false);
    }
  }

  /** The first moment at which somebody is late. */
  #earliestEnd(): Instant {
    return LANES.flatMap((lane) => this.#lanes[lane]).reduce(
      (end, { by }) => Math.min(end, by + 1),
      Infinity,
    );
  }
}

function goesBefore(one: Lane, other: Lane): boolean {
  return LANES.indexOf(one) < LANES.indexOf(other);
}
