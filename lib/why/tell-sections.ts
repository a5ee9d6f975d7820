import { stripVTControlCharacters } from 'node:util';
import { keyOfPod, fromTime, isDeleting, toTime, type Instant, type Pod } from '../core/kubernetes.ts';
import { editOf, probesOf, type PodRecord, type ProbeResult } from '../core/record.ts';
import { isHelper, type FoundTask, type ObservedContainer } from '../core/task.ts';
import { cutText } from '../core/text.ts';
import type { Fact } from '../doctor/fact.ts';
import type { NodeState } from '../doctor/probes/probe-cluster.ts';
import { consoleLinks } from './console-links.ts';
import { knownOf, type Evidence, type PodEvent } from './evidence.ts';
import type { LastLines } from './last-lines.ts';
import { tellSpan, tellTime } from './tell-time.ts';

/** One statement of a section. */
export interface Line {
  readonly name: string;
  readonly value: string;
}

/** A part of the answer: its statements, or why it has none. */
export interface Section {
  readonly id: SectionId;
  readonly lines: readonly Line[];
  /** Why it could not be read. */
  readonly unread?: string;
}

export type SectionId = 'pod' | 'record' | 'task' | 'node' | 'events' | 'log' | 'links';

/** Events that are told: the last ones. */
const EVENTS_SHOWN = 8;

/** One look at a part of the evidence. */
type Teller = (evidence: Evidence, now: Instant) => Section;

/** The parts of the answer, in the order in which they are told. */
const SECTIONS: readonly Teller[] = [
  ({ pod }, now) => sectionOf('pod', pod, (known) => podLines(known, now)),
  ({ record }, now) => sectionOf('record', record, (known) => recordLines(known, now)),
  ({ task, record }, now) => {
    const arn = knownOf(record)?.taskArn;
    const isForgotten = task.kind === 'known' && task.value === undefined && arn !== undefined;
    if (isForgotten)
      return { id: 'task', lines: [{ name: 'status', value: 'ECS does not know it (any more)' }] };
    return sectionOf('task', task, (known) => taskLines(known, now));
  },
  ({ node }, now) => sectionOf('node', node, (known) => nodeLines(known, now)),
  ({ events }, now) => sectionOf('events', events, (known) => eventLines(known, now)),
  ({ log }) => sectionOf('log', log, logLines),
  (evidence) => ({ id: 'links', lines: linkLines(evidence) }),
];

/** Everything that was read, as statements. Nothing of environments, overrides or secrets is among it, unless the program logs it. */
export function tellSections(evidence: Evidence, now: Instant): readonly Section[] {
  return SECTIONS.map((tell) => tell(evidence, now));
}

function sectionOf<T>(
  id: SectionId,
  fact: Fact<T | undefined>,
  tell: (known: T) => readonly Line[],
): Section {
  if (fact.kind === 'unknown') return { id, lines: [], unread: fact.why };
  return { id, lines: fact.value === undefined ? [] : tell(fact.value) };
}

/** Statements of what there is something to say of. */
function linesOf(told: Readonly<Record<string, string | undefined>>): readonly Line[] {
  return Object.entries(told).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value }],
  );
}

function timeOf(at: Instant | undefined, now: Instant): string | undefined {
  return at === undefined ? undefined : tellTime(at, now);
}

function podLines(pod: Pod, now: Instant): readonly Line[] {
  const { metadata, spec, status } = pod;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const deletion = isDeleting(pod)
    ? `by ${toTime(fromTime(metadata.deletionTimestamp) ?? 0)}, grace ${metadata.deletionGracePeriodSeconds ?? 0} s`
    : undefined;
  const waiting = statusesOf(pod).map(({ name, state }) =>
    state?.waiting === undefined ? '' : `${name} ${state.waiting.reason ?? 'waits'}`,
  );
  return linesOf({
    uid: keyOfPod(pod).uid,
    phase: [status?.phase, status?.reason].filter((one) => one !== undefined).join(', '),
    node: spec.nodeName,
    owner: owner === undefined ? undefined : `${owner.kind} ${owner.name}`,
    created: timeOf(fromTime(metadata.creationTimestamp), now),
    policy: `restart ${spec.restartPolicy ?? 'Always'}`,
    waiting: waiting.filter((one) => one !== '').join(', '),
    deadline:
      spec.activeDeadlineSeconds === undefined
        ? undefined
        : `${spec.activeDeadlineSeconds} s after its start`,
    deletion,
    finalizers: metadata.finalizers?.join(', '),
  });
}

function statusesOf({ status }: Pod) {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

function recordLines(record: PodRecord, now: Instant): readonly Line[] {
  const { state, attempt, refusal, stop, previous, use } = record;
  const restarts = Object.entries(record.restarts).map(([name, count]) => `${name} ${count}`);
  return linesOf({
    state: `${state}, attempt ${attempt}, try ${record.try}`,
    claim:
      record.firstSentAt === undefined ? 'never sent' : `first sent ${tellTime(record.firstSentAt, now)}`,
    claimedUntil: state === 'claimed' ? tellTime(record.launchBefore, now) : undefined,
    launched: timeOf(record.launchedAt, now),
    task: record.taskArn,
    taskDefinition: record.taskDefinition,
    use:
      use === undefined
        ? undefined
        : `${use.vcpu} vCPU ${use.capacityType}, ${Number(use.usdPerHour.toFixed(5))} USD an hour`,
    size: record.annotations?.['lambdalet.dev/task-size'],
    refusal:
      refusal === undefined
        ? undefined
        : `${[refusal.code, refusal.message].filter((one) => one !== undefined).join(': ')} (${refusal.kind}, ${refusal.tries} tries, last ${tellTime(refusal.at, now)})`,
    nextTry: timeOf(record.nextTryAt, now),
    stop:
      stop === undefined
        ? undefined
        : `${stop.why}${stop.container === undefined ? '' : ` of ${stop.container}`}, asked ${tellTime(stop.at, now)}, gone by ${tellTime(stop.deadline, now)}`,
    missingSince: timeOf(record.missingSince, now),
    restarts: restarts.join(', '),
    backOff: record.backOffCount === 0 ? undefined : `${record.backOffCount} failures in a row`,
    before:
      previous === undefined
        ? undefined
        : `attempt ${previous.attempt}: ${previous.containers
            .filter((one) => !isHelper(one))
            .map(describeContainer)
            .join(', ')}`,
    probes: describeProbes(record),
    notFollowed: editOf(record)?.message,
  });
}

function describeProbes(record: PodRecord): string {
  return Object.entries(probesOf(record))
    .flatMap(([container, probes]) =>
      (Object.entries(probes) as [string, ProbeResult][]).map(
        ([kind, { ok, against }]) =>
          `${container} ${kind} ${ok ? 'passes' : 'fails'}${against === 0 ? '' : ` (${against} otherwise)`}`,
      ),
    )
    .join(', ');
}

function taskLines({ task, use, taskDefinition }: FoundTask, now: Instant): readonly Line[] {
  const capacity = use === undefined ? undefined : `${use.vcpu} vCPU, ${use.capacityType}`;
  return [
    ...linesOf({
      status: `${task.state}${task.startedAt === undefined ? '' : `, started ${tellTime(task.startedAt, now)}`}`,
      arn: task.arn,
      taskDefinition,
      capacity,
      price: use === undefined ? undefined : `${Number(use.usdPerHour.toFixed(5))} USD an hour at list price`,
      address: task.podIP,
      stopped: [timeOf(task.stoppedAt ?? task.stoppingAt, now), task.cause, task.reason]
        .filter((one) => one !== undefined)
        .join(': '),
      disruption: task.disruption,
    }),
    ...task.containers.map((one) => ({ name: 'container', value: describeContainer(one) })),
  ];
}

/** `main stopped, exit 137, out of memory (OutOfMemoryError: ..)`. */
function describeContainer(one: ObservedContainer): string {
  const parts = [
    `${one.name} ${one.state}`,
    ...(one.exitCode === undefined ? [] : [`exit ${one.exitCode}`]),
    ...(one.outOfMemory === true ? ['out of memory'] : []),
    ...(one.health === undefined || one.health === 'unknown' ? [] : [one.health]),
  ];
  return `${parts.join(', ')}${one.reason === undefined ? '' : ` (${one.reason})`}`;
}

function nodeLines({ name, node, lease }: NodeState, now: Instant): readonly Line[] {
  const beatAt = fromTime(lease?.spec?.renewTime);
  const conditions = node?.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const bad = conditions.filter(({ type, status }) => type !== 'Ready' && status === 'True');
  return [
    ...linesOf({
      name,
      ready:
        node === undefined
          ? 'there is no such Node'
          : `${ready?.status ?? 'Unknown'}, ${ready?.reason ?? ''}`,
      heartbeat: beatAt === undefined ? 'never' : `${tellSpan(Math.max(0, now - beatAt))} old`,
      unschedulable: node?.spec?.unschedulable === true ? 'true' : undefined,
    }),
    ...bad.map(({ type, message = '' }) => ({ name: type, value: message })),
  ];
}

function eventLines(events: readonly PodEvent[], now: Instant): readonly Line[] {
  return events.slice(-EVENTS_SHOWN).map(({ at, type, reason, message, count }) => ({
    name: `${type} ${reason}`,
    value: [
      timeOf(at, now) ?? 'at no known time',
      ...(count > 1 ? [`${count} times`] : []),
      cutText(message),
    ].join(', '),
  }));
}

function logLines({ container, isOver, lines }: LastLines): readonly Line[] {
  const of = { name: 'of', value: `${container}, ${isOver ? 'which has ended' : 'which runs'}` };
  if (lines.length === 0) return [of, { name: '', value: 'nothing is there (yet)' }];
  return [of, ...lines.map(({ at, text }) => ({ name: timeOfLine(at), value: cutText(plainText(text)) }))];
}

/** `12:00:36.120`: lines of a log lie close to each other. */
function timeOfLine(at: Instant): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** Without colours and whatever else moves a terminal: a log is written by anybody. */
function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, ' ')
    .trimEnd();
}

function linkLines(evidence: Evidence): readonly Line[] {
  const { ecsCluster, logGroup } = evidence.deployment;
  const record = knownOf(evidence.record);
  const task = knownOf(evidence.task);
  return consoleLinks({
    ...{ ecsCluster, logGroup, containers: containersIn(evidence), previous: record?.previous },
    taskArn: task?.task.arn ?? record?.taskArn,
    taskDefinition: task?.taskDefinition ?? record?.taskDefinition,
  }).map(({ name, url }) => ({ name, value: url }));
}

/** By the pod; of one that is gone by its task. */
function containersIn({ pod, record, task }: Evidence): readonly string[] {
  const spec = knownOf(pod)?.spec;
  if (spec !== undefined) return [...(spec.initContainers ?? []), ...spec.containers].map(({ name }) => name);
  const seen = knownOf(task)?.task ?? knownOf(record)?.task;
  return (seen?.containers ?? []).filter((one) => !isHelper(one)).map(({ name }) => name);
}
