import { PARTS, sumOf, type BillLine } from './bill.ts';
import type { Mode } from './count-stories.ts';
import type { Estimate } from './estimate.ts';

/** A table: its head, and rows of as many cells. */
export interface CostTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Below this a line says nothing. */
const LEAST_USD = 5e-5;
/** The same for a thousand pods: what the clock alone sets off is not quite as much in every hour. */
const LEAST_OF_PODS_USD = 5e-4;

/** Everything that an estimate says, as tables: for the terminal and for the page. */
export function tablesOf(estimate: Estimate): readonly CostTable[] {
  return [idleTable(estimate), apartTable(estimate), podTable(estimate), exampleTable(estimate)];
}

function modesOf({ idle }: Estimate): readonly Mode[] {
  return Object.keys(idle) as Mode[];
}

function idleTable(estimate: Estimate): CostTable {
  const modes = modesOf(estimate);
  const linesOf = (mode: Mode): readonly BillLine[] => estimate.idle[mode]?.lines ?? [];
  const rows = unionOf(modes.map(linesOf)).map(({ part, what }) => [
    ...[part, what],
    ...modes.flatMap((mode) => {
      const line = linesOf(mode).find((one) => one.part === part && one.what === what);
      return [line === undefined ? '' : count(line.units), line === undefined ? '' : usd(line.usd)];
    }),
  ]);
  const total = modes.flatMap((mode) => ['', usd(estimate.idle[mode]?.usdPerMonth ?? 0)]);
  return {
    title: 'Control loop of one cluster without pods, a month',
    head: ['', '', ...modes.flatMap((mode) => [`${mode}: units`, `${mode}: USD`])],
    rows: [...rows, ['total', '', ...total]],
  };
}

function apartTable(estimate: Estimate): CostTable {
  const modes = modesOf(estimate);
  const counted = unionOf(modes.map((mode) => estimate.idle[mode]?.apart ?? [])).map(({ part, what }) => [
    `${part}: ${what}`,
    ...modes.map((mode) => {
      const line = estimate.idle[mode]?.apart.find((one) => one.part === part && one.what === what);
      return usd(line?.usd ?? 0);
    }),
  ]);
  const fixed = estimate.fixed.map(({ what, units, usdPerMonth }) => [
    units === 1 ? what : `${what}: ${count(units)}`,
    ...modes.map(() => usd(usdPerMonth)),
  ]);
  return {
    title: 'Apart from it, a month',
    head: ['', ...modes.map((mode) => `${mode}: USD`)],
    rows: [...fixed, ...counted],
  };
}

function podTable(estimate: Estimate): CostTable {
  const modes = modesOf(estimate);
  const row = (what: string, read: (mode: Mode) => number): readonly string[] => [
    what,
    ...modes.map((mode) => usd(read(mode))),
  ];
  const usdOf = (mode: Mode, part: BillLine['part']): number =>
    1000 * sumOf(estimate.pods[mode]?.lines ?? [], (one) => one === part);
  const parts = PARTS.filter((part) => modes.some((mode) => usdOf(mode, part) >= LEAST_OF_PODS_USD));
  return {
    title: 'What pods add',
    head: ['', ...modes.map((mode) => `${mode}: USD`)],
    rows: [
      row('1,000 pods that come and go', (mode) => estimate.pods[mode]?.usdPer1000Pods ?? 0),
      ...parts.map((part) => row(`  of it ${part}`, (mode) => usdOf(mode, part))),
      row('a pod that runs all month', (mode) => estimate.pods[mode]?.usdPerRunningPodMonth ?? 0),
    ],
  };
}

function exampleTable(estimate: Estimate): CostTable {
  const modes = modesOf(estimate);
  return {
    title: 'Examples, a month',
    head: ['', ...modes.map((mode) => `loop, ${mode}: USD`), 'Fargate: USD', 'AWS Config: USD'],
    rows: estimate.examples.map(({ what, loopUsdPerMonth, fargateUsdPerMonth, awsConfigUsdPerMonth }) => [
      what,
      ...modes.map((mode) => usd(loopUsdPerMonth[mode] ?? 0)),
      ...[usd(fargateUsdPerMonth), usd(awsConfigUsdPerMonth)],
    ]),
  };
}

/** Every line that says something in one of the lists, in the order of the first that has it. */
function unionOf(lists: readonly (readonly BillLine[])[]): readonly Pick<BillLine, 'part' | 'what'>[] {
  const known = new Map<string, BillLine>();
  for (const line of lists.flat()) {
    const key = `${line.part} ${line.what}`;
    if (line.usd >= LEAST_USD && !known.has(key)) known.set(key, line);
  }
  return [...known.values()].sort((one, other) => PARTS.indexOf(one.part) - PARTS.indexOf(other.part));
}

/** Cents; below ten cents as many digits as say something. */
export function usd(value: number): string {
  return Math.abs(value) >= 0.1 || value === 0 ? value.toFixed(2) : value.toFixed(4);
}

function count(units: number): string {
  return units >= 100 ? Math.round(units).toLocaleString('en-US') : String(Number(units.toPrecision(2)));
}
