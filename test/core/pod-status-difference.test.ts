import { describe, expect, it } from 'vitest';
import type { ContainerState, Pod, PodCondition, PodStatus } from '../../lib/core/kubernetes.ts';
import { derivePodStatus, diffPodStatus, type OwnStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import {
  READY,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  NOW,
  showing,
} from '../support/vocabulary.ts';

const statusOf = (pod: Pod, record: PodRecord | undefined) => derivePodStatus(pod, record, NOW, READY);

/** The pod of a running task, all of it published, and what is wanted of it: nothing new. */
const shown = showing(aPod(), aLaunch());
const wanted: OwnStatus = statusOf(shown, aLaunch());
/** What is patched when this is wanted too. */
const patchFor = (words: Partial<OwnStatus>, pod = shown) => diffPodStatus(pod, { ...wanted, ...words });
/** The same pod with its condition Ready as given. */
const withReady = (words: Partial<PodCondition>): Pod => ({
  ...shown,
  status: {
    ...shown.status,
    conditions: shown.status!.conditions!.map((condition) =>
      condition.type === 'Ready' ? { ...condition, ...words } : condition,
    ),
  },
});

describe('what is patched', () => {
  it('is nothing where nothing differs', () => {
    expect(patchFor({})).toBeUndefined();
  });

  it.each([
    { field: 'phase', words: { phase: 'Failed' } },
    { field: 'reason', words: { reason: 'Because' } },
    { field: 'message', words: { message: 'it is so' } },
  ] as const)('is the $field when only that differs', ({ words }) => {
    expect(patchFor(words)).toEqual(words);
  });

  it('is never a start time where there is one', () => {
    expect(patchFor({ startTime: '2020-01-01T00:00:00Z' })).toBeUndefined();
  });

  it('is the start time where there is none', () => {
    const { startTime: _none, ...status } = shown.status!;
    expect(patchFor({ startTime: '2020-01-01T00:00:00Z' }, { ...shown, status })).toEqual({
      startTime: '2020-01-01T00:00:00Z',
    });
  });

  it('are both addresses when either differs', () => {
    const both = { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] };
    const shownAt = (words: Partial<PodStatus>): Pod => ({ ...shown, status: { ...shown.status, ...words } });
    expect(patchFor({}, shownAt({ podIP: '10.0.0.9' }))).toEqual(both);
    expect(patchFor({}, shownAt({ podIPs: [{ ip: '10.0.0.9' }] }))).toEqual(both);
  });

  it('is no address while none is known, whatever is shown', () => {
    const { podIP: _gone, podIPs: _too, ...rest } = wanted;
    expect(diffPodStatus(shown, rest)).toBeUndefined();
  });

  it.each([
    { field: 'status', words: { status: 'False' } },
    { field: 'reason', words: { reason: 'Because' } },
    { field: 'message', words: { message: 'it is so' } },
  ] as const)('is a condition whose $field differs, whole and alone', ({ words }) => {
    const ready = wanted.conditions.find(({ type }) => type === 'Ready');
    expect(patchFor({}, withReady(words))).toEqual({ conditions: [ready] });
  });

  it('is no condition whose reason and message are empty where none are wanted', () => {
    expect(patchFor({}, withReady({ reason: '', message: '' }))).toBeUndefined();
    const emptied = wanted.conditions.map((condition) => ({ ...condition, reason: '', message: '' }));
    expect(patchFor({ conditions: emptied })).toBeUndefined();
  });

  it('is no condition of which only the time differs', () => {
    expect(patchFor({}, withReady({ lastTransitionTime: '2020-01-01T00:00:00Z' }))).toBeUndefined();
  });

  it('are all container statuses when one differs', () => {
    const [main] = wanted.containerStatuses;
    const containerStatuses = [{ ...main!, ready: false }];
    expect(patchFor({ containerStatuses })).toEqual({ containerStatuses });
  });
});

describe('the phase', () => {
  /** A pod whose container is shown in these states, of which nothing else is known. */
  const showingOnly = (phase: string, state: ContainerState, lastState: ContainerState = {}): Pod =>
    aPod({
      status: {
        phase,
        containerStatuses: [
          { name: 'main', image: 'i', imageID: '', ready: false, restartCount: 0, state, lastState },
        ],
      },
    });
  const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  const over: ContainerState = { terminated: { exitCode: 1, reason: 'Error' } };

  it.each([
    { when: 'nothing ran', pod: showingOnly('Pending', waiting), phase: 'Pending' },
    { when: 'it waits and has ended before', pod: showingOnly('Pending', waiting, over), phase: 'Running' },
    { when: 'it has ended', pod: showingOnly('Pending', over), phase: 'Running' },
    { when: 'it was Running', pod: showingOnly('Running', waiting), phase: 'Running' },
    { when: 'it was Succeeded', pod: showingOnly('Succeeded', waiting), phase: 'Succeeded' },
    { when: 'it was Failed', pod: showingOnly('Failed', waiting), phase: 'Failed' },
  ])('is $phase when $when', ({ pod, phase }) => {
    expect(statusOf(pod, undefined).phase).toBe(phase);
  });

  it('of an end is not moved by another end', () => {
    const succeeded = aPod({ spec: { restartPolicy: 'Never' }, status: { phase: 'Succeeded' } });
    expect(statusOf(succeeded, aLaunch(aStoppedTask(3))).phase).toBe('Succeeded');
  });
});

describe('the sandbox', () => {
  it.each([
    { task: aPendingTask(), ready: 'False' },
    { task: aPendingTask({ podIP: '10.0.0.1' }), ready: 'True' },
    { task: aTask({ state: 'stopping' }), ready: 'True' },
    { task: aStoppedTask(0), ready: 'False' },
  ])('of a task that is $task.state (address: $task.podIP) is ready: $ready', ({ task, ready }) => {
    expect(conditionsOf(statusOf(aPod(), aLaunch(task)))['PodReadyToStartContainers']).toBe(ready);
  });

  it('has no addresses without an address', () => {
    const status = statusOf(aPod(), aLaunch(aPendingTask()));
    expect(status).not.toHaveProperty('podIP');
    expect(status).not.toHaveProperty('podIPs');
  });
});
