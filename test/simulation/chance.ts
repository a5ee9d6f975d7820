import { seededChance } from '../../lib/local/aws/id-source.ts';

/** Draws that depend on the seed and the name of their stream alone: leaving one deed out of a story does not move the others. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  /** Whether something of this probability happens. */
  happens(probability: number): boolean;
  /** A key of the table, as often as its weight says. */
  weigh<Key extends string>(weights: Readonly<Partial<Record<Key, number>>>): Key;
}

/** The stream of that name of that seed. */
export function createChance(seed: number, stream: string): Chance {
  const next = seededChance(hashText(`${seed}/${stream}`));
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (from) => from[Math.floor(next() * from.length)]!,
    happens: (probability) => next() < probability,
    weigh: (weights) => {
      const entries = Object.entries(weights) as [keyof typeof weights & string, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) if ((left -= weight) < 0) return key;
      return entries[0]![0];
    },
  };
}

/** FNV-1a, 32 bits; `from` goes on from an earlier hash. */
export function hashText(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
