import type { Pod, PodKey } from '../../lib/core/kubernetes.ts';
import type { RecordChange } from '../../lib/ports/records.ts';
import type { Court } from './court.ts';
import type { Fate } from './deeds.ts';
import type { Sandbox } from './sandbox.ts';
import { ordinal } from './story.ts';
import type { GatedCall } from './strikes.ts';

/** A call in words. */
export function tellCall(court: Court, { port, method, args }: GatedCall): string {
  const words = WORDS.get(`${port}.${method}`);
  return words === undefined ? `${port}.${method}` : words(court, args[0], args[1]);
}

type Words = (court: Court, first: unknown, second: unknown) => string;

const WORDS: ReadonlyMap<string, Words> = new Map<string, Words>([
  [
    'ecs.RunTask',
    (court, first) => {
      const { clientToken = '', startedBy = '' } = first as { clientToken?: string; startedBy?: string };
      const label = court.files.labelOf(startedBy.split('/')[0]);
      return `RunTask for ${label} (token ${clientToken.split('.').slice(1).join('.')})`;
    },
  ],
  [
    'ecs.StopTask',
    (court, first) => {
      const task = court.tasks.get((first as { task: string }).task);
      return `StopTask of the ${ordinal(task?.nth ?? 0)} task of ${court.files.labelOf(task?.uid)}`;
    },
  ],
  [
    'records.write',
    (court, first, second) =>
      `writes the record of ${court.files.labelOf((first as PodKey).uid)}: ${tellChange(second as RecordChange)}`,
  ],
  [
    'pods.patchStatus',
    (court, first, second) =>
      `patches ${court.files.labelOf((first as Pod).metadata.uid)}: ${tellStatus(second as Pod['status'])}`,
  ],
  ['pods.remove', (court, first) => `removes pod ${court.files.labelOf((first as PodKey).uid)}`],
]);

function tellChange(change: RecordChange): string {
  const { state, attempt, task, stop } = change;
  const parts = [
    state,
    attempt === undefined ? undefined : `attempt ${attempt}`,
    task === undefined ? undefined : `its task is ${task.state}`,
    stop === undefined ? undefined : `to stop: ${stop.why}`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : Object.keys(change).join(', ');
}

function tellStatus(status: Pod['status']): string {
  const containers = (status?.containerStatuses ?? []).map(({ name, state, restartCount }) => {
    const now = state?.running
      ? 'running'
      : (state?.waiting?.reason ?? `exit ${state?.terminated?.exitCode ?? '?'}`);
    return `${name} ${now}, ${restartCount} restarts`;
  });
  return (
    [status?.phase, ...containers].filter((part) => part !== undefined).join('; ') ||
    Object.keys(status ?? {}).join(', ')
  );
}

/** What will become of a call. */
export function tellFate(court: Court, call: GatedCall, sandbox: Sandbox, fate: Fate): string {
  const what = `${sandbox.name}: ${tellCall(court, call)}`;
  switch (fate.kind) {
    case 'fails':
      return `${what}: it will fail (${fate.as})`;
    case 'losesAnswer':
      return `${what}: its answer will be lost`;
    case 'isSentTwice':
      return `${what}: it will be sent twice`;
    case 'arrivesLate':
      return `${what}: it will time out, and arrive ${fate.ms} ms later`;
    case 'isSlow':
      return `${what}: it will take ${fate.ms} ms`;
    case 'crashes':
      return fate.moment === 'before'
        ? `${what}: it crashes before`
        : `${what}: it will crash before the answer`;
    case 'freezes':
      return `${what}: it will stand still for ${fate.ms / 1000} s`;
  }
}

/** What people call the pod that a call is about. */
export function labelIn(court: Court, [first]: readonly unknown[]): string {
  const { uid, metadata } = (first ?? {}) as {
    readonly uid?: string;
    readonly metadata?: { readonly uid: string };
  };
  return court.files.labelOf(uid ?? metadata?.uid);
}
