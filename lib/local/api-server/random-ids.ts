import { randomInt, randomUUID } from 'node:crypto';
import type { Ids } from './kinds/kind-row.ts';

// The alphabet of generated names: no vowels and no look-alikes, so that no words come out.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Ids for a cluster that need not be repeatable. */
export function createRandomIds(): Ids {
  return {
    uid: () => randomUUID(),
    suffix: (length) => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)] ?? 'b').join(''),
  };
}

/** Ids that count up: the same cluster gets the same ids in every run. */
export function createCountedIds(): Ids {
  let count = 0;
  return {
    uid: () => {
      count += 1;
      return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
    },
    suffix: (length) => {
      count += 1;
      let rest = count;
      return Array.from({ length }, () => {
        const letter = ALPHABET[rest % ALPHABET.length] ?? 'b';
        rest = Math.floor(rest / ALPHABET.length);
        return letter;
      }).join('');
    },
  };
}
