import { SECTIONS } from '../../../infra/dashboard/dashboard-rows.ts';
import type { Chart, OwnLine } from '../../../infra/dashboard/row-types.ts';
import { drawChart, type Box } from './draw-chart.ts';
import { readEmf, type Sample } from './read-emf.ts';
import { curvesOf, type Span } from './summarise.ts';
import { escapeText, text } from './svg.ts';

const WIDTH = 1240;
const GAP = 12;
const HEAD = 64;
const SECTION = 34;
const CHART = 220;
/** As often as a holder tells how things are. */
const PERIOD_MS = 10_000;

/** Light by day, dark by night; the cards have a ground of their own, so that any page may lie behind them. */
const STYLE = `
  svg { color-scheme: light dark; font-family: ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; }
  .ground { fill: #f6f8fa; } .card { fill: #ffffff; stroke: #d1d9e0; }
  .head { font-size: 20px; font-weight: 600; fill: #1f2328; } .about { font-size: 12px; fill: #59636e; }
  .section { font-size: 14px; font-weight: 600; fill: #1f2328; } .title { font-size: 13px; font-weight: 600; fill: #1f2328; }
  .tick, .time, .legend { font-size: 11px; fill: #59636e; } .tick { text-anchor: end; } .time { text-anchor: middle; }
  .grid { stroke: #d1d9e0; stroke-width: 0.7; }
  .limit { stroke: #cf222e; stroke-dasharray: 5 4; } .limit-label { font-size: 11px; fill: #cf222e; text-anchor: end; }
  .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .dot { stroke: none; }
  .curve.s0 { stroke: #0969da; } .curve.s1 { stroke: #bc4c00; } .curve.s2 { stroke: #8250df; } .curve.s3 { stroke: #1a7f37; }
  .dot.s0 { fill: #0969da; } .dot.s1 { fill: #bc4c00; } .dot.s2 { fill: #8250df; } .dot.s3 { fill: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; } .card { fill: #151b23; stroke: #3d444d; }
    .head, .section, .title { fill: #f0f6fc; } .about, .tick, .time, .legend { fill: #9198a1; } .grid { stroke: #3d444d; }
    .limit { stroke: #f85149; } .limit-label { fill: #f85149; }
    .curve.s0 { stroke: #4493f8; } .curve.s1 { stroke: #f0883e; } .curve.s2 { stroke: #ab7df8; } .curve.s3 { stroke: #3fb950; }
    .dot.s0 { fill: #4493f8; } .dot.s1 { fill: #f0883e; } .dot.s2 { fill: #ab7df8; } .dot.s3 { fill: #3fb950; }
  }`;

const TITLE = 'The dashboard of Lambdalet, drawn from the metrics of the demo';
const ABOUT =
  'Five pods with the delays of Fargate, all emulated on one machine, and what the functions wrote as metrics meanwhile. ' +
  'In CloudWatch and Grafana it goes on with queues, functions and quotas.';

/**
 * A picture of the charts that show metrics of ours, from lines that the functions wrote.
 * @param lines of the logs of all functions; those without metrics are passed over
 */
export function drawDashboard(lines: readonly string[]): string {
  const samples = lines.flatMap(readEmf);
  const span = spanOf(samples);
  let y = HEAD;
  const parts: string[] = [];
  for (const { title, panels } of SECTIONS) {
    const charts = panels
      .filter((panel) => panel.kind === 'chart')
      .filter((chart) => ownLines(chart).length > 0);
    if (charts.length === 0) continue;
    parts.push(text([GAP, y + 22], title, 'section'));
    y += SECTION;
    let x = GAP;
    for (const chart of charts) {
      const width = ((WIDTH - GAP) * chart.width) / 24 - GAP;
      parts.push(drawPanel(chart, samples, span, { x, y, width, height: CHART }));
      x += width + GAP;
    }
    y += CHART + GAP;
  }
  return frame(y, parts);
}

function drawPanel(chart: Chart, samples: readonly Sample[], span: Span, box: Box): string {
  const curves = ownLines(chart).flatMap((line) => curvesOf(line, samples, span));
  return drawChart(chart, curves, span, box);
}

function ownLines({ lines }: Chart): readonly OwnLine[] {
  return lines.filter((line) => line.of === 'lambdalet');
}

function spanOf(samples: readonly Sample[]): Span {
  const times = samples.map(({ at }) => at);
  if (times.length === 0) throw new Error('There is no metric to draw.');
  return { from: Math.min(...times), to: Math.max(...times), periodMs: PERIOD_MS };
}

function frame(height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escapeText(TITLE)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="8"/>`,
    text([GAP, 30], TITLE, 'head'),
    text([GAP, 50], ABOUT, 'about'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
