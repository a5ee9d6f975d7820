import { isRefusal } from './assessment.ts';
import { CEILING_REACHED } from './ceiling.ts';
import type { ContainerStatus, Pod } from './kubernetes.ts';

/** A Kubernetes event that a change of a pod's status deserves. */
export interface StatusEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The field of the container that it is about: `spec.initContainers{migrate}`. */
  readonly fieldPath?: string;
}

/** Waiting reasons that are not news: told by whoever decided it. */
const QUIET = new Set(['DaemonSetNotSupported', CEILING_REACHED]);

/** The events that tell a user what changed between two statuses of a pod, in the kubelet's words. */
export function eventsOfChange(before: Pod, after: Pod): StatusEvent[] {
  const events = [
    ...eventsOfContainers(
      'initContainers',
      before.status?.initContainerStatuses,
      after.status?.initContainerStatuses,
    ),
    ...eventsOfContainers('containers', before.status?.containerStatuses, after.status?.containerStatuses),
  ];
  const failed = after.status?.phase === 'Failed' && before.status?.phase !== 'Failed';
  const { reason, message } = after.status ?? {};
  if (failed && reason !== undefined && !isRefusal(reason)) {
    events.push({ type: 'Warning', reason, message: message ?? 'The pod failed.' });
  }
  return events;
}

function eventsOfContainers(
  list: 'initContainers' | 'containers',
  before: readonly ContainerStatus[] = [],
  after: readonly ContainerStatus[] = [],
): StatusEvent[] {
  return after.flatMap((status) => {
    const old = before.find(({ name }) => name === status.name);
    return eventsOfContainer(old, status, `spec.${list}{${status.name}}`);
  });
}

function eventsOfContainer(
  before: ContainerStatus | undefined,
  after: ContainerStatus,
  fieldPath: string,
): StatusEvent[] {
  const { name: container, image, state } = after;
  if (state?.running !== undefined && before?.state?.running === undefined) {
    return [
      {
        type: 'Normal',
        reason: 'Pulled',
        message: `Container image "${image}" pulled by Fargate`,
        fieldPath,
      },
      { type: 'Normal', reason: 'Started', message: `Started container ${container}`, fieldPath },
    ];
  }
  const waiting = newsOf(after);
  const old = before === undefined ? undefined : newsOf(before);
  if (waiting === undefined || (old?.reason === waiting.reason && old.message === waiting.message)) return [];
  return [{ ...eventOfWaiting(container, image, waiting.reason, waiting.message), fieldPath }];
}

/** What a container waits for, if that is news: being created is, only when something is said about what is in its way. */
function newsOf({ state }: ContainerStatus): { reason: string; message: string } | undefined {
  const { reason, message = '' } = state?.waiting ?? {};
  if (reason === undefined || QUIET.has(reason)) return undefined;
  if ((reason === 'ContainerCreating' || reason === 'PodInitializing') && message === '') return undefined;
  return { reason, message: withoutNextTry(message) };
}

function eventOfWaiting(container: string, image: string, reason: string, message: string): StatusEvent {
  const warning = { type: 'Warning' } as const;
  if (reason === 'CrashLoopBackOff')
    return {
      ...warning,
      reason: 'BackOff',
      message: `Back-off restarting failed container ${container}: ${message}`,
    };
  if (reason === 'ImagePullBackOff')
    return {
      type: 'Normal',
      reason: 'BackOff',
      message: `Back-off pulling image "${image}": ${message}`,
    };
  if (reason === 'ErrImagePull')
    return { ...warning, reason: 'Failed', message: `Failed to pull image "${image}": ${message}` };
  if (reason === 'ContainerCreating')
    return {
      ...warning,
      reason: 'FailedCreatePodSandBox',
      message: `Failed to create pod sandbox: ${message}`,
    };
  if (reason === 'CreateContainerConfigError') return { ...warning, reason: 'Failed', message };
  return { ...warning, reason, message };
}

/** The time of the next try changes with every try: in an event's text it would make each try a new event. */
function withoutNextTry(message: string): string {
  return message.replace(/ Next try at \S+$/, '');
}
