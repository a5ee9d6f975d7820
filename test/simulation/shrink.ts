import type { Deed } from './deeds.ts';
import type { Plan } from './draw-plan.ts';
import { runPlan, type RunResult } from './run-plan.ts';

/** A plan that is as short as it could be made and still breaks the same rule. */
export interface Shrunk {
  readonly plan: Plan;
  readonly result: RunResult;
}

/** How many runs a search for a shorter story may take. */
const MOST_RUNS = 250;

/** Leaves out deeds for as long as the same rule is broken, half of them at a time, then fewer (delta debugging). */
export async function shrinkPlan(plan: Plan, first: RunResult): Promise<Shrunk> {
  const rule = first.violation?.rule;
  let best: Shrunk = { plan, result: first };
  let runs = 0;
  const attempt = async (candidate: Plan): Promise<boolean> => {
    if ((runs += 1) > MOST_RUNS) return false;
    const result = await runPlan(candidate);
    if (result.violation === undefined || result.violation.rule !== rule) return false;
    best = { plan: candidate, result };
    return true;
  };
  await attempt({ ...plan, deeds: plan.deeds.filter(({ at }) => at <= (first.violation?.at ?? Infinity)) });
  await attempt({ ...best.plan, weather: { ...best.plan.weather, slowness: 0 } });
  for (
    let size = Math.ceil(best.plan.deeds.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = 0; start < best.plan.deeds.length && runs <= MOST_RUNS;) {
      const isShorter = await attempt({ ...best.plan, deeds: without(best.plan.deeds, start, size) });
      if (!isShorter) start += size;
    }
  }
  return best;
}

function without(deeds: readonly Deed[], start: number, count: number): readonly Deed[] {
  return [...deeds.slice(0, start), ...deeds.slice(start + count)];
}
