import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { ContainerProbes, PodRecord } from '../../lib/core/record.ts';
import { endingOf } from '../../lib/core/restart.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import {
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  deleted,
  eventFunction,
  holder,
  NOW,
  SECOND,
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
      when: 'is none before its task runs',
      view: settled(aLaunch(aPendingTask(), dead)),
      then: { kind: 'wait' },
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
