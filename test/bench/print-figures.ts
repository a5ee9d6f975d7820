import type { Figures } from './figures.ts';
import type { Spread } from './gauges.ts';
import { BUNDLE_BUDGET, type Goal } from './goals.ts';

type Cell = string | number | undefined;

/** All figures as tables for people, the goals last. */
export function printFigures(figures: Figures, goals: readonly Goal[]): string {
  const parts = [
    virtualTable(figures),
    steadyLines(figures),
    holderLines(figures),
    launchRateTable(figures),
    bundleTable(figures),
    planLine(figures),
    realLines(figures),
    goalTable(goals),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function planLine({ planning }: Figures): string {
  const { workloads, meanMs, worstMs, worst } = planning;
  return `PLAN of a pod, CPU of this machine, over ${workloads} workloads of the corpus: ${round(meanMs, 3)} ms, at most ${round(worstMs, 3)} ms (${worst})`;
}

function virtualTable({ burst, bursts, churn }: Figures): string {
  const all = [burst, ...bursts];
  const row = (name: string, of: (one: Figures['burst']) => Cell): readonly Cell[] => [name, ...all.map(of)];
  const rows = [
    ['BURST on virtual time', ...all.map(({ pods, definitions }) => `${pods} x ${definitions}`)],
    row('last RunTask, s', (one) => round(one.lastRunTaskSeconds)),
    row('what the quota allows, s', (one) => round(one.idealSeconds)),
    row('last pod Running, s', (one) => round(one.lastRunningSeconds)),
    row('deleted: last pod gone, s', (one) => round(one.lastGoneSeconds)),
    row('calls to ECS a pod', (one) => round(one.ecsCallsPerPod, 3)),
    row('of sweeps, a pod and hour', (one) => round(one.sweepCallsPerPodHour, 3)),
    row('throttled calls', (one) => one.throttledCalls),
    row('RegisterTaskDefinition', (one) => one.registerTaskDefinitionCalls),
    row('status patches a pod', (one) => round(one.statusPatchesPerPod, 2)),
    row('patches refused (409)', (one) => one.refusedPatches),
    row('record writes a pod', (one) => round(one.recordWritesPerPod)),
    row('record reads a pod', (one) => round(one.recordReadsPerPod)),
    row('pod reads a pod', (one) => round(one.podGetsPerPod)),
    row('event to patch, p50 / p99', (one) => spread(one.eventToPatch)),
    row('CPU here, models included, s', (one) => round(one.cpuSeconds)),
    row('peak heap here, MiB', (one) => round(one.peakHeapMiB, 0)),
  ];
  const churned =
    `CHURN of ${churn.perSecond} starts and stops a second for ${churn.minutes} min (${churn.pods} pods): ` +
    `bound to RunTask ${spread(churn.boundToLaunch)}, deleted to StopTask ${spread(churn.deletedToStop)}, ` +
    `event to patch ${spread(churn.eventToPatch)}; ${round(churn.ecsCallsPerPod, 3)} calls to ECS a pod, ` +
    `${churn.throttledCalls} throttled; ${round(churn.cpuSeconds)} s CPU, ${round(churn.peakHeapMiB, 0)} MiB heap`;
  return `${table(rows)}\n\n${churned}`;
}

function steadyLines({ idlePass, idleHour, sweep }: Figures): string {
  return [
    `IDLE PASS over ${idlePass.pods} pods: ${idlePass.writes} writes, ${idlePass.reads} reads of pages and records`,
    `IDLE HOUR at ${idleHour.pods} pods: ${idleHour.writes} writes, ${idleHour.ecsCalls} calls to ECS ` +
      `(${round(idleHour.ecsCallsPerPodHour, 3)} a pod), ${idleHour.listPages} pages of pods, ${idleHour.recordReads} reads of ` +
      `records, ${idleHour.takeOvers} take-overs; ${round(idleHour.cpuSeconds)} s CPU, ${round(idleHour.peakHeapMiB, 0)} MiB heap`,
    `SWEEP of ${sweep.pods} pods: ${sweep.ecsCalls} calls to ECS in ${round(sweep.seconds)} s, ${sweep.throttledCalls} throttled`,
  ].join('\n');
}

function holderLines({ holder, takeOver }: Figures): string {
  return [
    `HOLDER alone in its process, ${holder.pods} pods of ${(holder.podBytes / 1024).toFixed(1)} KB, node ${holder.flags.join(' ')}:`,
    `  resident ${round(holder.importedMiB, 0)} MiB imported, ${round(holder.firstPassMiB, 0)} after the first pass, ` +
      `${round(holder.residentMiB, 0)} at most`,
    `  cold take-over at ${takeOver.memoryMiB} MB in ${round(takeOver.seconds)} s, ${round(takeOver.cpuSeconds, 2)} s of CPU ` +
      `(${round(100 * takeOver.usedOfShare, 0)} % of its share; ${round(takeOver.secondsByCpu)} s by CPU alone)`,
  ].join('\n');
}

function launchRateTable({ launchRate }: Figures): string {
  return table([
    ['LAUNCHES A SECOND at', 'measured', 'by CPU alone', 'CPU ms a launch', '% of its share'],
    ...launchRate.map(({ memoryMiB, perSecond, perSecondByCpu, cpuMsPerLaunch, usedOfShare }) => [
      `${memoryMiB} MB`,
      ...[perSecond, perSecondByCpu, cpuMsPerLaunch, 100 * usedOfShare].map((value) => round(value)),
    ]),
  ]);
}

function bundleTable({ bundles, emptyModuleMs }: Figures): string {
  const rows = [
    ['FUNCTION', 'KB', 'import ms'],
    ...bundles.map(({ function: name, bytes, importMs }) => [
      name,
      round(bytes / 1024, 0),
      round(importMs, 0),
    ]),
    ['an empty module', '', round(emptyModuleMs)],
    ['budget', round(BUNDLE_BUDGET.bytes / 1024, 0), BUNDLE_BUDGET.importMs],
  ];
  return table(rows);
}

/** Virtual Kubelet's core with its mock provider on such a control plane, with 500 replicas: measured earlier, not by this bench. */
const VIRTUAL_KUBELET = { bound: 24, running: 110 } as const;

function realLines({ realBurst }: Figures): string {
  if (realBurst === undefined) return '';
  const { lastCreatedSeconds: created, lastBoundSeconds: bound, goalSeconds } = realBurst;
  const { lastLaunchedSeconds: launched, lastRunningSeconds: running, pods } = realBurst;
  const [last, ...rest] = [created, bound, launched, running].map((value) => round(value)).reverse();
  return table([
    [`REAL BURST of ${pods}, s after its creation`, 'created', 'bound', 'launched', 'seen Running'],
    ['Lambdalet', ...rest.reverse(), last],
    ['goal', '', '', '', round(goalSeconds)],
    ['Virtual Kubelet with its mock provider (500)', '', VIRTUAL_KUBELET.bound, '', VIRTUAL_KUBELET.running],
  ]);
}

function goalTable(goals: readonly Goal[]): string {
  const word = ({ met, fails }: Goal): string => (met ? 'met' : fails ? 'BROKEN' : 'not met (told only)');
  return table([['GOAL', ''], ...goals.map((goal) => [goal.what, word(goal)])]);
}

function spread({ p50Ms, p99Ms }: Spread): string {
  return `${p50Ms} / ${p99Ms} ms`;
}

function round(value: number, digits = 1): string {
  return value.toFixed(digits);
}

/** Columns, the first to the left, the others to the right. */
function table(rows: readonly (readonly Cell[])[]): string {
  const text = rows.map((row) => row.map((cell) => String(cell ?? '')));
  const widths = (text[0] ?? []).map((_, column) =>
    Math.max(...text.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return text.map(line).join('\n');
}
