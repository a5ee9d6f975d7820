import type { Chance } from './chance.ts';
import type { Deed } from './deeds.ts';
import { INPUT_NAMES } from './inputs.ts';

/** When ConfigMaps and Secrets are made: most at once, others while pods wait for them; what was removed mostly comes back. */
export function drawInputDeeds(chance: Chance, calmAt: number): readonly Deed[] {
  return (['ConfigMap', 'Secret'] as const).flatMap((what) =>
    INPUT_NAMES.flatMap((name): Deed[] => {
      const put = (at: number): Deed => ({ at, kind: 'putInput', what, name });
      const first = chance.happens(0.7) ? put(0) : put(chance.between(0, calmAt));
      return chance.happens(0.5) ? [first, put(chance.between(0, calmAt))] : [first];
    }),
  );
}
