import type { Rule } from './court.ts';

/** One exact replacement in a source file of this repository. */
interface Replacement {
  readonly file: string;
  readonly find: string;
  readonly by: string;
}

/** A bug that the simulation must find: what it breaks, and how it is made. */
export interface PlantedBug {
  readonly breaks: string;
  readonly replacements: readonly Replacement[];
  /** The rule that it breaks, among others. */
  readonly rule: Rule;
  /** Where it is found soonest; the weathers of all seeds together find it too, but later. */
  readonly weather: string;
  /** The simulation finds it within so many seeds of that weather, from the first on. */
  readonly foundWithin: number;
}
