import { parseEcsTaskStateChange, type EcsTaskStateChange } from '../../events/ecs-task-state-change.ts';
import { keepTimes } from '../core/keep-times.ts';
import type { PodRecord } from '../core/record.ts';
import type { FoundTask, TaskOwner } from '../core/task.ts';
import { describeRecord } from '../core/transition.ts';
import type { Caller } from '../core/view.ts';
import type { RecordChange } from '../ports/records.ts';
import type { Fields } from '../ports/telemetry.ts';
import { nodeSettings, type PodDeps } from './deps.ts';
import { observePod } from './observe-pod.ts';
import { reconcilePod } from './reconcile-pod.ts';
import { tellTransition } from './tell-transition.ts';
import { newerLook } from './write-record.ts';

/** After this many deliveries a message whose fact is on record is given up: the next pass publishes it. */
const MOST_DELIVERIES = 3;

/** What the event function needs; it only reads events of the provider, it never calls it. */
export interface TaskEventDeps extends PodDeps {
  /** The task inside an event. */
  readonly normalise: (event: EcsTaskStateChange) => FoundTask;
}

/** How one message ended. `retry`: deliver it again. `poisoned`: it can never be used, deliver it until the DLQ has it. */
export type EventOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'ignored' | 'retry'; readonly why: string; readonly about: Fields }
  | { readonly kind: 'poisoned'; readonly faults: readonly string[] };

/**
 * Writes what an event says into the record it belongs to, then publishes the pod's status. The event is a key: it advances
 * only its own attempt and task, only with a newer version, and never creates a record; duplicates and old ones only look again.
 * Throws when the record could not be read or written: the message must come again.
 */
export async function handleTaskEvent(
  input: unknown,
  deliveries: number,
  deps: TaskEventDeps,
): Promise<EventOutcome> {
  const parsed = parseEcsTaskStateChange(input);
  if (!parsed.ok) return { kind: 'poisoned', faults: parsed.faults };
  const { task, owner, taskDefinition } = deps.normalise(parsed.event);
  const about = { task: task.arn, node: owner?.node, uid: owner?.uid, attempt: owner?.attempt };
  const ignored = (why: string): EventOutcome => ({ kind: 'ignored', why, about });
  if (owner === undefined || owner.cluster !== deps.settings.cluster)
    return ignored('the task is not of this cluster');
  const settings = nodeSettings(deps.settings.nodes, owner.node);
  if (settings === undefined) return ignored('the task is of a node that this deployment does not have');
  const record = await deps.records.get(owner.node, owner.uid);
  if (record === undefined) return ignored('there is no record of the pod');
  const why = whyForeign(record, owner, task.arn);
  if (why !== undefined) return ignored(why);
  const told = { task, ...(taskDefinition !== undefined && { taskDefinition }) };
  await advance(record, told, parsed.event, deps);
  const context = {
    node: owner.node,
    podsReady: settings.podsReady,
    eventTime: Date.parse(parsed.event.time),
  };
  const failure = await publish(record, context, deps);
  if (failure === undefined) return { kind: 'done' };
  if (deliveries < MOST_DELIVERIES) return { kind: 'retry', why: failure, about };
  return ignored(`the fact is on record, the next pass publishes it: ${failure}`);
}

function whyForeign(record: PodRecord, owner: TaskOwner, arn: string): string | undefined {
  if (record.state === 'ended') return 'the record of the pod has ended';
  if (record.attempt !== owner.attempt) return `the record is at attempt ${record.attempt}`;
  if (record.taskArn !== undefined && record.taskArn !== arn)
    return 'the record names another task for this attempt';
  return undefined;
}

/** A claimed record adopts the task: the event was faster than the answer to RunTask. */
async function advance(
  record: PodRecord,
  { task, taskDefinition }: Pick<FoundTask, 'task' | 'taskDefinition'>,
  { id: event, time }: EcsTaskStateChange,
  deps: TaskEventDeps,
): Promise<void> {
  const adopt: RecordChange =
    record.state === 'claimed'
      ? {
          state: 'launched',
          taskArn: task.arn,
          taskDefinition,
          launchedAt: task.createdAt ?? deps.clock.now(),
          refusal: undefined,
          nextTryAt: undefined,
        }
      : {};
  const { uid, namespace, name, node } = record;
  const key = { uid, namespace, name };
  const outcome = await deps.records.write(
    { ...key, node },
    { ...adopt, task: keepTimes(record.task, task) },
    newerLook(record, task),
  );
  // An event that came before, or that is older than what is on record, changed nothing.
  if (outcome.kind === 'conflict') return;
  const { record: after } = outcome;
  const detail = { cause: 'event', event, eventAt: Date.parse(time), ...describeRecord(record, after) };
  tellTransition(deps.telemetry, { key, node, record: after }, 'taskSeen', detail);
}

interface PublishContext {
  readonly node: string;
  readonly podsReady: boolean;
  readonly eventTime: number;
}

/** Publishes what the record holds now; returns what failed. */
async function publish(
  record: PodRecord,
  context: PublishContext,
  deps: TaskEventDeps,
): Promise<string | undefined> {
  const { node, podsReady, eventTime } = context;
  const { uid, namespace, name } = record;
  const caller: Caller = {
    id: deps.clock.newId(),
    mayLaunch: false,
    mayUseProvider: false,
    closing: false,
    breakerHolds: false,
    podsReady,
    networkProbes: deps.settings.networkProbes,
  };
  try {
    const view = await observePod(deps, node, { uid, namespace, name });
    const done = await reconcilePod(view, caller, deps);
    if (done.failure !== undefined) return done.failure.message;
    deps.telemetry.count('EventToPatch', Math.max(0, deps.clock.now() - eventTime), node);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
