import { describe, expect, it } from 'vitest';
import { toTime } from '../../lib/core/kubernetes.ts';
import { derivePodStatus } from '../../lib/core/pod-status.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import {
  READY,
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aTask,
  NOW,
  patched,
  seen,
  showing,
} from '../support/vocabulary.ts';

const gated = aPod({
  spec: { readinessGates: [{ conditionType: 'lb/ready' }, { conditionType: 'mesh/ready' }] },
});
const condition = (type: string, pod = aPod(), record = aLaunch()) =>
  derivePodStatus(pod, record, NOW, READY).conditions.find((one) => one.type === type);

describe('the condition Ready', () => {
  it('names the containers that are not', () => {
    const pod = aPod({ containers: ['a', 'b', 'c'] });
    const task = aTask({ containers: [seen('a'), { name: 'b', state: 'pending' }] });
    expect(condition('Ready', pod, aLaunch(task))?.message).toBe('containers with unready status: [b c]');
  });

  it('waits for every readiness gate, which others set', () => {
    const half = patched(gated, { conditions: [{ type: 'lb/ready', status: 'True' }] });
    const closed = patched(half, { conditions: [{ type: 'mesh/ready', status: 'False' }] });
    const open = patched(half, { conditions: [{ type: 'mesh/ready', status: 'True' }] });
    const gates = (pod: typeof gated) => condition('Ready', pod);
    expect(gates(gated)?.message).toBe(
      'corresponding condition of pod readiness gate "lb/ready" does not exist or is not "True". ' +
        'corresponding condition of pod readiness gate "mesh/ready" does not exist or is not "True".',
    );
    expect(gates(closed)).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
    expect(gates(open)).toMatchObject({ status: 'True' });
    expect(condition('ContainersReady', gated)).toMatchObject({ status: 'True' });
  });

  it('counts no gate of a pod without any condition as met', () => {
    const bare = { ...gated, status: undefined as never };
    expect(condition('Ready', bare)).toMatchObject({ reason: 'ReadinessGatesNotReady' });
  });

  it('is set right again after a node flap', () => {
    const shown = showing(aPod(), aLaunch());
    const flapped = patched(shown, { conditions: [{ type: 'Ready', status: 'False' }] });
    expect(condition('Ready', flapped)).toMatchObject({ status: 'True', lastTransitionTime: toTime(NOW) });
  });
});

describe('the transition times', () => {
  const since = toTime(ago(500));
  const old = patched(showing(aPod(), aLaunch(aPendingTask())), {
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: type === 'ContainersReady' || type === 'Ready' ? 'False' : 'True',
      lastTransitionTime: since,
    })),
  });

  it('stay while the status stays, although the words change', () => {
    expect(condition('Ready', old, aLaunch(aPendingTask()))?.lastTransitionTime).toBe(since);
    expect(condition('PodScheduled', old)?.lastTransitionTime).toBe(since);
  });

  it('move when the status turns', () => {
    expect(condition('Ready', old)?.lastTransitionTime).toBe(toTime(NOW));
    expect(condition('PodReadyToStartContainers', old)?.lastTransitionTime).toBe(toTime(NOW));
  });
});

it('conditions of others are never in what we write', () => {
  const pod = patched(gated, { conditions: [{ type: 'lb/ready', status: 'True' }] });
  expect(Object.keys(conditionsOf(derivePodStatus(pod, aLaunch(), NOW, READY)))).toEqual([
    'PodScheduled',
    'PodReadyToStartContainers',
    'Initialized',
    'ContainersReady',
    'Ready',
  ]);
});

describe('the answer to a resize', () => {
  const resized = aLaunch(aTask(), { edit: { kind: 'resize', message: 'not while it runs', attempt: 1 } });
  const answered = patched(aPod(), {
    conditions: [{ type: 'PodResizePending', status: 'True', lastTransitionTime: toTime(ago(60)) }],
  });

  it('is that it cannot be done', () => {
    expect(condition('PodResizePending', aPod(), resized)).toEqual({
      type: 'PodResizePending',
      status: 'True',
      reason: 'Infeasible',
      message: 'not while it runs',
      lastTransitionTime: toTime(NOW),
    });
  });

  it('stays as long as it is so', () => {
    expect(condition('PodResizePending', answered, resized)).toMatchObject({
      status: 'True',
      lastTransitionTime: toTime(ago(60)),
    });
  });

  it('is withdrawn once the resize has taken effect, and then said no more', () => {
    expect(condition('PodResizePending', answered)).toEqual({
      type: 'PodResizePending',
      status: 'False',
      lastTransitionTime: toTime(NOW),
    });
    const withdrawn = patched(answered, { conditions: [{ type: 'PodResizePending', status: 'False' }] });
    expect(condition('PodResizePending', withdrawn)).toBeUndefined();
  });

  it('is not given by an attempt after the edited one', () => {
    expect(condition('PodResizePending', aPod(), { ...resized, attempt: 2 })).toBeUndefined();
  });

  it('is not given to another edit, nor where nothing was edited', () => {
    const edited = aLaunch(aTask(), { edit: { kind: 'spec', message: 'another image', attempt: 1 } });
    expect(condition('PodResizePending', aPod(), edited)).toBeUndefined();
    expect(condition('PodResizePending', aPod())).toBeUndefined();
    const flapping = patched(aPod(), { conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
    expect(condition('PodResizePending', flapping)).toBeUndefined();
  });

  it('is withdrawn from a pod that is over', () => {
    const over = patched(answered, { phase: 'Failed' });
    expect(condition('PodResizePending', over, resized)).toMatchObject({ status: 'False' });
  });
});
