import type { HolderFigures } from './holder/measure-holder.ts';
import type { LaunchRateFigures } from './holder/measure-launch-rate.ts';
import type { BundlesFigures } from './measure-bundles.ts';
import type { PlanFigures } from './measure-plans.ts';
import type { RealBurstFigures } from './real/measure-real-burst.ts';
import type { BurstFigures } from './virtual/measure-burst.ts';
import type { ChurnFigures } from './virtual/measure-churn.ts';
import type { SteadyFigures } from './virtual/measure-steady.ts';
import type { Spread } from './gauges.ts';

/** Everything that the bench measures: what `--json` writes and `--compare` reads. */
export interface Figures extends BundlesFigures, HolderFigures, PlanFigures, SteadyFigures {
  /** 1,000 pods of one task definition. */
  readonly burst: BurstFigures;
  /** The larger ones. */
  readonly bursts: readonly BurstFigures[];
  readonly churn: ChurnFigures;
  /** From the delivery of an event to the patch that says it, in the burst of 1,000; virtual milliseconds. */
  readonly eventToPatch: Spread;
  readonly launchRate: readonly LaunchRateFigures[];
  /** Only with `--real`, and where there is a control plane. */
  readonly realBurst?: RealBurstFigures;
}
