import type { LogLine } from '../../ports/logs.ts';
import { sizeOf } from './log-window.ts';

/** A page that was put there. */
export type ShelfPlace = symbol;

/**
 * Pages that followers have not taken in full, in bounded memory for all of them together: what was put there first goes first, and is
 * read again by whoever still wants it.
 */
export interface PageShelf {
  readonly bytes: number;
  put(lines: readonly LogLine[]): ShelfPlace;
  get(place: ShelfPlace): readonly LogLine[] | undefined;
  drop(place: ShelfPlace): void;
}

/** An empty shelf. It holds one page at least. */
export function createPageShelf(most: number): PageShelf {
  const pages = new Map<ShelfPlace, { readonly lines: readonly LogLine[]; readonly bytes: number }>();
  let total = 0;
  const drop = (place: ShelfPlace): void => {
    total -= pages.get(place)?.bytes ?? 0;
    pages.delete(place);
  };
  return {
    get bytes() {
      return total;
    },
    put: (lines) => {
      const bytes = lines.reduce((sum, line) => sum + sizeOf(line), 0);
      for (const place of pages.keys()) {
        if (total + bytes <= most) break;
        drop(place);
      }
      const place = Symbol('page');
      pages.set(place, { lines, bytes });
      total += bytes;
      return place;
    },
    get: (place) => pages.get(place)?.lines,
    drop,
  };
}
