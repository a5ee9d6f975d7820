import type { Action } from '../core/action.ts';
import { isRefusal, UNSUPPORTED } from '../core/assessment.ts';
import type { Pod } from '../core/kubernetes.ts';
import { diffPodStatus } from '../core/pod-status.ts';
import { eventsOfChange } from '../core/status-events.ts';
import type { View } from '../core/view.ts';
import type { ClusterEvent } from '../ports/events.ts';
import type { PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { noticeOf } from './notice-of.ts';
import { observePod } from './observe-pod.ts';
import { podFields } from './pod-fields.ts';
import { podIn } from './write-record.ts';

/** A status that the API server calls invalid is a fault of ours: alarmed, and not sent again at once. */
const INVALID_PAUSE_MS = 5 * 60_000;

/** Writes a status difference, then tells what changed. A conflict looks again and lets the fold decide anew. */
export async function publishStatus(
  view: View,
  { patch, annotations }: Pick<Action & { kind: 'patchStatus' }, 'patch' | 'annotations'>,
  deps: PodDeps,
): Promise<Executed> {
  const before = podIn(view);
  const outcome = await deps.pods.patchStatus(before, patch, annotations);
  switch (outcome.kind) {
    case 'patched': {
      const after = { ...view, pod: outcome.pod };
      await announceChange(before, after, outcome.pod, deps);
      return { view: after };
    }
    case 'conflict':
      return { view: await observePod(deps, view.node, view.key), overtaken: true };
    case 'gone':
      return { view: { ...view, pod: undefined }, overtaken: true };
    case 'invalid':
      deps.telemetry.error('Pod status was called invalid', { message: outcome.message, ...podFields(view) });
      return { view, pauseUntil: deps.clock.now() + INVALID_PAUSE_MS, overtaken: true };
  }
}

async function announceChange(before: Pod, view: View, after: Pod, deps: PodDeps): Promise<void> {
  const events = eventsOfChange(before, after).map(({ fieldPath, ...event }) => ({
    ...event,
    about: aboutPod(view, fieldPath),
  }));
  for (const event of events) await deps.events.publish(event, view.node, deps.clock.now());
  const phase = after.status?.phase;
  if (phase === before.status?.phase) return;
  if (phase === 'Running') await announceRunning(view, deps);
  if (phase === 'Succeeded' || phase === 'Failed') await announceEnd(view, after, deps);
}

async function announceRunning(view: View, deps: PodDeps): Promise<void> {
  const { launchedAt, task } = view.record ?? {};
  const now = deps.clock.now();
  const launchedToRunning =
    launchedAt === undefined || task?.startedAt === undefined
      ? undefined
      : Math.max(0, task.startedAt - launchedAt);
  const runningToPatched = task?.startedAt === undefined ? undefined : Math.max(0, now - task.startedAt);
  if (launchedToRunning !== undefined) deps.telemetry.count('LaunchToRunning', launchedToRunning, view.node);
  await deps.notices.publish({
    ...noticeOf(view, deps.settings.cluster),
    kind: 'running',
    phase: 'Running',
    latenciesMs: {
      ...(launchedToRunning !== undefined && { launchedToRunning }),
      ...(runningToPatched !== undefined && { runningToPatched }),
    },
  });
}

async function announceEnd(view: View, pod: Pod, deps: PodDeps): Promise<void> {
  const exits = (view.record?.task?.containers ?? []).flatMap(({ name, exitCode }) =>
    exitCode === undefined ? [] : [[name, exitCode] as const],
  );
  const { phase, reason, message } = pod.status ?? {};
  await deps.notices.publish({
    ...noticeOf(view, deps.settings.cluster),
    kind: isRefusal(reason) ? 'refused' : 'finished',
    ...(phase !== undefined && { phase }),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    exitCodes: Object.fromEntries(exits),
  });
}

/** Tells once, when the pod is taken up, which of its fields are honoured only in part, all in one event. */
export async function announceWarnings(view: View, deps: PodDeps): Promise<void> {
  const warnings = view.assessment?.kind === 'runnable' ? view.assessment.warnings : [];
  if (warnings.length === 0) return;
  const message = warnings.map(({ path, note }) => `${path}: ${note}`).join('; ');
  const event = { type: 'Warning', reason: 'PodFieldApproximated', message, about: aboutPod(view) } as const;
  await deps.events.publish(event, view.node, deps.clock.now());
}

function aboutPod({ key }: View, fieldPath?: string): ClusterEvent['about'] {
  return {
    kind: 'Pod',
    namespace: key.namespace,
    name: key.name,
    uid: key.uid,
    ...(fieldPath !== undefined && { fieldPath }),
  };
}

/** One event with every offending path, then the pod is Failed. In this order: a crash between the two repeats the event, which only counts up. */
export async function refusePod(
  view: View,
  action: Action & { kind: 'refuse' },
  deps: PodDeps,
): Promise<Executed> {
  const { message = 'The pod cannot run on this node.', reason = UNSUPPORTED } = action.status;
  await deps.events.publish(
    { type: 'Warning', reason, message, about: aboutPod(view) },
    view.node,
    deps.clock.now(),
  );
  const patch = diffPodStatus(podIn(view), action.status);
  return patch === undefined ? { view } : publishStatus(view, { patch }, deps);
}

/** Tells why the pod is left Pending, then shows it on its containers. */
export async function holdPod(
  view: View,
  action: Action & { kind: 'hold' },
  deps: PodDeps,
): Promise<Executed> {
  const { reason, message } = action;
  await deps.events.publish(
    { type: 'Warning', reason, message, about: aboutPod(view) },
    view.node,
    deps.clock.now(),
  );
  return publishStatus(view, action, deps);
}

/** Removes the object whose end is published. Whether it went or was gone already: there is no pod of this UID to write to any more. */
export async function removePod(view: View, deps: PodDeps): Promise<Executed> {
  await deps.pods.remove(view.key, view.node);
  return { view: { ...view, pod: undefined } };
}
