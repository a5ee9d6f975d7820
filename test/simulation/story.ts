import type { Instant } from '../../lib/core/kubernetes.ts';
import { hashText } from './chance.ts';

/** How much of a story is wanted. */
export type Detail = 'none' | 'story' | 'all';

/** What happened in a run: for people a story, for the test of replays a hash, for the table of faults counts. */
export interface Story {
  /** One line for people; written only when somebody wants to read it. */
  tell(words: () => string): void;
  /** A line that only matters to whoever looks for the cause. */
  murmur(words: () => string): void;
  /** Something that makes two runs differ if it differs. */
  mark(what: string): void;
  /** One more fault of that kind has really happened. */
  count(kind: string): void;
  readonly lines: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly hash: number;
}

/** An empty story; `wanted` tells how much of it somebody will read. */
export function createStory(start: Instant, now: () => Instant, wanted: Detail): Story {
  const lines: string[] = [];
  const counts = new Map<string, number>();
  let hash = hashText('story');
  return {
    tell: (words) => {
      if (wanted !== 'none') lines.push(`${clockTime(now() - start)} ${words()}`);
    },
    murmur: (words) => {
      if (wanted === 'all') lines.push(`${clockTime(now() - start)}   ${words()}`);
    },
    mark: (what) => void (hash = hashText(`${now()} ${what}`, hash)),
    count: (kind) => void counts.set(kind, (counts.get(kind) ?? 0) + 1),
    lines,
    counts,
    get hash() {
      return hash;
    },
  };
}

/** `00:01:20.350` since the start. */
export function clockTime(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

/** `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(nth: number): string {
  const teen = nth % 100 > 10 && nth % 100 < 14;
  return `${nth}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][nth % 10] ?? 'th')}`;
}
