import type { ChartUnit } from '../../../infra/dashboard/row-types.ts';

/** An axis that begins at zero. */
export interface Axis {
  readonly max: number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10] as const;
const MOST_TICKS = 4;

/** An axis for values up to `highest` whose ticks are round. Counts have whole ticks only. */
export function scaleAxis(highest: number, unit: ChartUnit): Axis {
  const rough = Math.max(highest, Number.MIN_VALUE) / MOST_TICKS;
  const magnitude = highest <= 0 ? 1 : 10 ** Math.floor(Math.log10(rough));
  const fitting = STEPS.map((step) => step * magnitude).find((step) => step >= rough) ?? magnitude;
  const step = unit === 'count' ? Math.max(1, Math.ceil(fitting)) : fitting;
  const count = Math.max(1, Math.ceil(highest / step));
  const ticks = Array.from({ length: count + 1 }, (_, nth) => exact(nth * step));
  return { max: exact(count * step), ticks };
}

/** A value as people read it: `1.5 s`, `$0.04`. */
export function formatValue(value: number, unit: ChartUnit): string {
  switch (unit) {
    case 'milliseconds':
      return value >= 1000 ? `${exact(value / 1000)} s` : `${exact(value)} ms`;
    case 'seconds':
      return `${exact(value)} s`;
    case 'USD an hour':
      return `$${exact(value)}`;
    case 'count':
    case 'vCPU':
      return String(exact(value));
  }
}

/** Without the tail that binary fractions have. */
function exact(value: number): number {
  return Number(value.toPrecision(6));
}
