import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { createLogHub, type LogHub } from '../../lib/kubelet-api/logs/follow-log.ts';
import { DRAIN_MS } from '../../lib/kubelet-api/logs/log-feed.ts';
import { LONGEST_PAUSE_MS, PAGE_MS, PAGES_AT_ONCE, POLL_MS } from '../../lib/kubelet-api/logs/log-pace.ts';
import { WINDOW_BYTES } from '../../lib/kubelet-api/logs/log-window.ts';
import type { LogStart } from '../../lib/kubelet-api/logs/log-options.ts';
import type { Instant } from '../../lib/core/kubernetes.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { createMemoryLogs, type MemoryLogs } from '../memory/memory-logs.ts';

const STREAM = { group: '/pods', stream: 'pod/main/0123' };
const ALL: LogStart = { span: {} };

interface Bench {
  readonly clock: ManualClock;
  readonly logs: MemoryLogs;
  readonly hub: LogHub;
  /** The container ends now. */
  readonly end: () => void;
  /** A line that is written now. */
  readonly write: (...texts: readonly string[]) => void;
  readonly follow: (start?: LogStart, signal?: AbortSignal) => Follower;
}

interface Follower {
  readonly texts: string[];
  readonly done: Promise<void>;
  readonly failure: () => unknown;
}

function open(pageLines?: number): Bench {
  const clock = createManualClock();
  const logs = createMemoryLogs({ ...(pageLines !== undefined && { pageLines }) });
  logs.addGroup(STREAM.group);
  const hub = createLogHub({ logs, clock });
  let endedAt: Instant | undefined;
  const log = { stream: STREAM, endedAt: () => Promise.resolve(endedAt) };
  return {
    ...{ clock, logs, hub },
    end: () => void (endedAt = clock.now()),
    write: (...texts) => logs.write(STREAM, ...texts.map((text) => ({ at: clock.now(), text }))),
    follow: (start = ALL, signal) => {
      const texts: string[] = [];
      let failure: unknown;
      const take = async (): Promise<void> => {
        for await (const lines of hub.follow(log, start, signal))
          texts.push(...lines.map(({ text }) => text));
      };
      const done = take().catch((error: unknown) => void (failure = error));
      return { texts, done, failure: () => failure };
    },
  };
}

describe('following a log', () => {
  it('costs one poll a second for a hundred followers, and gives each of them every line', async () => {
    const { clock, logs, hub, write, end, follow } = open();
    write('old 1', 'old 2');
    await clock.advance(10);
    write('old 3');
    const followers = Array.from({ length: 100 }, () => follow());
    await clock.advance(0);
    const atFirst = logs.reads.length;
    const expected = ['old 1', 'old 2', 'old 3'];
    for (let second = 0; second < 60; second += 1) {
      write(`new ${second}`);
      expected.push(`new ${second}`);
      await clock.advance(POLL_MS);
    }
    expect(atFirst).toBeLessThanOrEqual(6);
    expect(logs.reads.length - atFirst).toBeLessThanOrEqual(61);
    end();
    await clock.runUntil(Promise.all(followers.map(({ done }) => done)));
    for (const { texts } of followers) expect(texts).toEqual(expected);
    expect(hub.heldBytes()).toBe(0);
  });

  it('lets late followers of all kinds join the one poll', async () => {
    const { clock, logs, write, end, follow } = open();
    const followers: Follower[] = [];
    const starts: LogStart[] = [ALL, { tail: 2, span: {} }, { tail: 0, span: {} }, { tail: 9, span: {} }];
    const begun = clock.now();
    for (let second = 0; second < 20; second += 1) {
      write(`line ${second}`);
      await clock.advance(POLL_MS);
      // A tail is one of what the last poll knew.
      if (second % 5 === 4) followers.push(follow(starts[followers.length]));
    }
    followers.push(follow({ span: { since: begun + 15 * POLL_MS } }));
    await clock.advance(POLL_MS);
    const before = logs.reads.length;
    await clock.advance(30 * POLL_MS);
    expect(logs.reads.length - before).toBeLessThanOrEqual(30);
    end();
    await clock.runUntil(Promise.all(followers.map(({ done }) => done)));
    const from = (first: number): readonly string[] =>
      Array.from({ length: 20 - first }, (_, at) => `line ${first + at}`);
    expect(followers.map(({ texts }) => texts)).toEqual([from(0), from(8), from(15), from(11), from(15)]);
  });

  it('begins with a log that is not there yet', async () => {
    const { clock, write, end, follow } = open();
    const follower = follow({ tail: 5, span: {} });
    await clock.advance(5 * POLL_MS);
    write('first');
    await clock.advance(POLL_MS);
    expect(follower.texts).toEqual(['first']);
    end();
    await clock.runUntil(follower.done);
  });

  it('waits for what the log driver sends late, and ends then', async () => {
    const { clock, write, end, follow } = open();
    const follower = follow();
    await clock.advance(POLL_MS);
    end();
    const endedAt = clock.now();
    await clock.advance(DRAIN_MS / 2);
    write('last words');
    await clock.runUntil(follower.done);
    expect(follower.texts).toEqual(['last words']);
    expect(clock.now() - endedAt).toBeLessThanOrEqual(DRAIN_MS + 3 * POLL_MS);
  });

  it('ends at once where the container ended long ago', async () => {
    const { clock, write, end, follow } = open();
    write('done');
    end();
    await clock.advance(DRAIN_MS);
    const begun = clock.now();
    const follower = follow();
    await clock.runUntil(follower.done);
    expect(follower.texts).toEqual(['done']);
    expect(clock.now() - begun).toBeLessThanOrEqual(POLL_MS);
  });

  it('slows down when it is asked to, and goes on', async () => {
    const { clock, logs, write, follow } = open();
    const follower = follow();
    await clock.advance(POLL_MS);
    for (let time = 0; time < 8; time += 1) logs.failNext({ kind: 'throttled', message: 'Rate exceeded' });
    write('through');
    const before = logs.reads.length;
    await clock.advance(60_000);
    // After 1, 2, 4, 8, 16 s and then every 30 s.
    expect(logs.reads.length - before).toBeLessThanOrEqual(6);
    await clock.advance(6 * LONGEST_PAUSE_MS);
    expect(follower.texts).toEqual(['through']);
    const fast = logs.reads.length;
    await clock.advance(10 * POLL_MS);
    expect(logs.reads.length - fast).toBeGreaterThanOrEqual(9);
  });

  it('tells every follower of a log that cannot be read, and lets the next one try', async () => {
    const { clock, logs, write, follow } = open();
    logs.failNext({ kind: 'auth', message: 'not allowed' });
    const followers = [follow(), follow()];
    await clock.advance(0);
    for (const { failure } of followers) expect(failure()).toMatchObject({ failure: { kind: 'auth' } });
    write('fine');
    const next = follow();
    await clock.advance(POLL_MS);
    expect(next.texts).toEqual(['fine']);
  });

  it('ends when it is told to, and polls no more', async () => {
    const { clock, logs, follow } = open();
    const abort = new AbortController();
    const follower = follow(ALL, abort.signal);
    await clock.advance(POLL_MS);
    abort.abort();
    await follower.done;
    const before = logs.reads.length;
    await clock.advance(10 * POLL_MS);
    expect(logs.reads.length).toBe(before);
  });
});

describe('what was there before', () => {
  it('is read by one budget, however many are behind at different places', async () => {
    const { clock, logs, write, follow } = open(20);
    for (let line = 0; line < 4_000; line += 1) {
      write(`${line}`);
      await clock.advance(1);
    }
    const followers: Follower[] = [];
    for (let at = 0; at < 20; at += 1)
      followers.push(follow({ span: { since: clock.now() - 4_000 + 10 * at } }));
    const before = logs.reads.length;
    const seconds = 60;
    await clock.advance(seconds * 1_000);
    expect(logs.reads.length - before).toBeLessThanOrEqual(
      PAGES_AT_ONCE + (seconds * 1_000) / PAGE_MS + seconds + 1,
    );
    await clock.advance(15 * 60_000);
    for (const [at, { texts }] of followers.entries())
      expect(texts).toEqual(Array.from({ length: 4_000 - 10 * at }, (_, line) => `${10 * at + line}`));
  });

  it('is asked for ever more slowly after too many calls, and by nobody who has left', async () => {
    const { clock, logs, write } = open();
    for (let line = 0; line < 2_000; line += 1) {
      write(`${line}`);
      await clock.advance(1);
    }
    const pauses: number[] = [];
    const tooMany = new FailureError({ kind: 'throttled', message: 'Rate exceeded' });
    const hub = createLogHub({
      logs: {
        read: (stream, ask) => (ask.kind === 'head' ? Promise.reject(tooMany) : logs.read(stream, ask)),
      },
      ...{ clock, onPause: (_, ms) => void pauses.push(ms) },
    });
    const leaving = new AbortController();
    const log = { stream: STREAM, endedAt: () => Promise.resolve(undefined) };
    const lines = hub.follow(log, ALL, leaving.signal);
    expect(await clock.runUntil(lines.next())).toEqual({ value: [], done: false });
    const next = lines.next();
    await clock.advance(62_000);
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    leaving.abort();
    expect(await next).toEqual({ value: undefined, done: true });
    await clock.advance(10 * LONGEST_PAUSE_MS);
    expect(pauses).toHaveLength(6);
    expect(hub.heldBytes()).toBe(0);
  });
});

describe('many followers that take nothing', () => {
  const LINES = 40_000;
  /** Each at a place of its own in what was there before, and one line long ago taken of it. */
  async function stuck(count: number) {
    const limits = { followers: 40, pastBytes: 3_000_000, batchBytes: 10_000 };
    const { clock, logs } = open(4_000);
    logs.write(
      STREAM,
      ...Array.from({ length: LINES }, (_, at) => ({
        at: clock.now() - LINES + at,
        text: `${at}`.padEnd(100),
      })),
    );
    const hub = createLogHub({ logs, clock }, limits);
    const log = { stream: STREAM, endedAt: () => Promise.resolve(undefined) };
    const followers = Array.from({ length: count }, (_, at) =>
      hub.follow(log, { span: { since: clock.now() - LINES + 100 * at } }),
    );
    const handedOut: number[] = [];
    let held = 0;
    for (const follower of followers) {
      await clock.runUntil(follower.next());
      const { value } = await clock.runUntil(follower.next());
      handedOut.push((value ?? []).reduce((sum, { text }) => sum + 2 * text.length + 64, 0));
      held = Math.max(held, hub.heldBytes());
    }
    return { clock, hub, log, limits, followers, handedOut, held };
  }

  it('hold no more together than one bound, however many they are, and get every line once when they go on', async () => {
    const { clock, followers, handedOut, held, limits, hub } = await stuck(40);
    expect(held).toBeGreaterThan(2_000_000);
    expect(held).toBeLessThanOrEqual(limits.pastBytes + WINDOW_BYTES);
    expect(Math.max(...handedOut)).toBeLessThanOrEqual(limits.batchBytes);
    // The page of the first one was let go of long ago.
    const first = followers[0]!;
    let number = Math.floor((handedOut[0] ?? 0) / 264);
    while (number < LINES) {
      const { value } = await clock.runUntil(first.next());
      for (const { text } of value ?? []) {
        expect(Number(text)).toBe(number);
        number += 1;
      }
      expect(hub.heldBytes()).toBeLessThanOrEqual(limits.pastBytes + WINDOW_BYTES);
    }
    await Promise.all(followers.map((follower) => follower.return(undefined)));
    expect(hub.heldBytes()).toBe(0);
  });

  it('leave no room for one more than the bound, until one of them goes', async () => {
    const { clock, hub, log, followers } = await stuck(40);
    await expect(hub.follow(log, ALL).next()).rejects.toMatchObject({
      failure: {
        ...{ kind: 'capacity', code: 'TooManyFollowers' },
        message: expect.stringMatching(/^40 logs are being followed already: try again/) as string,
      },
    });
    await followers[7]!.return(undefined);
    expect(await clock.runUntil(hub.follow(log, ALL).next())).toEqual({ value: [], done: false });
  });
});

describe('a log of any length', () => {
  it('is held as 1 MB at most, and a slow follower still gets every line once', async () => {
    const { clock, hub, write, end, follow, logs } = open(500);
    const log = { stream: STREAM, endedAt: () => Promise.resolve(undefined) };
    const abort = new AbortController();
    const slow = hub.follow(log, ALL, abort.signal);
    const fast = follow();
    const expected: string[] = [];
    const texts: string[] = [];
    const takeOne = async (): Promise<void> => {
      const { value } = await clock.runUntil(slow.next());
      texts.push(...(value ?? []).map(({ text }) => text.slice(0, 12)));
    };
    let held = 0;
    for (let burst = 0; burst < 200; burst += 1) {
      // Several lines of a millisecond, so that places within one matter.
      const lines = Array.from({ length: 30 }, (_, at) => `${burst}.${at}`.padEnd(12));
      expected.push(...lines);
      write(...lines.map((line) => line.padEnd(2_000, 'x')));
      if (burst % 40 === 1) await takeOne();
      await clock.advance(POLL_MS);
      held = Math.max(held, hub.heldBytes());
    }
    // And the page on which the slow one is.
    expect(held).toBeLessThanOrEqual(WINDOW_BYTES + 500 * (2 * 2_000 + 64));
    expect(held).toBeGreaterThan(WINDOW_BYTES / 2);
    while (texts.length < expected.length) await takeOne();
    expect(texts).toEqual(expected);
    expect(logs.reads.length).toBeGreaterThan(200);
    abort.abort();
    await slow.return(undefined);
    end();
    await clock.runUntil(fast.done);
    expect(fast.texts.map((text) => text.slice(0, 12))).toEqual(expected);
  });

  it('is read in full where a page of it is larger than what is held', async () => {
    const { clock, write, end, follow } = open();
    const follower = follow({ tail: 1, span: {} });
    await clock.advance(POLL_MS);
    const lines = Array.from({ length: 900 }, (_, at) => `${at}`.padEnd(1_000));
    for (const line of lines) {
      write(line);
      if (lines.indexOf(line) % 3 === 0) await clock.advance(1);
    }
    end();
    await clock.runUntil(follower.done);
    expect(follower.texts.map((text) => Number.parseInt(text))).toEqual(lines.map((_, at) => at));
  });
});
