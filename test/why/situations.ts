// Ten situations in which somebody asks why, as they are read.
import type { ContainerStatus, Pod } from '../../lib/core/kubernetes.ts';
import type { PodRecord, Refusal } from '../../lib/core/record.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import type { Evidence } from '../../lib/why/evidence.ts';
import {
  aClaim,
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  deleted,
  exited,
  NOW,
  SECOND,
  seen,
  showing,
} from '../support/vocabulary.ts';
import { evidenceOf, known, unread } from './why-words.ts';

const none = known(undefined);

function remembered(record: PodRecord, pod: Pod = aPod(), task?: ObservedTask): Partial<Evidence> {
  return {
    pod: known(showing(pod, record)),
    record: known(record),
    task: task === undefined ? none : known({ task }),
  };
}

function refused(kind: Refusal['kind'], message: string): PodRecord {
  return aClaim({
    refusal: { kind, message, at: ago(20), tries: 2, retry: true, podReason: 'X' },
    ...{ nextTryAt: NOW + 190 * SECOND, launchBefore: ago(1), firstSentAt: ago(60) },
  });
}

const INIT = aPod({
  spec: { initContainers: [{ name: 'migrate', image: 'registry.invalid/init:1' }] },
});
const initFailed = aLaunch(
  aStoppedTask(0, {
    ...{ cause: 'requested', startedAt: undefined as never, version: 9, stoppedAt: ago(4) },
    containers: [exited('migrate', 1), { name: 'main', state: 'stopped' }],
  }),
  {
    stop: { why: 'initFailed', container: 'migrate', at: ago(9), deadline: NOW },
    ...{ restarts: { migrate: 6 }, backOffCount: 6, attempt: 7 },
  },
);
const crashed = aLaunch(
  aStoppedTask(0, {
    ...{ version: 9, stoppedAt: ago(4), reason: 'Essential container in task exited.' },
    containers: [exited('main', 137, { outOfMemory: true, reason: 'OutOfMemoryError: container killed.' })],
  }),
  { restarts: { main: 3 }, backOffCount: 2, attempt: 4 },
);
const imageless = aLaunch(
  aPendingTask({
    ...{ state: 'stopped', version: 9, stoppedAt: ago(4), cause: 'imagePull' },
    reason: 'CannotPullContainerError: pull image manifest has been retried 1 time(s): not found.',
    containers: [{ name: 'main', state: 'stopped' }],
  }),
);
const stopping = aLaunch(aTask({ state: 'stopping' }), {
  stop: { why: 'deleted', at: ago(12), deadline: NOW + 18 * SECOND },
});
const lost = aLaunch(aStoppedTask(0, { cause: 'lost', containers: [], stoppedAt: ago(4), version: 9 }));
/** An init container that failed six times before it went on. */
const initRestarts: ContainerStatus[] = [
  {
    ...{ name: 'migrate', image: 'x', imageID: '', ready: true, restartCount: 6 },
    state: { terminated: { exitCode: 0 } },
  },
];
const afterInit = aLaunch(aTask({ containers: [exited('migrate', 0), seen('main')] }), {
  ...{ restarts: { migrate: 6 }, attempt: 7 },
});
const runs = showing(INIT, afterInit);

/** By their names, which are those of the golden files. */
export const SITUATIONS: Readonly<Record<string, Evidence>> = {
  refused: evidenceOf(
    remembered(refused('configuration', 'secret "db" not found in namespace default. It must be there.')),
  ),
  throttled: evidenceOf(remembered(refused('throttled', 'ecs:RunTask: Rate exceeded.'))),
  running: evidenceOf({
    ...{ record: known(afterInit), task: known({ task: afterInit.task! }) },
    pod: known({ ...runs, status: { ...runs.status, initContainerStatuses: initRestarts } }),
  }),
  'init-crash': evidenceOf(remembered(initFailed, INIT)),
  'crash-loop': evidenceOf(remembered(crashed)),
  'image-error': evidenceOf(remembered(imageless)),
  terminating: evidenceOf(remembered(stopping, deleted(aPod(), 30))),
  deleted: evidenceOf({
    ...{ pod: none, task: none },
    record: known({ ...crashed, state: 'ended', expiresAt: NOW + 3_000 * SECOND }),
  }),
  'other-node': evidenceOf({
    ...{ record: none, task: none, mark: none },
    pod: known(aPod({ spec: { nodeName: 'ip-10-0-0-1' } })),
  }),
  'no-record': evidenceOf({ pod: none, record: none, task: none, node: none, mark: none }),
  'lost-task': evidenceOf(remembered(lost)),
  'unread-record': evidenceOf({
    ...{
      record: unread('dynamodb:GetItem: not authorized.'),
      task: unread('dynamodb:GetItem: not authorized.'),
    },
    mark: unread('dynamodb:GetItem: not authorized.'),
  }),
};
