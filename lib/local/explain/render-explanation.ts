import type { FieldFault } from '../../ports/provider.ts';
import { describeSize } from '../../providers/ecs-fargate/plan/choose-size.ts';
import type { NodeTitle } from './choose-node.ts';
import type { ExplainedTask, Price } from './explain-task.ts';
import type { Explanation, Verdict } from './explain-workload.ts';
import type { Skipped, Workload } from './find-workloads.ts';
import type { Unreadable } from './read-documents.ts';
import { wrapText } from '../../cli/wrap-text.ts';

/** Everything that was found, to be shown. */
export interface Report {
  /** The node of a deployment file that they are explained for. */
  readonly node?: NodeTitle;
  readonly explanations: readonly Explanation[];
  readonly skipped: readonly Skipped[];
  readonly unreadable: readonly Unreadable[];
}

/** Verdicts in the order in which they need attention, as they are shown. */
const VERDICTS: Readonly<Record<Verdict, string>> = {
  invalid: 'INVALID',
  refused: 'REFUSED',
  depends: 'DEPENDS',
  emulated: 'runs emulated',
  'as is': 'runs as is',
};
const ORDER = Object.keys(VERDICTS);
const COLUMN = Math.max(...Object.values(VERDICTS).map(({ length }) => length)) + 2;
const LABEL = 12;

/**
 * The whole report as text of that width: each workload, those that need attention first; what was skipped; what is so for every
 * pod; and a line for each workload at the end.
 */
export function renderReport({ node, explanations, skipped, unreadable }: Report, width: number): string {
  const sorted = explanations.toSorted(
    (one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict),
  );
  const general = sorted.flatMap((one) => (one.task === undefined ? [] : one.general));
  return [
    ...(node === undefined ? [] : [titleOfNode(node)]),
    ...sorted.map((one) => renderExplanation(one, width)),
    section([
      ...unreadable.flatMap(({ source, message }) => row('unreadable', `${source}: ${message}`, width)),
      ...skippedLines(skipped, width),
    ]),
    section(generalLines(general, width)),
    section(sorted.length === 0 ? [] : ['Summary', ...sorted.flatMap((one) => summaryOf(one, width))]),
    ...(sorted.length === 0 ? ['There is nothing that makes pods.'] : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function section(lines: readonly string[]): string {
  return lines.join('\n');
}

function titleOfNode({ name, cluster, architecture, capacityType, region }: NodeTitle): string {
  return `On node ${name} of cluster ${cluster} (${region}, ${architecture}, ${capacityType})`;
}

/** What is so for every pod that has the field. */
function generalLines(general: readonly FieldFault[], width: number): readonly string[] {
  const byPath = new Map(general.map(({ path, note }) => [path, note]));
  if (byPath.size === 0) return [];
  const column = Math.max(...[...byPath.keys()].map(({ length }) => length)) + 2;
  const lines = [...byPath].flatMap(([path, note]) => wrapText(note, width, `  ${path.padEnd(column)}`));
  return ['Every pod', ...lines];
}

/** By kind, because a chart has dozens of them. */
function skippedLines(skipped: readonly Skipped[], width: number): readonly string[] {
  const byWhy = Map.groupBy(skipped, ({ why }) => why);
  return [...byWhy].flatMap(([why, same]) =>
    row('skipped', `${same.map(({ kind, name }) => `${kind} ${name}`).join(', ')}: ${why}`, width),
  );
}

function renderExplanation(explanation: Explanation, width: number): string {
  const { workload, verdict, task } = explanation;
  const pods = workload.replicas === 1 ? '' : `, ${workload.replicas} pods`;
  const bad = verdict === 'invalid' ? 'invalid' : 'refused';
  return section([
    `${VERDICTS[verdict]}: ${titleOf(workload)} (${workload.source}${pods})`,
    ...notes(bad, explanation.faults, width),
    ...notes('depends', explanation.conditions, width),
    ...(task === undefined ? [] : taskLines(task, width)),
    ...notes('warning', explanation.warnings, width),
    ...(task === undefined ? [] : notes('emulated', explanation.emulated, width)),
    ...(task === undefined ? [] : notes('ignored', explanation.ignored, width)),
  ]);
}

function titleOf({ kind, namespace, name }: Workload): string {
  return `${kind} ${namespace}/${name}`;
}

function taskLines(task: ExplainedTask, width: number): readonly string[] {
  const disk = task.diskGiB === undefined ? '' : `, ${task.diskGiB} GiB of disk`;
  const helpers = task.helpers.length === 0 ? '' : ` + ${task.helpers.join(', ')}`;
  return [
    ...row('size', `${describeSize(task.size)}${disk} (not asked for: ${task.slack})`, width),
    ...pricesIn(task.prices).flatMap((text, index) => row(index === 0 ? 'price' : '', text, width)),
    ...row('containers', `${task.containers.join(', ')}${helpers}`, width),
    ...(task.reads.length === 0 ? [] : row('reads', task.reads.join('; '), width)),
  ];
}

/** A line for each architecture. Spot has no list price, only a least one. */
function pricesIn(prices: readonly Price[]): readonly string[] {
  const byArchitecture = Map.groupBy(prices, ({ architecture }) => architecture);
  return [...byArchitecture].map(([architecture, same]) => {
    const usd = (type: Price['capacityType']): string =>
      (same.find(({ capacityType }) => capacityType === type)?.usd ?? 0).toFixed(4);
    const region = same[0]?.region ?? '';
    return `${architecture}  ${usd('on-demand')} USD an hour on demand, from ${usd('spot')} on Spot (list price of ${region})`;
  });
}

/** The same note for many paths is told once, with all of them. */
function notes(label: string, found: readonly FieldFault[], width: number): readonly string[] {
  const byNote = Map.groupBy(found, ({ note }) => note);
  return [...byNote].flatMap(([note, same], index) => [
    ...row(index === 0 ? label : '', [...new Set(same.map(({ path }) => path))].join(', '), width),
    ...wrapText(note, width, ' '.repeat(LABEL + 4)),
  ]);
}

function row(label: string, text: string, width: number): readonly string[] {
  return wrapText(text, width, `  ${label}`.padEnd(LABEL + 2));
}

function summaryOf(explanation: Explanation, width: number): readonly string[] {
  const verdict = `  ${VERDICTS[explanation.verdict]}`.padEnd(COLUMN + 2);
  return wrapText(`${titleOf(explanation.workload)}${whyOf(explanation)}`, width, verdict);
}

/** Why it does not run, on what that depends, or what it runs on. */
function whyOf({ verdict, faults, conditions, warnings, emulated, task }: Explanation): string {
  switch (verdict) {
    case 'invalid':
    case 'refused':
      return `, because ${because(faults)}`;
    case 'depends':
      return `: ${because(conditions)}`;
    case 'emulated':
      return `: ${sizeOf(task)}; ${[...counted(warnings.length, 'warning'), ...counted(emulated.length, 'emulated field')].join(', ')}`;
    case 'as is':
      return `: ${sizeOf(task)}`;
  }
}

function sizeOf(task: ExplainedTask | undefined): string {
  return task === undefined ? '' : describeSize(task.size);
}

function counted(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`];
}

function because([first, ...rest]: readonly FieldFault[]): string {
  if (first === undefined) return '';
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
  return `${first.path}: ${first.note}${more}`;
}
