import { describe, expect, it } from 'vitest';
import { estimateAnotherNode } from '../../lib/cost/another-node.ts';
import { isOfLoop } from '../../lib/cost/bill.ts';
import type { Counted } from '../../lib/cost/count-deployment.ts';
import { countIdle as countHour, countInThread, type Mode } from '../../lib/cost/count-stories.ts';
import { estimate, type IdleEstimate } from '../../lib/cost/estimate.ts';
import { DEFAULT_DEPLOYMENT } from '../../lib/cost/render-page.ts';
import { recordedCounts } from '../../lib/cost/write-cost-page.ts';

const PATIENCE_MS = 600_000;
/** What the control loop of one cluster may cost a month at list prices, without the free tier. */
const GOALS = { watch: 12, economy: 3 } as const;
/** How far a fresh count may be from the one that docs/cost.md was made of. */
const STALE_SHARE = 0.02;

/** How far what a node adds in a short span may be from what it adds in an hour. */
const NODE_SHARE = 0.05;
const MANY = 4;

const recorded = recordedCounts();

/** The control loop, its idle hour counted afresh. */
async function countIdle(mode: Mode): Promise<IdleEstimate> {
  const counted = await countHour(mode, ['fargate']);
  const stories = { ...recorded[mode], idle: { pods: 0, counted } };
  return estimate({ [mode]: stories }, DEFAULT_DEPLOYMENT).idle[mode]!;
}

describe('the control loop of one cluster, by calls that are counted now', () => {
  it.each(['watch', 'economy'] as const)(
    'costs in %s mode what it may, and what docs/cost.md says (else: node lib/cost/write-cost-page.ts --count)',
    async (mode) => {
      const { usdPerMonth, lines } = await countIdle(mode);
      expect(usdPerMonth).toBeLessThanOrEqual(GOALS[mode]);
      expect(lines.every(({ part }) => isOfLoop(part))).toBe(true);
      const said = estimate(recorded, DEFAULT_DEPLOYMENT).idle[mode]!.usdPerMonth;
      expect(Math.abs(usdPerMonth - said) / said).toBeLessThan(STALE_SHARE);
    },
    PATIENCE_MS,
  );

  it.each(['watch', 'economy'] as const)(
    'grows in %s mode with each node by what docs/cost.md says',
    async (mode) => {
      const count = (nodes: number): Promise<Counted> =>
        countInThread({
          ...{ mode, story: { kind: 'idle', minutes: 10 } },
          nodes: Array.from({ length: nodes }, (_, nth) => `fargate-${nth}`),
        });
      const [one, many] = await Promise.all([count(1), count(MANY)]);
      const added = estimateAnotherNode(one, many, DEFAULT_DEPLOYMENT).usdPerMonth / (MANY - 1);
      const { idle, twoNodes } = recorded[mode];
      const said = estimateAnotherNode(idle.counted, twoNodes, DEFAULT_DEPLOYMENT).usdPerMonth;
      expect(Math.abs(added - said) / said).toBeLessThan(NODE_SHARE);
    },
    PATIENCE_MS,
  );
});
