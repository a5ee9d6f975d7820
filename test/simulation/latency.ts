import type { Latency } from './gate.ts';

/**
 * How long calls take: mostly some milliseconds, often the answer at once, now and then seconds, so that invocations overtake
 * each other at every point.
 */
export function createLatency(slowness: number): Latency {
  return (chance) => {
    if (!chance.happens(slowness)) return [chance.between(1, 30), 0];
    const out = chance.pick([chance.between(0, 200), chance.between(200, 2000), chance.between(1000, 6000)]);
    return [out, chance.happens(0.5) ? 0 : chance.between(1, 3000)];
  };
}
