import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterUser, KubernetesTable } from '../world/ask-cluster.ts';
import type { Screen } from './create-screen.ts';
import { formatTable, toText, type TableView } from './format-table.ts';

/** A table to show until it is as expected. */
export interface WatchedTable {
  readonly path: string;
  readonly view: TableView;
  /** What is still missing, in words; `undefined` when everything is as it should be. */
  readonly missing: (rows: readonly TableRow[]) => string | undefined;
  readonly withinMs: number;
}

/** One row by the names of its columns. */
export type TableRow = Readonly<Record<string, string>>;

const LOOK_MS = 200;

/**
 * Shows a table live until nothing is missing.
 * @throws Error that says what was still missing when the time was up
 */
export async function watchTable(user: ClusterUser, screen: Screen, watched: WatchedTable): Promise<void> {
  const begun = Date.now();
  let before: readonly TableRow[] = [];
  for (;;) {
    const table = await user.table(watched.path);
    const rows = rowsOf(table);
    const lines = formatTable(table, watched.view);
    const missing = watched.missing(rows);
    const changes = changesOf(before, rows).map((change) => `${seconds(Date.now() - begun)}  ${change}`);
    screen.live({ lines, changes });
    before = rows;
    if (missing === undefined) {
      screen.settle(lines);
      return;
    }
    if (Date.now() - begun > watched.withinMs) {
      screen.settle(lines);
      throw new Error(`After ${seconds(watched.withinMs).trim()}: ${missing}`);
    }
    await sleep(LOOK_MS);
  }
}

/** The rows of a table, cells by column name. */
export function rowsOf({ columnDefinitions, rows }: KubernetesTable): readonly TableRow[] {
  return rows.map(({ cells }) =>
    Object.fromEntries(columnDefinitions.map(({ name }, index) => [name, toText(cells[index])])),
  );
}

/** What a reader wants to know of two looks: who came, went, or has another status. */
export function changesOf(before: readonly TableRow[], after: readonly TableRow[]): readonly string[] {
  const nameOf = (row: TableRow): string => row['Name'] ?? '';
  const old = new Map(before.map((row) => [nameOf(row), row]));
  const now = new Set(after.map(nameOf));
  const width = Math.max(0, ...[...before, ...after].map((row) => nameOf(row).length));
  const tell = (name: string, what: string): string => `${name.padEnd(width)}  ${what}`;
  return [
    ...after.flatMap((row) => {
      const [was, is] = [old.get(nameOf(row)), describe(row)];
      return was !== undefined && describe(was) === is ? [] : [tell(nameOf(row), is)];
    }),
    ...before.filter((row) => !now.has(nameOf(row))).map((row) => tell(nameOf(row), 'is gone')),
  ];
}

/** A row's status with what belongs to it: of a pod how much of it is ready, and its restarts once there are any. */
function describe({ Status = '', Ready, Restarts = '0' }: TableRow): string {
  // kubectl's own text also says how long ago, which changes with every look.
  const count = Number.parseInt(Restarts, 10);
  const restarts = count > 0 ? `, restarts ${count}` : '';
  return Ready === undefined ? Status : `${Status} (${Ready} ready${restarts})`;
}

/** Seconds with one decimal, right-aligned under 100 s. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(6);
}
