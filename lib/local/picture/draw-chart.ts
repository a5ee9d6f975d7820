import type { Chart } from '../../../infra/dashboard/row-types.ts';
import { formatValue, scaleAxis, type Axis } from './scale-axis.ts';
import type { Curve, Span } from './summarise.ts';
import { line, text } from './svg.ts';

/** Where a chart lies in the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room around the curves: the title above, the axes left and below, the legend at the bottom. */
const MARGIN = { top: 34, right: 14, bottom: 52, left: 56 } as const;
/** The pixels of a letter of the legend, on the average. */
const LETTER = 5.9;

/** One chart with its axes, limits, curves and legend, as SVG. */
export function drawChart(chart: Chart, curves: readonly Curve[], span: Span, box: Box): string {
  const plot: Box = {
    x: box.x + MARGIN.left,
    y: box.y + MARGIN.top,
    width: box.width - MARGIN.left - MARGIN.right,
    height: box.height - MARGIN.top - MARGIN.bottom,
  };
  const highest = Math.max(0, ...curves.flatMap(({ points }) => points.map(({ value }) => value)));
  // A limit is drawn where it tells something: near what is there.
  const limits = (chart.limits ?? []).filter(({ value }) => value <= highest * 4);
  const axis = scaleAxis(Math.max(highest, ...limits.map(({ value }) => value)), chart.unit);
  const yOf = (value: number): number => plot.y + plot.height * (1 - value / axis.max);
  const xOf = (at: number): number => plot.x + (plot.width * at) / Math.max(1, span.to - span.from);
  return [
    `<rect class="card" x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="6"/>`,
    text([box.x + 14, box.y + 21], chart.title, 'title'),
    ...drawAxis(axis, chart, plot, yOf),
    ...drawTime(span, plot, xOf),
    ...limits.flatMap(({ value, label }) => [
      line([plot.x, yOf(value)], [plot.x + plot.width, yOf(value)], 'limit'),
      text(
        [plot.x + plot.width, yOf(value) - 4],
        `${label} at ${formatValue(value, chart.unit)}`,
        'limit-label',
      ),
    ]),
    ...curves.flatMap((curve, nth) => drawCurve(curve, nth, xOf, yOf)),
    ...drawLegend(curves, box),
  ].join('\n');
}

function drawAxis({ ticks }: Axis, { unit }: Chart, plot: Box, yOf: (value: number) => number): string[] {
  return ticks.flatMap((tick) => [
    line([plot.x, yOf(tick)], [plot.x + plot.width, yOf(tick)], 'grid'),
    text([plot.x - 6, yOf(tick) + 4], formatValue(tick, unit), 'tick'),
  ]);
}

/** About four times of day, counted from the beginning of the picture: `1:30` are ninety seconds. */
function drawTime({ from, to }: Span, plot: Box, xOf: (at: number) => number): string[] {
  const seconds = (to - from) / 1000;
  const step = [10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((one) => seconds / one <= 6) ?? 7200;
  const times = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, nth) => nth * step);
  return times.map((at) => {
    const label = `${Math.floor(at / 60)}:${String(at % 60).padStart(2, '0')}`;
    return text([xOf(at * 1000), plot.y + plot.height + 15], label, 'time');
  });
}

function drawCurve(
  { points }: Curve,
  nth: number,
  xOf: (at: number) => number,
  yOf: (value: number) => number,
): string[] {
  const places = points.map(({ at, value }) => `${xOf(at).toFixed(1)},${yOf(value).toFixed(1)}`);
  const dots = places.map((place) => {
    const [x, y] = place.split(',');
    return `<circle class="dot s${nth}" cx="${x}" cy="${y}" r="1.8"/>`;
  });
  return [`<polyline class="curve s${nth}" points="${places.join(' ')}"/>`, ...dots];
}

function drawLegend(curves: readonly Curve[], box: Box): string[] {
  let x = box.x + 14;
  const y = box.y + box.height - 13;
  return curves.flatMap(({ label, points }, nth) => {
    const words = points.some(({ value }) => value > 0) ? label : `${label}: none`;
    const parts = [line([x, y - 4], [x + 12, y - 4], `curve s${nth}`), text([x + 16, y], words, 'legend')];
    x += 16 + words.length * LETTER + 10;
    return parts;
  });
}
