import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../lib/core/kubernetes.ts';
import { createLogHub, type HubLimits } from '../../lib/kubelet-api/logs/follow-log.ts';
import type { LogLine } from '../../lib/ports/logs.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryLogs } from '../memory/memory-logs.ts';

const STREAM = { group: '/pods', stream: 'pod/main/0123' };
const HOUR_MS = 3_600_000;

type Step =
  | { readonly kind: 'write'; readonly lines: number }
  /** A line that the service gets now, of an earlier time. */
  | { readonly kind: 'late'; readonly by: number }
  | { readonly kind: 'pass'; readonly ms: number }
  /** One of the slow followers takes what it is given next. */
  | { readonly kind: 'take'; readonly who: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write'), lines: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('late'), by: fc.integer({ min: 1, max: 20_000 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 1, max: 4_000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take'), who: fc.integer({ min: 0, max: 2 }) }) },
);

/** A window of some 20 lines, in which hardly anybody keeps up. */
const NARROW = { windowBytes: 1_500, pastBytes: 900, batchBytes: 300 };

/** What each follower was given; the last one keeps up. `skew`: how far the clocks of task and service are ahead of ours. */
async function live(steps: readonly Step[], skew: number, limits: Partial<HubLimits>) {
  const clock = createManualClock();
  const logs = createMemoryLogs({ pageLines: 5 });
  logs.addGroup(STREAM.group);
  const theirs = (): Instant => clock.now() + skew;
  const end: { at?: Instant } = {};
  const hub = createLogHub({ logs, clock }, limits);
  const log = { stream: STREAM, endedAt: () => Promise.resolve(end.at) };
  const regular: string[] = [];
  const late: string[] = [];
  const put = (at: Instant, to: string[], name: string): void => {
    to.push(name);
    logs.write(STREAM, { at, text: name, ingestedAt: theirs() });
  };
  const given: string[][] = [[], [], [], []];
  const slow = given.slice(0, 3).map(() => hub.follow(log, { span: {} }));
  const pending = new Map<number, Promise<unknown>>();
  const take = (who: number): void => {
    if (pending.has(who)) return;
    const note = ({ value }: IteratorResult<readonly LogLine[], void>): void => {
      given[who]?.push(...(value ?? []).map(({ text }) => text));
      pending.delete(who);
    };
    pending.set(who, slow[who]!.next().then(note));
  };
  const keepUp = async (): Promise<void> => {
    for await (const lines of hub.follow(log, { span: {} })) given[3]?.push(...lines.map(({ text }) => text));
  };
  const kept = keepUp();
  await clock.advance(10);
  for (const step of steps) {
    if (step.kind === 'write')
      for (let line = 0; line < step.lines; line += 1) put(theirs(), regular, `r${regular.length}`);
    else if (step.kind === 'late') put(theirs() - step.by, late, `l${late.length}`);
    else if (step.kind === 'take') take(step.who);
    else await clock.advance(step.ms);
  }
  await clock.advance(1);
  end.at = theirs();
  const begun = clock.now();
  await clock.runUntil(kept);
  const tookMs = clock.now() - begun;
  for (const [who, lines] of slow.entries()) {
    await clock.runUntil(Promise.resolve(pending.get(who)));
    const rest = async (): Promise<void> => {
      for await (const more of lines) given[who]?.push(...more.map(({ text }) => text));
    };
    await clock.runUntil(rest());
  }
  return { given, regular, late, tookMs };
}

describe('whoever follows a log', () => {
  it('is given each line once and in order, late ones at most once, whatever the clocks say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { maxLength: 60 }),
        fc.constantFrom(0, HOUR_MS, -HOUR_MS),
        fc.boolean(),
        async (steps, skew, isNarrow) => {
          const { given, regular, late, tookMs } = await live(steps, skew, isNarrow ? NARROW : {});
          for (const texts of given) {
            expect(new Set(texts).size).toBe(texts.length);
            expect(texts.filter((text) => text.startsWith('r'))).toEqual(regular);
          }
          // Whoever keeps up misses none.
          if (!isNarrow) expect(given[3]?.filter((text) => text.startsWith('l'))).toEqual(late);
          expect(tookMs).toBeLessThan(60_000);
        },
      ),
      { numRuns: 150 },
    );
  });
});
