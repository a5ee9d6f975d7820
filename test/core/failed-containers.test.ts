import { describe, expect, it } from 'vitest';
import { readinessOf } from '../../lib/core/container-readiness.ts';
import { deriveInitStatuses } from '../../lib/core/container-status.ts';
import { findFailedContainer } from '../../lib/core/find-failed-container.ts';
import { derivePodStatus } from '../../lib/core/pod-status.ts';
import {
  aLaunch,
  aPod,
  aStoppedTask,
  aTask,
  ago,
  deleted,
  exited,
  NOW,
  READY,
} from '../support/vocabulary.ts';

const failing = aStoppedTask(1, {
  startedAt: undefined as never,
  containers: [exited('lambdalet-writer', 1)],
});

describe('a container that failed', () => {
  it('is none of a pod whose task is not known, has stopped, or is asked to go', () => {
    const pod = aPod();
    expect(findFailedContainer(pod, aLaunch(null))).toBeUndefined();
    expect(findFailedContainer(pod, aLaunch(failing))).toBeUndefined();
    expect(findFailedContainer(deleted(pod), aLaunch(aTask()))).toBeUndefined();
    expect(findFailedContainer(aPod({ status: { phase: 'Failed' } }), aLaunch(aTask()))).toBeUndefined();
  });

  it('is none while all is well, of a pod without a policy too', () => {
    expect(
      findFailedContainer(aPod({ spec: { restartPolicy: undefined as never } }), aLaunch()),
    ).toBeUndefined();
  });

  it('and is a helper has every container of a pod without init containers wait', () => {
    const stop = { why: 'initFailed', container: 'lambdalet-writer', at: ago(5), deadline: NOW } as const;
    const { containerStatuses } = derivePodStatus(aPod(), aLaunch(failing, { stop }), NOW, READY);
    expect(containerStatuses[0]?.state?.waiting?.reason).toBe('CreateContainerConfigError');
  });
});

describe('a container of which nothing is known', () => {
  it('is started and ready when it has no probes', () => {
    const pod = aPod();
    expect(readinessOf(pod, { name: 'main' }, undefined, READY)).toEqual({ started: true, ready: true });
  });

  it('is none of the init containers of a pod that has none', () => {
    const facts = { pod: aPod(), record: undefined, ending: undefined, rules: READY };
    expect(deriveInitStatuses(facts)).toEqual([]);
  });
});
