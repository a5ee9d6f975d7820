import type { Json } from '../objects/json.ts';

/** Where the items of a merged list came from. */
export interface MergedFrom {
  /** The patch's items, or its `$setElementOrder`. */
  readonly patch: readonly Json[];
  readonly original: readonly Json[];
  readonly same: (a: Json, b: Json) => boolean;
}

/**
 * The order that the API server gives a merged list: the patch's items in the patch's order, the others in their old order;
 * between the two an item goes first unless it stood behind the other before. So a new condition comes before the old ones.
 */
export function orderMergedList(merged: readonly Json[], from: MergedFrom): readonly Json[] {
  const position = (list: readonly Json[], item: Json): number =>
    list.findIndex((one) => from.same(one, item));
  const patched = merged
    .filter((item) => position(from.patch, item) >= 0)
    .sort((a, b) => position(from.patch, a) - position(from.patch, b));
  const others = merged
    .filter((item) => position(from.patch, item) < 0)
    .sort((a, b) => position(from.original, a) - position(from.original, b));
  const result: Json[] = [];
  while (patched.length > 0 && others.length > 0) {
    const left = position(from.original, others[0] ?? null);
    const right = position(from.original, patched[0] ?? null);
    const next = left >= 0 && right >= 0 && left < right ? others.shift() : patched.shift();
    if (next !== undefined) result.push(next);
  }
  return [...result, ...patched, ...others];
}
