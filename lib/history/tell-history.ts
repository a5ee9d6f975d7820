import { isDeleting, toTime, type Instant } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import type { Fact } from '../doctor/fact.ts';
import { knownOf, type PodEvent } from '../why/evidence.ts';
import { sayAct, sayCause } from './say-act.ts';
import type { TransitionLine } from './read-line.ts';
import type { PodTraces } from './read-history.ts';

/** One thing that happened to a pod. */
export interface HistoryRow {
  /** RFC 3339 with milliseconds, as far as it is known. */
  readonly at: string;
  /** Milliseconds since the row before; absent in the first. */
  readonly sinceMs?: number;
  readonly what: string;
  readonly cause: string;
  /** Who did or told it: a function, a component of Kubernetes, or `Kubernetes` for what was done to the pod. */
  readonly by: string;
  /** The name of the act, for programs; absent for what others did. */
  readonly act?: string;
  readonly attempt?: number;
}

/** The body of the document that `-o json` prints. `what` and `cause` are for people and may be worded better in any version. */
export interface HistoryReport {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  /** From when on was looked. */
  readonly since: string;
  readonly rows: readonly HistoryRow[];
  /** How it stands now. */
  readonly now: string;
  /** What could not be read, and why. */
  readonly unread: readonly { readonly what: string; readonly why: string }[];
  /** Other pods that had the name, the youngest first. */
  readonly others: readonly { readonly uid: string; readonly lastAt: string }[];
}

interface Happening extends Omit<HistoryRow, 'at' | 'sinceMs'> {
  readonly at: Instant;
}

/** The name by which the product tells events. */
const OURS = 'lambdalet';

/** What was read of a pod as one story, in the order of time, nothing told twice. Pure. */
export function tellHistory(traces: PodTraces, cluster: string): HistoryReport {
  const { asked, uid, since, others } = traces;
  return {
    ...{ cluster, namespace: asked.namespace, name: asked.name },
    ...(uid !== undefined && { uid }),
    ...{ since: toTime(since), rows: toRows(happeningsOf(traces)), now: sayNow(traces) },
    unread: unreadIn(traces),
    others: others.map((one) => ({ uid: one.uid, lastAt: toTime(one.at) })),
  };
}

/** Every act that was told, in the order of time: of a look at a task that several told only the first. */
export function actsIn({ lines }: Pick<PodTraces, 'lines'>): readonly TransitionLine[] {
  const all = Object.values(lines)
    .flatMap((fact) => knownOf(fact) ?? [])
    .toSorted((one, other) => one.at - other.at);
  const told = new Set<string>();
  return all.filter(({ action, attempt, detail: { seen } }) => {
    if (seen === undefined) return true;
    const look = `${attempt}/${seen.version}`;
    const isAgain = told.has(look);
    told.add(look);
    return !isAgain || action !== 'taskSeen';
  });
}

function happeningsOf(traces: PodTraces): readonly Happening[] {
  const acts = actsIn(traces);
  const events = knownOf(traces.events) ?? [];
  // What the product tells as events follows from its acts.
  const news = acts.length === 0 ? events : events.filter(({ component }) => component !== OURS);
  const happenings = [...deedsOf(acts), ...acts.flatMap(happeningOf), ...news.flatMap(happeningOfEvent)];
  return happenings.toSorted((one, other) => one.at - other.at);
}

/** What others did to the pod, as far as the acts that followed say it. */
function deedsOf(acts: readonly TransitionLine[]): readonly Happening[] {
  const bound = acts.find(({ detail }) => detail.boundAt !== undefined);
  const deleted = acts.find(({ detail }) => detail.deletedAt !== undefined);
  const by = 'Kubernetes';
  return [
    ...(bound === undefined
      ? []
      : [{ at: bound.detail.boundAt ?? 0, what: `bound to ${bound.node}`, cause: '', by }]),
    ...(deleted === undefined
      ? []
      : [
          {
            at: deleted.detail.deletedAt ?? 0,
            what: 'deleted',
            cause: `grace ${deleted.detail.graceSeconds ?? 0} s`,
            by,
          },
        ]),
  ];
}

function happeningOf(line: TransitionLine): readonly Happening[] {
  if (line.detail.overtaken === true) return [];
  const { at, by, action, attempt } = line;
  return [{ at, what: sayAct(line), cause: sayCause(line), by, act: action, attempt }];
}

function happeningOfEvent({ at, type, reason, message, count, component }: PodEvent): readonly Happening[] {
  if (at === undefined) return [];
  const times = count > 1 ? ` (${count} times, this is the last)` : '';
  return [{ at, what: `${type} event ${reason}${times}`, cause: message, by: component }];
}

function toRows(happenings: readonly Happening[]): readonly HistoryRow[] {
  return happenings.map(({ at, ...row }, index) => {
    const before = happenings[index - 1];
    return {
      at: new Date(at).toISOString(),
      ...(before !== undefined && { sinceMs: at - before.at }),
      ...row,
    };
  });
}

function sayNow({ pod, record }: PodTraces): string {
  const shown = pod.kind === 'unknown' ? 'the pod could not be read' : sayPod(pod.value);
  if (record.kind === 'unknown') return `${shown}; its record could not be read`;
  return `${shown}; ${sayRecord(record.value)}`;
}

function sayPod(pod: NonNullable<Extract<PodTraces['pod'], { kind: 'known' }>['value']> | undefined): string {
  if (pod === undefined) return 'the pod is gone';
  const { phase = 'Pending', reason } = pod.status ?? {};
  return `the pod is ${[phase, reason, ...(isDeleting(pod) ? ['Terminating'] : [])].filter((one) => one !== undefined).join(', ')}`;
}

function sayRecord(record: PodRecord | undefined): string {
  if (record === undefined) return 'nothing is on record of it';
  const { state, attempt, nextTryAt } = record;
  return `its record is ${state}, attempt ${attempt}${nextTryAt === undefined ? '' : `, next try at ${toTime(nextTryAt)}`}`;
}

function unreadIn({ lines, events, pod, record }: PodTraces): HistoryReport['unread'] {
  const facts: Readonly<Record<string, Fact<unknown>>> = {
    pod,
    record,
    events,
    ...Object.fromEntries(Object.entries(lines).map(([name, fact]) => [`log of ${name}`, fact])),
  };
  return Object.entries(facts).flatMap(([what, fact]) =>
    fact.kind === 'unknown' ? [{ what, why: fact.why }] : [],
  );
}
