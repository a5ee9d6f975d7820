import type { Paint } from '../cli/paint.ts';
import { wrapText } from '../cli/wrap-text.ts';
import { CHECKS, STATUSES, type Finding, type Status } from './finding.ts';

/** What was found about one cluster. */
export interface ClusterReport {
  readonly cluster: string;
  /** Where it is deployed, as far as that is known. */
  readonly region?: string;
  readonly account?: string;
  readonly findings: readonly Finding[];
}

/** How many findings there are of each kind. */
export type Summary = Readonly<Record<Status, number>>;

const WORDS: Readonly<Record<Status, string>> = {
  ok: 'ok',
  warning: 'warning',
  fault: 'FAULT',
  unknown: 'unknown',
  skipped: '-',
};
const MOODS = {
  ok: 'good',
  warning: 'doubtful',
  fault: 'bad',
  unknown: 'doubtful',
  skipped: 'quiet',
} as const;
const STATUS_WIDTH = 9;
const TITLE_WIDTH = Math.max(...Object.values(CHECKS).map(({ title }) => title.length)) + 2;

/** The count of all findings. */
export function summarise(findings: readonly Finding[]): Summary {
  const count = (status: Status): number => findings.filter((one) => one.status === status).length;
  return Object.fromEntries(STATUSES.map((status) => [status, count(status)])) as Summary;
}

/** All reports as text of that width. */
export function renderReports(
  {
    general,
    clusters,
  }: { readonly general: readonly Finding[]; readonly clusters: readonly ClusterReport[] },
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string {
  const parts = [
    renderFindings(general, width, paint),
    ...clusters.map(({ cluster, region, account, findings }) =>
      [
        paint(
          'strong',
          `cluster ${cluster}${region === undefined ? '' : ` in ${region}`}${account === undefined ? '' : ` (account ${account})`}`,
        ),
        renderFindings(findings, width, paint),
      ].join('\n'),
    ),
    renderSummary(summarise([...general, ...clusters.flatMap(({ findings }) => findings)])),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** What has the same reason for not being known is told once. */
function renderFindings(findings: readonly Finding[], width: number, paint: Paint): string {
  const told = new Set<string>();
  return findings
    .flatMap(({ check, status, message, fix }) => {
      const isTold = status === 'unknown' && told.has(message);
      told.add(message);
      const head = `${WORDS[status].padEnd(STATUS_WIDTH)}${CHECKS[check].title.padEnd(TITLE_WIDTH)}`;
      const [first = '', ...rest] = wrapText(isTold ? 'for the same reason' : message, width, head);
      const painted = `${paint(MOODS[status], first.slice(0, STATUS_WIDTH))}${first.slice(STATUS_WIDTH)}`;
      return [painted, ...rest, ...fixLines(fix)];
    })
    .join('\n');
}

/** A command must stay in one piece, to be copied. */
function fixLines(fix: string | undefined): readonly string[] {
  return fix === undefined ? [] : [`${' '.repeat(STATUS_WIDTH)}  fix: ${fix}`];
}

function renderSummary(summary: Summary): string {
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const { fault, unknown, warning, skipped, ok } = summary;
  return `Summary: ${plural(fault, 'fault')}, ${unknown} unknown, ${plural(warning, 'warning')}, ${skipped} not applicable, ${ok} ok`;
}
