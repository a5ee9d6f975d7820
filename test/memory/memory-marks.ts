import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Marks } from '../../lib/ports/slot.ts';

/** The marks in memory: as in a new table, nothing is rebuilt and no identity is known. */
export interface MemoryMarks extends Marks {
  readonly rebuiltAt: Instant | undefined;
}

/** Empty marks; `rebuiltAt` starts them as those of a table that has long been in use. */
export function createMemoryMarks(start: { readonly rebuiltAt?: Instant } = {}): MemoryMarks {
  let rebuiltAt = start.rebuiltAt;
  let stored: string | undefined;
  const closing = new Set<string>();
  return {
    get rebuiltAt() {
      return rebuiltAt;
    },
    rebuilt: () => Promise.resolve(rebuiltAt !== undefined),
    setRebuilt: (at) => {
      rebuiltAt = at;
      return Promise.resolve();
    },
    identity: () => Promise.resolve(stored),
    keepIdentity: (identity, accept) => {
      if (accept) stored = identity;
      stored ??= identity;
      return Promise.resolve(stored);
    },
    closing: (node) => Promise.resolve(closing.has(node)),
    setClosing: (node, value) => {
      if (value) closing.add(node);
      else closing.delete(node);
      return Promise.resolve();
    },
  };
}
