import type { KubernetesTable } from '../world/ask-cluster.ts';

/** What to show of a table. */
export interface TableView {
  /** Also the columns that `kubectl get -o wide` adds. */
  readonly wide?: boolean;
  /** Only these columns, in this order. */
  readonly columns?: readonly string[];
}

/** kubectl's own distance between columns. */
const GAP = '   ';

/** The lines that kubectl would print for a table of the API server: a header and a line a row, columns aligned. */
export function formatTable(table: KubernetesTable, view: TableView = {}): readonly string[] {
  const { columnDefinitions: columns, rows } = table;
  if (rows.length === 0) return ['No resources found.'];
  const shown = indexesOf(table, view);
  const header = shown.map((index) => (columns[index]?.name ?? '').toUpperCase());
  const body = rows.map(({ cells }) => shown.map((index) => toText(cells[index])));
  return alignColumns([header, ...body]);
}

/** Rows of cells as lines whose columns begin under each other. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

function indexesOf({ columnDefinitions }: KubernetesTable, { wide, columns }: TableView): readonly number[] {
  const all = [...columnDefinitions.keys()];
  if (columns !== undefined) {
    const byName = new Map(columnDefinitions.map(({ name }, index) => [name, index]));
    return columns.flatMap((name) => byName.get(name) ?? []);
  }
  return all.filter((index) => wide === true || columnDefinitions[index]?.priority === 0);
}

/** A cell as text: kubectl leaves one without a value empty. */
export function toText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}
