import type { OwnLine, Statistic } from '../../../infra/dashboard/row-types.ts';
import { METRIC_NAMESPACE } from '../../core/metrics.ts';
import type { Sample } from './read-emf.ts';

/** A value in one period. */
export interface Point {
  /** The beginning of the period, in milliseconds since the beginning of the picture. */
  readonly at: number;
  readonly value: number;
}

/** A curve of the picture. */
export interface Curve {
  readonly label: string;
  readonly points: readonly Point[];
}

/** The time that a picture shows. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly periodMs: number;
}

const isSum: Readonly<Record<Statistic, boolean>> = {
  ...{ Maximum: false, p50: false, p99: false },
  ...{ Sum: true, SampleCount: true },
};

/** The curves of a line of the dashboard: one for each node, or one. What is counted is zero where nothing was told. */
export function curvesOf(line: OwnLine, samples: readonly Sample[], span: Span): readonly Curve[] {
  const own = samples.filter(
    ({ namespace, metric }) => namespace === METRIC_NAMESPACE && metric === line.metric,
  );
  const byNode = Map.groupBy(own, ({ dimensions }) => dimensions['node']);
  if (byNode.size === 0) return [{ label: line.label, points: pointsOf([], line.statistic, span) }];
  return [...byNode].map(([node, told]) => ({
    label: byNode.size > 1 && node !== undefined ? `${node}: ${line.label}` : line.label,
    points: pointsOf(told, line.statistic, span),
  }));
}

function pointsOf(samples: readonly Sample[], statistic: Statistic, span: Span): readonly Point[] {
  const periods = Map.groupBy(samples, ({ at }) => Math.floor((at - span.from) / span.periodMs));
  const count = Math.max(1, Math.ceil((span.to - span.from) / span.periodMs));
  return Array.from({ length: count }, (_, period) => period).flatMap((period) => {
    const values = (periods.get(period) ?? []).flatMap((sample) => sample.values);
    if (values.length === 0 && !isSum[statistic]) return [];
    return [{ at: period * span.periodMs, value: summarise(values, statistic) }];
  });
}

function summarise(values: readonly number[], statistic: Statistic): number {
  switch (statistic) {
    case 'Maximum':
      return Math.max(...values);
    case 'Sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'SampleCount':
      return values.length;
    case 'p50':
      return percentile(values, 50);
    case 'p99':
      return percentile(values, 99);
  }
}

/** The smallest value that so many of a hundred do not exceed (nearest rank). */
function percentile(values: readonly number[], hundredths: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil((hundredths / 100) * sorted.length) - 1] ?? 0;
}
