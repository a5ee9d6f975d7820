import type { Instant } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SamplePage, Slice } from './read-events.ts';
import type { UseLedger } from './use-ledger.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long a sample may take to be seen: 80 s is usual and 140 s the most that was measured, and what is later than this is not counted. */
const LATE_MS = 5 * MINUTE_MS;
/** Read at a time, so that no more than this is pending. */
const SLICE_MS = HOUR_MS;
/** Container Insights keeps its events for a day unless the owner of the group keeps them longer. */
const KEPT_MS = 24 * HOUR_MS;
/** What may have been told after a checkpoint is read again, however old it is. */
const TOLD_MS = HOUR_MS;
/** Between two pages: 4 a second leave most of the account's quota (10 a second or more) to others. */
const PAGE_PAUSE_MS = 250;
/** Of one pass; what is left is read by the next one. */
const MOST_PAGES = 120;

/** Reads samples into a ledger, each span of time several times until nothing of it can be late any more. */
export interface SampleReader {
  /** What came up to this instant is settled. */
  readonly through: Instant;
  /** Reads up to now, or as far as a pass goes; `true`: up to now. Throws `FailureError`; calling it again goes on. */
  pass(): Promise<boolean>;
}

/** What a reader works with. */
export interface ReaderDeps {
  readonly ledger: UseLedger;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly read: (slice: Slice) => Promise<SamplePage>;
}

/** A reader that begins behind `from`. */
export function createSampleReader({ ledger, clock, read }: ReaderDeps, from: Instant): SampleReader {
  let through = from;
  /** What is being read, and when it was begun. */
  let current: { readonly slice: Slice; readonly since: Instant } | undefined;

  const next = (since: Instant): typeof current & object => {
    if (through >= from + TOLD_MS) through = Math.max(through, since - KEPT_MS);
    return { slice: { after: through, until: Math.min(since, through + SLICE_MS) }, since };
  };
  /** Whether that was all there is. */
  const readPage = async (): Promise<boolean> => {
    current ??= next(clock.now());
    const { slice, since } = current;
    const { samples, rest } = await read(slice);
    for (const sample of samples) ledger.add(sample);
    current = rest && { slice: rest, since };
    if (rest !== undefined) return false;
    through = Math.max(through, Math.min(slice.until, since - LATE_MS));
    ledger.settle(through);
    return slice.until >= since;
  };
  return {
    get through() {
      return through;
    },
    pass: async () => {
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        if (pages > 0) await clock.sleep(clock.now() + PAGE_PAUSE_MS);
        if (await readPage()) return true;
      }
      return false;
    },
  };
}
