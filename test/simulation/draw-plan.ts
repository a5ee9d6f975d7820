import { drawBounds, type Bounds } from './ceilings.ts';
import { createChance } from './chance.ts';
import type { Deed } from './deeds.ts';
import { drawInputDeeds } from './draw-inputs.ts';
import { drawPod, drawPodLife } from './draw-pods.ts';
import { drawTroubles } from './draw-troubles.ts';
import { drawWeather, type Weather } from './weathers.ts';

const MINUTE = 60_000;

/** All that is decided before a run begins; the rest comes from the seed too, call by call. */
export interface Plan {
  readonly seed: number;
  readonly weather: Weather;
  /** When the troubles end. */
  readonly calmAt: number;
  readonly mode: 'watch' | 'economy';
  readonly version: 'new' | 'old';
  readonly missingMs: number;
  readonly slowCloud: boolean;
  /** How many virtual nodes there are. */
  readonly nodes: number;
  /** Whether pod-sync reaches the pods. */
  readonly networkProbes: boolean;
  /** How long after the troubles pods still wait for what they refer to, and sick ones are sick. */
  readonly cureAfterMs: number;
  /** After this a message that was not handled is seen again. */
  readonly visibilityMs: number;
  /** What may be used at a time; absent: as much as one likes. */
  readonly bounds: Bounds | undefined;
  readonly deeds: readonly Deed[];
}

/** The plan of a seed; `weatherName` takes the place of the weather that the seed would get. */
export function drawPlan(seed: number, weatherName?: string): Plan {
  const chance = createChance(seed, 'plan');
  const weather = drawWeather(chance, weatherName);
  const [least, most] = weather.minutes;
  const calmAt = chance.between(least * MINUTE, most * MINUTE);
  const names = Array.from({ length: chance.between(...weather.pods) }, (_, index) => `web-${index + 1}`);
  const sharesShape = chance.happens(weather.sharesShape);
  const shape = sharesShape ? drawPod(chance, weather) : undefined;
  const users = names.flatMap((name, nth) => drawPodLife(chance, { weather, name, nth, calmAt, shape }));
  const times = users.map(({ at }) => at);
  const births = users.flatMap(({ kind, at }) => (kind === 'createPod' ? [at] : []));
  const troubles = drawTroubles(chance, weather, { names, times, births, sharesShape, calmAt });
  return {
    seed,
    weather,
    calmAt,
    mode: chance.happens(weather.watches) ? 'watch' : 'economy',
    version: chance.happens(0.1) ? 'old' : 'new',
    missingMs: chance.pick(weather.name === 'lost table' ? [0, 10_000, 15_000] : [0, 0, 0, 1000, 10_000]),
    slowCloud: chance.happens(0.3),
    nodes: weather.name !== 'teardown' && chance.happens(0.2) ? 2 : 1,
    // As deployed, or so short that messages become dead letters before the run is over.
    visibilityMs: chance.pick([6 * MINUTE, MINUTE / 4]),
    networkProbes: chance.happens(0.6),
    cureAfterMs:
      ['lost inputs', 'sick containers'].includes(weather.name) && chance.happens(0.4) ? 14 * MINUTE : 0,
    bounds: weather.bounded === true ? drawBounds(createChance(seed, 'bounds')) : undefined,
    deeds: [...users, ...drawInputDeeds(createChance(seed, 'inputs'), calmAt), ...troubles]
      .filter(({ at }) => at < calmAt)
      .sort((one, other) => one.at - other.at),
  };
}
