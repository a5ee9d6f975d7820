import { namesOf } from '../../infra/names.ts';
import type { FindLines, FoundLine } from '../adapters/cloudwatch-logs/find-lines.ts';
import { fromTime, type Instant, type Pod } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import { lookFurther, type Fact } from '../doctor/fact.ts';
import { knownOf, type AskedPod, type PodEvent, type WhyDeployment } from '../why/evidence.ts';
import { readEvents, readPod, type Sources } from '../why/read-evidence.ts';
import { readTransition, type TransitionLine } from './read-line.ts';

/** The functions that do something for pods. */
const TELLING = ['pod-sync', 'task-events', 'node-teardown'] as const;
type Telling = (typeof TELLING)[number];

/** Of a pod that is gone nothing says when it began. */
const DAY_MS = 24 * 60 * 60_000;
/** The clocks of an API server and of a function are not the same. */
const SLACK_MS = 60_000;

/** Everything that was read of one pod, each for itself. */
export interface PodTraces {
  readonly asked: AskedPod;
  /** The one that is told of; `undefined`: no trace of any. */
  readonly uid: string | undefined;
  /** Other pods that had the name in the time that was looked through, the youngest first. */
  readonly others: readonly { readonly uid: string; readonly at: Instant }[];
  readonly since: Instant;
  readonly pod: Fact<Pod | undefined>;
  readonly record: Fact<PodRecord | undefined>;
  readonly events: Fact<readonly PodEvent[]>;
  /** The lines of each function. */
  readonly lines: Readonly<Record<Telling, Fact<readonly TransitionLine[]>>>;
}

/** Which pod, and how far back. */
export interface HistoryQuery {
  readonly asked: AskedPod;
  /** Of several that had the name. Default: the one that is there, else the youngest. */
  readonly uid: string | undefined;
  /** Default: since the pod was made, or a day. */
  readonly since: Instant | undefined;
}

/** Reads the traces of a pod: what is there, then what the functions have told of it. */
export async function readTraces(
  sources: Sources,
  deployment: WhyDeployment,
  query: HistoryQuery,
  now: Instant,
): Promise<PodTraces> {
  const { asked } = query;
  const { kubernetes } = sources;
  const found = await lookFurther(kubernetes, (known) => readPod(known, asked));
  const isOther = query.uid !== undefined && knownOf(found)?.metadata.uid !== query.uid;
  const pod: Fact<Pod | undefined> =
    isOther && found.kind === 'known' ? { kind: 'known', value: undefined } : found;
  const seen = knownOf(pod);
  const wanted = query.uid ?? seen?.metadata.uid;
  const madeAt = fromTime(seen?.metadata.creationTimestamp);
  const since = query.since ?? (madeAt === undefined ? now - DAY_MS : madeAt - SLACK_MS);
  const all = await readLines(sources, deployment.cluster, patternOf(asked, wanted), since);
  const pods = podsIn(Object.values(all).flatMap((fact) => knownOf(fact) ?? []));
  const uid = wanted ?? pods[0]?.uid;
  const [record, events] = await Promise.all([
    readRecord(sources, deployment, uid),
    lookFurther(kubernetes, (known) => readEvents(known, asked, uid)),
  ]);
  return {
    ...{ asked, uid, since, pod, record, events },
    others: pods.filter((one) => one.uid !== uid),
    lines: mapFacts(all, (lines) => lines.filter((line) => line.uid === uid)),
  };
}

/** Names of Kubernetes have no quotes. */
function patternOf({ namespace, name }: AskedPod, uid: string | undefined): string {
  return uid === undefined ? `{ $.namespace = "${namespace}" && $.pod = "${name}" }` : `{ $.uid = "${uid}" }`;
}

async function readLines(
  { lines }: Sources,
  cluster: string,
  pattern: string,
  since: Instant,
): Promise<PodTraces['lines']> {
  const { functionLogGroup } = namesOf({ cluster });
  const read = (name: Telling): Promise<Fact<readonly TransitionLine[]>> =>
    lookFurther(lines, (find) => findTransitions(find, { group: functionLogGroup(name), pattern, since }));
  return {
    // One after the other: an account may search only a few times a second.
    'pod-sync': await read('pod-sync'),
    'task-events': await read('task-events'),
    'node-teardown': await read('node-teardown'),
  };
}

async function findTransitions(
  find: FindLines,
  query: Parameters<FindLines>[0],
): Promise<readonly TransitionLine[]> {
  const found = new Map<string, FoundLine>();
  for await (const page of find(query)) for (const line of page) found.set(line.id, line);
  return [...found.values()].flatMap((line) => readTransition(line) ?? []);
}

/** Each pod that the lines are about, and when they last were, the youngest first. */
function podsIn(lines: readonly TransitionLine[]): PodTraces['others'] {
  const last = new Map<string, Instant>();
  for (const { uid, at } of lines) last.set(uid, Math.max(at, last.get(uid) ?? 0));
  return [...last].map(([uid, at]) => ({ uid, at })).toSorted((one, other) => other.at - one.at);
}

async function readRecord(
  { table }: Sources,
  { nodes }: WhyDeployment,
  uid: string | undefined,
): Promise<Fact<PodRecord | undefined>> {
  if (uid === undefined) return { kind: 'known', value: undefined };
  return lookFurther(table, async ({ records }) => {
    for (const { name } of nodes) {
      const record = await records.get(name, uid);
      if (record !== undefined) return record;
    }
    return undefined;
  });
}

function mapFacts(
  all: PodTraces['lines'],
  map: (lines: readonly TransitionLine[]) => readonly TransitionLine[],
): PodTraces['lines'] {
  const entries = TELLING.map((name) => {
    const fact = all[name];
    return [name, fact.kind === 'unknown' ? fact : { kind: 'known', value: map(fact.value) }] as const;
  });
  return Object.fromEntries(entries) as unknown as PodTraces['lines'];
}
