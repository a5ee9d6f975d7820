import { failureOf, type FailureKind } from '../../core/failure.ts';
import type { Instant, Pod } from '../../core/kubernetes.ts';
import type { PodRecord } from '../../core/record.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogStream } from '../../ports/logs.ts';
import type { TaskName } from '../../ports/provider.ts';
import { chooseLog, endOf, type ChosenLog, type LogFacts } from './choose-log.ts';
import type { GrowingLog } from './log-feed.ts';

/** Where it is looked up which run a log is of, and where that logs to. */
export interface LogSources {
  /** The pod of that name as it is now. */
  readonly podNow: (pod: Pod) => Promise<Pod | undefined>;
  /** Asked only where something ran. */
  readonly recordOf: (pod: Pod) => Promise<PodRecord | undefined>;
  /** Then the record is asked only where the status does not name the run. */
  readonly believesStatus?: LogFacts['believesStatus'];
  readonly streamOf: (task: TaskName, container: string) => LogStream;
  readonly clock: Pick<Clock, 'now'>;
}

/** The log of a run of a container, or why there is none in the kubelet's words. */
export type FoundLog =
  { readonly kind: 'log'; readonly log: GrowingLog } | Extract<ChosenLog, { readonly kind: 'none' }>;

/** The log that is meant, and when it ends. */
export async function findLog(
  sources: LogSources,
  pod: Pod,
  container: string,
  previous: boolean,
): Promise<FoundLog> {
  const chosen = await choose(sources, pod, container, previous);
  if (chosen.kind === 'none') return chosen;
  const stream = sources.streamOf(chosen.task, container);
  const { endedAt } = chosen;
  const isOver =
    endedAt === undefined ? () => endNow(sources, pod, container) : () => Promise.resolve(endedAt);
  return { kind: 'log', log: { stream, endedAt: isOver } };
}

async function choose(
  { recordOf, believesStatus = false }: LogSources,
  pod: Pod,
  container: string,
  previous: boolean,
): Promise<ChosenLog> {
  const chosen = chooseLog({ pod, believesStatus }, container, previous);
  if (chosen.kind === 'log' || chosen.isUnnamed !== true) return chosen;
  return chooseLog({ pod, record: await recordOf(pod), believesStatus }, container, previous);
}

const PASSING: ReadonlySet<FailureKind> = new Set(['transient', 'throttled', 'ambiguous']);

/** An API server that does not answer for now says nothing of the container. */
async function endNow(
  { podNow, clock }: LogSources,
  pod: Pod,
  container: string,
): Promise<Instant | undefined> {
  try {
    return endOf(pod, await podNow(pod), container, clock.now());
  } catch (error) {
    if (PASSING.has(failureOf(error).kind)) return undefined;
    throw error;
  }
}
