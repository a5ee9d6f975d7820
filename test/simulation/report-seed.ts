import { drawPlan } from './draw-plan.ts';
import { runPlan } from './run-plan.ts';
import { shrinkPlan } from './shrink.ts';
import type { SeedReport } from './simulate-worker.ts';

/** How a seed is to be reported. */
export interface ReportOptions {
  /** Also the story of a run without a violation. */
  readonly tells: boolean;
  readonly mayShrink: boolean;
  readonly weather: string | undefined;
}

/** Runs one seed; a violation is shrunk to a short story, as long as that is allowed. */
export async function reportSeed(
  seed: number,
  { tells, mayShrink, weather }: ReportOptions,
): Promise<SeedReport> {
  const plan = drawPlan(seed, weather);
  const result = await runPlan(plan, tells ? 'story' : 'none');
  const { steps, faults, hash, settledAfterMs, gauges, violation } = result;
  const report = {
    ...{ seed, weather: plan.weather.name, steps, faults, hash, settledAfterMs, gauges },
    counts: Object.fromEntries(result.counts),
  };
  if (violation === undefined) return tells ? { ...report, story: result.story } : report;
  if (!mayShrink) return { ...report, violation };
  const { plan: shorter } = await shrinkPlan(plan, result);
  const told = await runPlan(shorter, 'story');
  return { ...report, violation: told.violation ?? violation, story: told.story };
}
