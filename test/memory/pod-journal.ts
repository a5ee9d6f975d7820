import { FailureError } from '../../lib/core/failure.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { PodWatchEvent } from '../../lib/ports/pods.ts';

/** How open watches end when the test says so. */
export type WatchEnd = 'closed' | 'broken' | 'expired';

/** The history of pod changes and the watches that read it. */
export interface PodJournal {
  add(revision: string, kind: 'changed' | 'deleted', pod: Pod): void;
  /** Sends a bookmark to every open watch. */
  bookmark(revision: string): void;
  /** Ends every open watch: normally, by a broken connection, or as too old. */
  endWatches(how: WatchEnd): void;
  /** Forgets all history up to `revision`: open watches end as too old, and later ones from before it too. */
  compact(revision: string): void;
  /** Whether the history of that moment is forgotten. */
  isForgotten(revision: string): boolean;
  watch(node: string, revision: string, signal: AbortSignal): AsyncIterable<PodWatchEvent>;
  /** How many watches are open. */
  openWatches(): number;
}

interface Entry {
  readonly revision: number;
  readonly node: string | undefined;
  readonly event: PodWatchEvent;
}

interface Watcher {
  readonly node: string;
  readonly queue: (PodWatchEvent | WatchEnd)[];
  wake: () => void;
}

export function createPodJournal(): PodJournal {
  const entries: Entry[] = [];
  const watchers = new Set<Watcher>();
  let oldest = 0;
  const push = (watcher: Watcher, item: PodWatchEvent | WatchEnd): void => {
    watcher.queue.push(item);
    watcher.wake();
  };
  const endWatches = (how: WatchEnd): void => {
    for (const watcher of watchers) push(watcher, how);
  };
  const isForgotten = (revision: string): boolean => Number(revision) < oldest;
  return {
    add: (revision, kind, pod) => {
      const entry: Entry = { revision: Number(revision), node: pod.spec.nodeName, event: { kind, pod } };
      entries.push(entry);
      for (const watcher of watchers) if (watcher.node === entry.node) push(watcher, entry.event);
    },
    bookmark: (revision) => {
      for (const watcher of watchers) push(watcher, { kind: 'bookmark', resourceVersion: revision });
    },
    endWatches,
    compact: (revision) => {
      oldest = Number(revision);
      endWatches('expired');
    },
    isForgotten,
    openWatches: () => watchers.size,
    watch: (node, revision, signal) => {
      // Built when the iteration starts, as a real watch begins with its request.
      const open = (): Watcher => {
        const missed = entries.filter((entry) => entry.revision > Number(revision) && entry.node === node);
        const events = missed.map((entry) => entry.event);
        return {
          node,
          queue: isForgotten(revision) ? ['expired'] : events,
          wake: () => undefined,
        };
      };
      return follow(open, watchers, signal);
    },
  };
}

async function* follow(
  open: () => Watcher,
  watchers: Set<Watcher>,
  signal: AbortSignal,
): AsyncGenerator<PodWatchEvent> {
  const watcher = open();
  const wake = (): void => watcher.wake();
  watchers.add(watcher);
  signal.addEventListener('abort', wake);
  try {
    while (!signal.aborted) {
      const item = watcher.queue.shift();
      if (item === undefined) {
        await new Promise<void>((resolve) => {
          watcher.wake = resolve;
        });
      } else if (item === 'closed') {
        return;
      } else if (item === 'broken') {
        throw new FailureError({ kind: 'transient', message: 'the watch broke', code: 'ECONNRESET' });
      } else if (item === 'expired') {
        yield { kind: 'expired' };
        return;
      } else {
        yield item;
      }
    }
  } finally {
    signal.removeEventListener('abort', wake);
    watchers.delete(watcher);
  }
}
