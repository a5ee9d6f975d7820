import { failureOf } from '../core/failure.ts';
import type { PodKey } from '../core/kubernetes.ts';
import { PROBE_KINDS } from '../core/plan-probes.ts';
import { probesOf, type ProbeResult, type ProbeResults } from '../core/record.ts';
import { sameJson } from '../core/same-json.ts';
import type { SyncDeps } from './deps.ts';
import { tellTransition } from './tell-transition.ts';
import { hasCounted, hasTurned, type WatchedPod } from './watched-pod.ts';

/** What the writes of one node's probes need. */
export interface ProbeWriter {
  readonly deps: Pick<SyncDeps, 'records' | 'telemetry'>;
  readonly node: string;
  /** Whether the pod is watched still: another attempt of it is another watch. */
  readonly isWatched: (watched: WatchedPod) => boolean;
  readonly forget: (watched: WatchedPod) => void;
  readonly onChanged: (key: PodKey) => void;
}

/**
 * Writes what was found of a pod, as long as something is new: a verdict, or (with `counts`) any count. One write at a time; a
 * record that has moved on ends the watch. What fails is written with the next result.
 */
export async function writeProbes(watched: WatchedPod, writer: ProbeWriter, counts: boolean): Promise<void> {
  if (watched.writing) return;
  watched.writing = true;
  try {
    while (writer.isWatched(watched) && (counts ? hasCounted(watched) : hasTurned(watched))) {
      if (!(await writeOnce(watched, writer))) return;
    }
  } catch (thrown) {
    const { namespace, name } = watched.key;
    writer.deps.telemetry.warn('The results of probes were not written', {
      pod: `${namespace}/${name}`,
      node: writer.node,
      failure: failureOf(thrown),
    });
  } finally {
    watched.writing = false;
  }
}

async function writeOnce(watched: WatchedPod, writer: ProbeWriter): Promise<boolean> {
  const { attempt, key, guard } = watched;
  const { deps, node } = writer;
  const containers = withoutWords(watched.found);
  const turned = hasTurned(watched);
  const before = watched.stored;
  const change = { probes: { attempt, containers } };
  const outcome = await deps.records.write({ ...key, node }, change, guard);
  if (outcome.kind === 'conflict') {
    writer.forget(watched);
    return false;
  }
  watched.stored = containers;
  if (turned) {
    for (const { container, cause } of turnsBetween(before, containers))
      tellTransition(deps.telemetry, { key, node, record: outcome.record }, 'probeTurned', {
        container,
        cause,
      });
    writer.onChanged(key);
  }
  return true;
}

/** The verdicts that are others now: `readiness passes`. */
function turnsBetween(
  before: ProbeResults['containers'],
  after: ProbeResults['containers'],
): readonly { readonly container: string; readonly cause: string }[] {
  return Object.entries(after).flatMap(([container, probes]) =>
    PROBE_KINDS.flatMap((kind) => {
      const now = probes[kind];
      if (now === undefined || before[container]?.[kind]?.ok === now.ok) return [];
      return [{ container, cause: `${kind} ${now.ok ? 'passes' : 'fails'}` }];
    }),
  );
}

/** Words are for events; in a record, which must stay small, nobody reads them. */
function withoutWords(containers: ProbeResults['containers']): ProbeResults['containers'] {
  const bare = ({ ok, against, at }: ProbeResult): ProbeResult => ({ ok, against, at });
  const entries = Object.entries(containers).map(([name, probes]) => {
    const results = PROBE_KINDS.flatMap((kind) => {
      const result = probes[kind];
      return result === undefined ? [] : [[kind, bare(result)] as const];
    });
    return [name, Object.fromEntries(results)] as const;
  });
  return Object.fromEntries(entries);
}

/** So many records are written at once. */
const WRITTEN_AT_ONCE = 16;

/** Writes everything that these pods have counted. */
export async function writeCounts(pods: readonly WatchedPod[], writer: ProbeWriter): Promise<void> {
  const counted = pods.filter((watched) => hasCounted(watched));
  for (let start = 0; start < counted.length; start += WRITTEN_AT_ONCE) {
    const some = counted.slice(start, start + WRITTEN_AT_ONCE);
    await Promise.all(some.map((watched) => writeProbes(watched, writer, true)));
  }
}

/**
 * The same at the end of a holder's time. Its successor may have begun already: what that one wrote is newer, and stays.
 */
export async function writeLastCounts(pods: readonly WatchedPod[], writer: ProbeWriter): Promise<void> {
  const counted = pods.filter((watched) => hasCounted(watched));
  if (counted.length === 0) return;
  try {
    const uids = counted.map(({ key }) => key.uid);
    const { records } = await writer.deps.records.getMany(writer.node, uids);
    const now = new Map(records.map((record) => [record.uid, probesOf(record)]));
    await writeCounts(
      counted.filter(({ key, stored }) => sameJson(now.get(key.uid), stored)),
      writer,
    );
  } catch (thrown) {
    const failure = failureOf(thrown);
    writer.deps.telemetry.warn('The last counts of probes were not written', { node: writer.node, failure });
  }
}
