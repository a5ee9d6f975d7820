import { billOf, isOfLoop, minus, MONTH_MINUTES, sumOf, times, type BillLine } from './bill.ts';
import type { Counted } from './count-deployment.ts';
import { memoryOf } from './estimate.ts';
import { fixedParts, type CostedDeployment } from './fixed-parts.ts';

/** What each node of a cluster beyond its first adds a month, without pods. */
export interface NodeEstimate {
  /** Without what is told apart. */
  readonly usdPerMonth: number;
  readonly lines: readonly BillLine[];
  /** Metrics and alarms of its own, calls of the secret, log lines. */
  readonly apartUsdPerMonth: number;
}

/**
 * The difference of two idle counts over the same span: of one node, and of two.
 * @param deployment - of one node
 */
export function estimateAnotherNode(one: Counted, two: Counted, deployment: CostedDeployment): NodeEstimate {
  const memory = memoryOf(deployment);
  const monthOf = (counted: Counted): readonly BillLine[] =>
    times(billOf(counted, memory), MONTH_MINUTES / counted.minutes);
  const added = minus(monthOf(two), monthOf(one)).filter(
    ({ part }) => deployment.secret || part !== 'Secrets Manager',
  );
  const fixedOf = (nodes: number): number =>
    fixedParts({ ...deployment, nodes }).reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
  return {
    usdPerMonth: sumOf(added, isOfLoop),
    lines: added.filter(({ part }) => isOfLoop(part)),
    apartUsdPerMonth: sumOf(added, (part) => !isOfLoop(part)) + fixedOf(2) - fixedOf(1),
  };
}
