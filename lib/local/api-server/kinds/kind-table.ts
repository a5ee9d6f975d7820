import { CORE_KINDS } from './core-kinds.ts';
import { GROUP_KINDS } from './group-kinds.ts';
import type { KindRow } from './kind-row.ts';

/** Every kind that is served. A new kind is a new row. */
export const KINDS: readonly KindRow[] = [...CORE_KINDS, ...GROUP_KINDS];

/** The row of a kind that the server itself works with. A name without a row is a fault in the code and throws. */
export function kindOf(plural: string, group = ''): KindRow {
  const row = KINDS.find((one) => one.plural === plural && one.group === group);
  if (row === undefined) throw new Error(`no kind ${plural} in group "${group}"`);
  return row;
}
