import { createHash } from 'node:crypto';
import type { Chance, IdSource } from './aws-model.ts';

/** Ids that look random and are the same in every run with the same name: for tests and the simulation. */
export function sequentialIds(name: string): IdSource {
  let count = 0;
  return () => {
    count += 1;
    const hex = createHash('sha256').update(`${name}/${count}`).digest('hex');
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `a${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-');
  };
}

/** A sequence of numbers in [0, 1) that depends on the seed alone (the mulberry32 generator). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
