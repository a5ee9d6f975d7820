import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { ContainerProbes, PodRecord } from '../../lib/core/record.ts';
import { derivePodStatus } from '../../lib/core/pod-status.ts';
import { endingOf } from '../../lib/core/restart.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import {
  NOW,
  READY,
  SECOND,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  ago,
  deleted,
  eventFunction,
  exited,
  holder,
  seen,
  showing,
} from '../support/vocabulary.ts';

const probe = { httpGet: { port: 80 } };
const podWith = (restartPolicy: string): Pod =>
  aPod({
    spec: { restartPolicy, containers: [{ name: 'main', livenessProbe: probe, readinessProbe: probe }] },
  });
const pod = podWith('Always');
const found = (probes: ContainerProbes, attempt = 1): Partial<PodRecord> => ({
  probes: { attempt, containers: { main: probes } },
});
const result = (ok: boolean) => ({ ok, against: 0, at: ago(1) });
const dead = found({ liveness: result(false) });
const settled = (record: PodRecord, of: Pod = pod) => aView({ pod: showing(of, record), record });
const stop = {
  kind: 'stop',
  request: { why: 'unhealthy', container: 'main', at: NOW, deadline: NOW + 120 * SECOND },
} as const;

describe('a container that its probes call dead', () => {
  decides([
    { when: 'has its task stopped', view: settled(aLaunch(aTask(), dead)), then: stop },
    {
      when: 'is left to the holder by the event function',
      view: settled(aLaunch(aTask(), dead)),
      caller: eventFunction,
      then: nothing,
    },
    {
      when: 'is none by what was found of an earlier attempt',
      view: settled(aLaunch(aTask(), { ...dead, attempt: 2 })),
      then: nothing,
    },
    {
      when: 'has its task stopped before all of it runs, too: a sidecar that does not start holds up the others',
      view: settled(aLaunch(aPendingTask(), dead)),
      then: stop,
    },
    {
      when: 'is none when it is only not ready',
      view: settled(aLaunch(aTask(), found({ liveness: result(true), readiness: result(false) }))),
      then: nothing,
    },
    {
      when: 'goes with its pod when that is deleted',
      view: settled(aLaunch(aTask(), dead), deleted(pod)),
      then: { kind: 'stop', request: { why: 'deleted', at: NOW, deadline: NOW + 120 * SECOND } },
    },
  ]);

  const stopped = { stop: { why: 'unhealthy', container: 'main', at: ago(5), deadline: NOW } } as const;
  const endOf = (of: Pod, exitCode: number) => {
    const task = aStoppedTask(exitCode, { cause: 'requested' });
    return endingOf(of, aLaunch(task, stopped), task);
  };
  it.each([
    { policy: 'Always', exitCode: 0, kind: 'again' },
    { policy: 'OnFailure', exitCode: 137, kind: 'again' },
    { policy: 'OnFailure', exitCode: 0, kind: 'terminal' },
    { policy: 'Never', exitCode: 137, kind: 'terminal' },
  ])('starts again under $policy after exit $exitCode: $kind', ({ policy, exitCode, kind }) => {
    expect(endOf(podWith(policy), exitCode).kind).toBe(kind);
  });
  it('ends with a pod that is deleted meanwhile', () => {
    expect(endOf(deleted(pod), 143)).toMatchObject({ kind: 'terminal', phase: 'Failed' });
  });
});

/** Two containers under OnFailure: `main` failed its probe, `side` was stopped for it. */
const both = aPod({
  spec: {
    restartPolicy: 'OnFailure',
    containers: [{ name: 'main', livenessProbe: probe }, { name: 'side' }],
  },
});
const cutOff = (words: Partial<ObservedTask>): PodRecord =>
  aLaunch(
    aTask({
      containers: [exited('main', 137, { finishedAt: ago(1) }), exited('side', 0, { finishedAt: ago(1) })],
      ...words,
    }),
    { stop: { why: 'unhealthy', container: 'main', at: ago(5), deadline: NOW } },
  );
const stateOf = (record: PodRecord, of = both) =>
  derivePodStatus(of, record, NOW, READY).containerStatuses.map(({ state }) => Object.keys(state ?? {})[0]);

describe('a container that is stopped for the sake of another under OnFailure', () => {
  it('is not shown as completed, which would be final', () => {
    expect(stateOf(cutOff({ state: 'stopping' }))).toEqual(['terminated', 'running']);
    expect(stateOf(cutOff({ state: 'stopped', cause: 'requested' }))).toEqual(['waiting', 'waiting']);
  });
  it('runs again with it', () => {
    const record = cutOff({ state: 'stopped', cause: 'requested' });
    expect(endingOf(both, record, record.task!).kind).toBe('again');
  });
  it('is done if it had ended before', () => {
    const early = cutOff({
      state: 'stopped',
      cause: 'requested',
      containers: [exited('main', 137), exited('side', 0, { finishedAt: ago(60) })],
    });
    expect(stateOf(early)).toEqual(['waiting', 'terminated']);
  });
  it('is shown as it ended when the pod is over', () => {
    const gone = cutOff({ state: 'stopped', cause: 'requested' });
    expect(stateOf(gone, deleted(both))).toEqual(['terminated', 'terminated']);
  });
  it('of which the time of its end is not known is taken for one that was stopped', () => {
    const { finishedAt: _, ...side } = exited('side', 0);
    expect(stateOf(cutOff({ state: 'stopping', containers: [seen(), side] }))).toEqual([
      'running',
      'running',
    ]);
  });
});

const sidecar = { name: 'proxy', restartPolicy: 'Always' };
const withSidecar = (restartPolicy: string) => aPod({ spec: { restartPolicy, initContainers: [sidecar] } });
const lost = aLaunch(aTask({ containers: [seen(), exited('proxy', 137)] }));

describe('a native sidecar that ended beside its app', () => {
  decides([
    {
      when: 'has the task of a pod that is to run for ever started anew',
      view: settled(lost, withSidecar('Always')),
      then: { kind: 'stop', request: { ...stop.request, why: 'sidecarEnded', container: 'proxy' } },
    },
    {
      when: 'is left alone where the app may complete without it',
      view: settled(lost, withSidecar('Never')),
      then: nothing,
    },
    {
      when: 'is started again with the rest',
      view: settled(
        aLaunch(
          aStoppedTask(0, { stoppedAt: ago(11), containers: [exited('main', 0), exited('proxy', 137)] }),
          { stop: { why: 'sidecarEnded', container: 'proxy', at: ago(20), deadline: NOW } },
        ),
        withSidecar('Always'),
      ),
      then: { kind: 'claim', attempt: 2 },
    },
  ]);
});

describe('readiness by network probes', () => {
  const prober = { ...holder, networkProbes: true };
  const readyPatch = (status: string) => ({
    kind: 'patchStatus' as const,
    patch: {
      conditions: [
        { type: 'ContainersReady', status },
        { type: 'Ready', status },
      ],
    },
  });
  decides([
    {
      when: 'is not there before the first success',
      view: settled(aLaunch()),
      caller: prober,
      then: readyPatch('False'),
    },
    {
      when: 'is there with it',
      view: settled(aLaunch(aTask(), found({ readiness: result(true) }))),
      caller: prober,
      then: nothing,
    },
  ]);
});
