import type { Action } from '../core/action.ts';
import { failureOf, type Failure } from '../core/failure.ts';
import { keepTimes } from '../core/keep-times.ts';
import type { Instant } from '../core/kubernetes.ts';
import { probesOf, type StopRequest } from '../core/record.ts';
import type { View } from '../core/view.ts';
import type { PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { podFields } from './pod-fields.ts';
import { executedWrite, newerLook, recordIn, stillAt, withRecord, writeRecord } from './write-record.ts';

/** How long an ended record is kept, after its pod has gone, for people who ask what became of that. */
const KEEP_ENDED_MS = 60 * 60_000;

/** The words that go with a StopTask and come back in the task; said in full, because people read them in the ECS console. */
const REASONS: Readonly<Record<StopRequest['why'], string>> = {
  deleted: 'lambdalet: the pod was deleted',
  deadlineExceeded: 'lambdalet: activeDeadlineSeconds exceeded',
  teardown: 'lambdalet: the virtual node is removed',
  orphan: 'lambdalet: the pod has ended',
  initFailed: 'lambdalet: an init container failed',
  unhealthy: 'lambdalet: a liveness or startup probe failed',
  sidecarEnded: 'lambdalet: a native sidecar ended',
};

/** Remembers why, then asks for the stop. A crash between the two is found by the silence of the task and asked again. */
export async function stopTask(view: View, request: StopRequest, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  const outcome = await writeRecord(view, { stop: request }, stillAt(record), deps);
  if (outcome.kind === 'conflict' || record.taskArn === undefined) return executedWrite(view, outcome);
  // Told before the call, as the kubelet does: a call that fails is made again, and would not be told then.
  await announceStop(view, request, deps);
  const stopping = await deps.provider
    .stop(record.taskArn, REASONS[request.why])
    .catch(async (thrown: unknown) => {
      await reportFailedStop(view, failureOf(thrown), deps);
      throw thrown;
    });
  const asked = withRecord(view, outcome.record);
  if (stopping === undefined || stopping.task.version <= (record.task?.version ?? -1)) return { view: asked };
  const task = keepTimes(record.task, stopping.task);
  const written = await writeRecord(asked, { task }, newerLook(record, task), deps);
  return { view: withRecord(asked, written.record) };
}

async function announceStop(view: View, { why, container }: StopRequest, deps: PodDeps): Promise<void> {
  const { key, node, pod, record } = view;
  if (record?.stop !== undefined) {
    await reportOverdue(view, record.stop, deps);
    return;
  }
  const about = { kind: 'Pod', namespace: key.namespace, name: key.name, uid: key.uid } as const;
  // What failed tells of itself: the containers that wait for it never ran.
  if (why === 'initFailed') return;
  const apps = (pod?.spec.containers ?? []).map(({ name }) => ({ name, list: 'containers' }));
  const failed = pod?.spec.initContainers?.find(({ name }) => name === container);
  const all = failed === undefined ? apps : [{ name: failed.name, list: 'initContainers' }, ...apps];
  for (const { name, list } of all) {
    const message = name === container ? wordsOfFailed(view, why, name) : `Stopping container ${name}`;
    const event = { type: 'Normal', reason: 'Killing', message } as const;
    await deps.events.publish(
      { ...event, about: { ...about, fieldPath: `spec.${list}{${name}}` } },
      node,
      deps.clock.now(),
    );
  }
}

/** In the kubelet's words; whether it is started again is for the restart policy to say. */
function wordsOfFailed({ record, pod }: View, why: StopRequest['why'], name: string): string {
  if (why === 'sidecarEnded') return `Container ${name} ended, the pod will be restarted`;
  const startup = record === undefined ? undefined : probesOf(record)[name]?.startup;
  const kind = startup?.ok === false ? 'startup' : 'liveness';
  const next = pod?.spec.restartPolicy === 'Never' ? '' : ', will be restarted';
  return `Container ${name} failed ${kind} probe${next}`;
}

/** A task that outlived its grace keeps its pod: the object must not go before what it stands for. Whoever waits for it is told why. */
async function reportOverdue({ key, node }: View, stop: StopRequest, deps: PodDeps): Promise<void> {
  const now = deps.clock.now();
  if (now < stop.deadline) return;
  const about = { kind: 'Pod', namespace: key.namespace, name: key.name, uid: key.uid } as const;
  const message = 'The Fargate task has not stopped within its grace; it is asked to stop again.';
  await deps.events.publish({ type: 'Warning', reason: 'FailedKillPod', message, about }, node, now);
}

/** A stop that is refused is asked for again and again: whoever waits for the pod to go reads why, in the provider's words. */
async function reportFailedStop({ key, node }: View, failure: Failure, deps: PodDeps): Promise<void> {
  const about = { kind: 'Pod', namespace: key.namespace, name: key.name, uid: key.uid } as const;
  const message = `The Fargate task could not be asked to stop: ${failure.message}`;
  const event = { type: 'Warning', reason: 'FailedKillPod', message, about } as const;
  await deps.events.publish(event, node, deps.clock.now());
}

/** Remembers that the attempt is given up; whether its launch has started a task is looked for when the claim has run out. */
export async function giveUp(view: View, request: StopRequest, deps: PodDeps): Promise<Executed> {
  const outcome = await writeRecord(view, { stop: request }, stillAt(recordIn(view)), deps);
  return executedWrite(view, outcome);
}

/** Asks the provider how the task is; an unknown task is left as it is here, because absence needs more than one look. */
export async function describeTask(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  const arn = record.taskArn ?? '';
  const found = (await deps.provider.describe([arn])).get(arn);
  const describedAt = deps.clock.now();
  if (found === undefined) {
    deps.telemetry.warn('Task is unknown to the provider', podFields(view));
    const outcome = await writeRecord(view, { missingSince: describedAt }, stillAt(record), deps);
    return describedBy(executedWrite(view, outcome), describedAt);
  }
  const outcome = await writeRecord(
    view,
    { task: keepTimes(record.task, found.task) },
    newerLook(record, found.task),
    deps,
  );
  return describedBy(executedWrite(view, outcome), describedAt);
}

function describedBy(executed: Executed, describedAt: Instant): Executed {
  return { ...executed, view: { ...executed.view, describedAt } };
}

/** Nothing is left to do for the pod: the record may expire, unless the pod object is still there. */
export async function endRecord(
  view: View,
  { keep }: Action & { kind: 'endRecord' },
  deps: PodDeps,
): Promise<Executed> {
  const record = recordIn(view);
  const expiresAt = keep ? undefined : deps.clock.now() + KEEP_ENDED_MS;
  const change = { state: 'ended', expiresAt } as const;
  const outcome = await writeRecord(view, change, stillAt(record), deps);
  return executedWrite(view, outcome);
}

/**
 * Makes an ended record for a pod that has none, before its end is published: whoever saw the pod earlier and claims it only now
 * meets it. If someone has claimed it meanwhile, their record decides.
 */
export async function recordEnd(view: View, deps: PodDeps, claimer: string): Promise<Executed> {
  const { namespace, name } = view.key;
  const now = deps.clock.now();
  const change = {
    ...{ namespace, name, claimer, state: 'ended' as const, specHash: 'none' },
    ...{ attempt: 0, try: 0, launchBefore: now, replayed: false, restarts: {}, backOffCount: 0 },
    expiresAt: now + KEEP_ENDED_MS,
  } as const;
  const outcome = await writeRecord(view, change, { kind: 'absent' }, deps);
  return executedWrite(view, outcome);
}
