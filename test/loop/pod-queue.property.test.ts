// Any story of the queue against a naive model: every work that begins must be the one that the model would begin, and nothing
// that may begin is left waiting when everything is at rest.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodWork } from '../../lib/loop/pod-queue.ts';
import {
  createQueueBench,
  launchOf,
  versionOf,
  type BegunWork,
  type QueueBench,
} from '../support/vocabulary-queue.ts';

const WIDTH = 2;
const LAUNCH_WIDTH = 2;
const FRESH_MS = 4;

interface Entry {
  readonly at: number;
  readonly urgent: boolean;
  readonly version: string | undefined;
}

/** The queue as a few lists, without any cleverness. */
interface Model {
  readonly waiting: Map<string, Entry>;
  line: readonly string[];
  /** What was seen of those in the line, and when. */
  readonly seen: Map<string, { readonly version: string; readonly at: number }>;
  readonly working: Map<string, BegunWork['lane']>;
}

const isTakeable = ({ waiting, working }: Model, name: string, now: number): boolean =>
  (waiting.get(name)?.at ?? Infinity) <= now && !working.has(name);
const isBetter = (one: Entry, other: Entry): boolean =>
  one.urgent === other.urgent ? one.at < other.at : one.urgent;
const freeInLine = ({ line, working }: Model): readonly string[] => line.filter((name) => !working.has(name));
const countOf = ({ working }: Model, lane: BegunWork['lane']): number =>
  [...working.values()].filter((value) => value === lane).length;

/** Takes the pod that begins out of the model, after a look whether it was its turn. */
function begin(model: Model, { lane, name, at: now, entry }: BegunWork): void {
  expect(model.working.has(name), `two workers for ${name}`).toBe(false);
  if (lane === 'launch') {
    expect(countOf(model, 'launch')).toBeLessThan(LAUNCH_WIDTH);
    expect(name, 'the first of the line that is free').toBe(freeInLine(model)[0]);
    model.line = model.line.filter((other) => other !== name);
    const seen = model.seen.get(name);
    const isFresh = seen !== undefined && now - seen.at <= FRESH_MS;
    expect(versionOf(entry), 'what was seen while it waited').toBe(isFresh ? seen.version : undefined);
    model.seen.delete(name);
  } else {
    expect(countOf(model, 'due')).toBeLessThan(WIDTH);
    const mine = model.waiting.get(name);
    if (mine === undefined || mine.at > now) throw new Error(`${name} begins at ${now}, but it is not due`);
    const better = [...model.waiting].filter(
      ([other, its]) => isTakeable(model, other, now) && isBetter(its, mine),
    );
    expect(better, `better than ${name}`).toEqual([]);
    expect(versionOf(entry), 'what was told last').toBe(mine.version);
    model.waiting.delete(name);
  }
  model.working.set(name, lane);
}

function told(model: Model, name: string, { at, urgent, version }: Entry): void {
  const before = model.waiting.get(name);
  const earliest = Math.min(at, before?.at ?? Infinity);
  model.seen.delete(name);
  model.waiting.set(name, { at: earliest, urgent: urgent || before?.urgent === true, version });
}

function ended(model: Model, name: string, outcome: PodWork, now: number): void {
  model.working.delete(name);
  if ('launch' in outcome) {
    if (!model.line.includes(name)) model.line = [...model.line, name];
    const version = outcome.view?.pod?.metadata.resourceVersion;
    if (version === undefined || model.waiting.has(name)) model.seen.delete(name);
    else model.seen.set(name, { version, at: now });
  }
  const until = ('until' in outcome ? outcome.until : undefined) ?? Infinity;
  const news = model.waiting.get(name) ?? { at: Infinity, urgent: false, version: undefined };
  const at = Math.min(news.at, until);
  if (at < Infinity) model.waiting.set(name, { ...news, at });
}

/** Nothing that may begin waits. */
function expectNothingIdle(model: Model, now: number): void {
  const takeable = [...model.waiting.keys()].filter((name) => isTakeable(model, name, now));
  if (countOf(model, 'due') < WIDTH) expect(takeable, 'due, and nobody works on it').toEqual([]);
}

const pod = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const delay = fc.constantFrom(0, 0, 0, 1, 2, 5, 10);
const outcome = fc.constantFrom<'launch' | 'never' | number>('launch', 'launch', 'never', 0, 1, 5);
const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      name: pod,
      in: delay,
      urgent: fc.boolean(),
      isNamed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: delay }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('finish' as const), which: fc.nat({ max: 9 }), outcome }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('permit' as const) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

async function carryOut(given: Command, bench: QueueBench, model: Model, number: number): Promise<void> {
  const now = bench.clock.now();
  switch (given.kind) {
    case 'push': {
      const version = given.isNamed ? String(number) : undefined;
      told(model, given.name, { at: now + given.in, urgent: given.urgent, version });
      const { in: ms, urgent } = given;
      return bench.push(given.name, { in: ms, urgent, ...(version !== undefined && { version }) });
    }
    case 'pass':
      return bench.clock.advance(given.ms);
    case 'finish': {
      const working = bench.working();
      const name = working[given.which % Math.max(1, working.length)];
      if (name === undefined) return;
      const { outcome } = given;
      const work: PodWork =
        outcome === 'launch'
          ? launchOf(name, `seen-${number}`)
          : { until: outcome === 'never' ? undefined : bench.clock.now() + outcome };
      ended(model, name, work, now);
      return bench.finish(name, work);
    }
    case 'permit': {
      const free = freeInLine(model);
      const may = free.length > 0 && countOf(model, 'launch') < LAUNCH_WIDTH;
      const before = bench.begun.length;
      const isAsked = await bench.permit();
      if (may) expect(isAsked, `nobody asks for a turn although ${free.join()} may go`).toBe(true);
      if (may) expect(bench.begun.length, 'the permission was not used').toBeGreaterThan(before);
    }
  }
}

async function tell(story: readonly Command[]): Promise<void> {
  const model: Model = { waiting: new Map(), line: [], seen: new Map(), working: new Map() };
  const faults: unknown[] = [];
  const bench = createQueueBench({
    width: WIDTH,
    launchWidth: LAUNCH_WIDTH,
    freshMs: FRESH_MS,
    onBegin: (work) => {
      try {
        begin(model, work);
      } catch (fault) {
        faults.push(fault);
      }
    },
  });
  const run = bench.start();
  await bench.clock.advance(0);
  for (const [number, given] of story.entries()) {
    await carryOut(given, bench, model, number);
    if (faults.length > 0) throw faults[0];
    expectNothingIdle(model, bench.clock.now());
    expect(bench.queue.size, 'pods that wait').toBe(model.waiting.size);
  }
  await bench.abort();
  for (const name of bench.working()) await bench.finish(name);
  expect(run.ended()).toBe(true);
  expect(bench.clock.sleepers).toBe(0);
}

describe('the queue of pods', () => {
  it('does in any story what a naive model of it does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 30, maxLength: 80, size: 'max' }), tell),
      {
        numRuns: 300,
      },
    );
  });
});
