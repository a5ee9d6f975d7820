import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Marks, NodeMark } from '../../lib/ports/slot.ts';

/** The marks in memory, with what tests want to see. */
export interface MemoryMarks extends Marks {
  /** What is stored for the cluster now; asking is no call. */
  readonly stored: { readonly rebuiltAt?: Instant; readonly identity?: string };
}

/** Empty marks, as in a new table; `rebuiltAt` starts them as those of a table that has long been in use. */
export function createMemoryMarks(start: { readonly rebuiltAt?: Instant } = {}): MemoryMarks {
  let stored: MemoryMarks['stored'] = { ...start };
  const nodes = new Map<string, NodeMark>();
  const markOf = (node: string): NodeMark => nodes.get(node) ?? { closing: false };
  return {
    get stored() {
      return stored;
    },
    rebuiltAt: () => Promise.resolve(stored.rebuiltAt),
    setRebuilt: (rebuiltAt) => {
      stored = { ...stored, rebuiltAt };
      return Promise.resolve();
    },
    keepIdentity: (identity, accept) => {
      const kept = accept ? identity : (stored.identity ?? identity);
      stored = { ...stored, identity: kept };
      return Promise.resolve(kept);
    },
    node: (node) => Promise.resolve(structuredClone(markOf(node))),
    setClosing: (node, closing) => {
      nodes.set(node, { ...markOf(node), closing });
      return Promise.resolve();
    },
    setBreaker: (node, breaker) => {
      const { breaker: _, ...others } = markOf(node);
      nodes.set(node, { ...others, ...(breaker && { breaker: { ...breaker } }) });
      return Promise.resolve();
    },
    setQuota: (node, quota) => {
      nodes.set(node, { ...markOf(node), quota: structuredClone(quota) });
      return Promise.resolve();
    },
    setObstacles: (node, obstacles) => {
      nodes.set(node, { ...markOf(node), obstacles: structuredClone(obstacles) });
      return Promise.resolve();
    },
  };
}
