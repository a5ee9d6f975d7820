import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import { handleTaskEvent } from './handle-task-event.ts';
import type { SyncDeps } from './deps.ts';
import type { NodeCensus } from './node-census.ts';

/** Records that are deleted after one sweep at most: DynamoDB's own expiry takes what is left over. */
const MOST_FORGOTTEN = 500;
/** Task definitions, and mirrored secrets, that are retired after one round at most. */
const MOST_RETIRED = 10;
/** Definitions are looked through once in each of these. */
const RETIRE_MS = 60 * 60_000;

function hourOf(at: Instant): number {
  return Math.floor(at / RETIRE_MS);
}

/** The work of an invocation that nobody waits for: after each sweep, and never at the cost of it. */
export interface Housekeeper {
  /** Keeps house after the sweep of one node. Never throws. */
  keep(node: string, census: NodeCensus): Promise<void>;
}

/**
 * A housekeeper that has done nothing yet.
 * @param lastSweepAt when anyone last swept: who sweeps first in an hour looks through the definitions for all invocations
 */
export function createHousekeeper(deps: SyncDeps, lastSweepAt: Instant | undefined): Housekeeper {
  const { clock, telemetry } = deps;
  const latest = new Map<string, NodeCensus>();
  let retiredAt = lastSweepAt;
  const retire = async (): Promise<void> => {
    const now = clock.now();
    // A definition is unused only if every node of ours was asked.
    const isComplete = deps.settings.nodes.every(({ name }) => latest.has(name));
    if (!isComplete || (retiredAt !== undefined && hourOf(retiredAt) === hourOf(now))) return;
    retiredAt = now;
    const censuses = [...latest.values()];
    const retired = await deps.provider.retireDefinitions(
      (definition) => censuses.some((census) => census.uses(definition)),
      MOST_RETIRED,
    );
    if (retired > 0) telemetry.info('Task definitions were retired', { retired });
    const removed = await deps.provider.retireSecrets(MOST_RETIRED);
    if (removed > 0) telemetry.info('Mirrored secrets that nobody uses were removed', { removed });
  };
  return {
    keep: async (node, census) => {
      latest.set(node, census);
      const chores = {
        forgetExpired: () => forgetExpired(deps, census),
        redrive: () => redrive(deps),
        retire,
      };
      for (const [chore, work] of Object.entries(chores)) {
        try {
          await work();
        } catch (thrown) {
          telemetry.warn('Keeping house failed', { node, chore, failure: failureOf(thrown) });
        }
      }
    },
  };
}

async function forgetExpired({ records }: SyncDeps, { expired }: NodeCensus): Promise<void> {
  for (const { node, uid, expiresAt } of expired.slice(0, MOST_FORGOTTEN))
    await records.forget(node, uid, expiresAt);
}

/** Events that the event function gave up on: most failed for a reason that is over by now. What cannot be read stays for people. */
async function redrive(deps: SyncDeps): Promise<void> {
  const { eventQueue, telemetry } = deps;
  for (const letter of await eventQueue.deadLetters()) {
    try {
      const { kind } = await handleTaskEvent(parseJson(letter.body), 1, deps);
      telemetry.info('Dead letter handled again', { messageId: letter.id, outcome: kind });
      if (kind === 'done' || kind === 'ignored') await eventQueue.discard(letter);
    } catch (thrown) {
      const failure = failureOf(thrown);
      telemetry.warn('Dead letter failed again', { messageId: letter.id, failure });
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
