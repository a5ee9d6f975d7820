import type { Instant } from '../core/kubernetes.ts';
import type { FoundTask } from '../core/task.ts';
import type { SyncDeps } from './deps.ts';

/** A list of all tasks may be used for this long: one that is older than the records it is compared with does no harm. */
const LISTED_MS = 60_000;

/** The search of all nodes of an invocation for running tasks that their records do not know. */
export interface StraySearch {
  /**
   * Running tasks that are the node's and that are none of those it knows, and those that are nobody's. The provider is asked
   * for one list for all nodes, and about each task of others once, because the owner of a task never changes.
   * @throws FailureError when the list is not complete
   */
  strays(node: string, known: readonly string[]): Promise<readonly FoundTask[]>;
}

/** A search that knows nothing yet. */
export function searchStrays(deps: Pick<SyncDeps, 'provider' | 'clock' | 'settings'>): StraySearch {
  const { provider, clock, settings } = deps;
  /** Tasks that are not for one of our nodes to judge, or for which of them. */
  const owners = new Map<string, string | undefined>();
  let latest: { readonly at: Instant; readonly arns: readonly string[] } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const listLive = async (): Promise<readonly string[]> => {
    const at = clock.now();
    if (latest === undefined || at - latest.at > LISTED_MS) {
      latest = { at, arns: await provider.listLive() };
      const live = new Set(latest.arns);
      for (const arn of owners.keys()) if (!live.has(arn)) owners.delete(arn);
    }
    return latest.arns;
  };
  const search = async (node: string, known: readonly string[]): Promise<readonly FoundTask[]> => {
    const own = new Set(known);
    const isOthers = (arn: string): boolean => owners.has(arn) && owners.get(arn) !== node;
    const unknown = (await listLive()).filter((arn) => !own.has(arn) && !isOthers(arn));
    if (unknown.length === 0) return [];
    const found = [...(await provider.describe(unknown)).values()];
    for (const { task, owner } of found)
      owners.set(task.arn, owner?.cluster === settings.cluster ? owner.node : undefined);
    return found.filter(({ task }) => owners.get(task.arn) === node || owners.get(task.arn) === undefined);
  };
  return {
    strays: (node, known) => {
      for (const arn of known) owners.set(arn, node);
      const mine = turn.then(() => search(node, known));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
