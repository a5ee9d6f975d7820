import { describe, expect, it } from 'vitest';
import { drawPlan } from './draw-plan.ts';
import { runPlan } from './run-plan.ts';

// CI runs thousands of seeds with `npm run simulate`; these few show with every test run that the simulation itself works.
const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1);

describe('simulation of the control loop', () => {
  it('finds no violation in a few seeds', { timeout: 120_000 }, async () => {
    for (const seed of SEEDS) {
      const { violation } = await runPlan(drawPlan(seed));
      expect(
        violation,
        `node test/simulation/simulate.ts --seeds 1 --first-seed ${seed} --story`,
      ).toBeUndefined();
    }
  });

  it.each([2, 7, 23])('replays seed %i exactly', async (seed) => {
    const [once, twice] = [await runPlan(drawPlan(seed)), await runPlan(drawPlan(seed), 'all')];
    expect({ steps: twice.steps, hash: twice.hash }).toEqual({ steps: once.steps, hash: once.hash });
  });

  it('takes another way with another seed', async () => {
    const [one, other] = [await runPlan(drawPlan(1)), await runPlan(drawPlan(2))];
    expect(one.hash).not.toBe(other.hash);
  });
});
