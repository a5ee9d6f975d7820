import { describe, expect, it } from 'vitest';
import { toTime, type ContainerState, type ContainerStatus } from '../../lib/core/kubernetes.ts';
import { shownTime } from '../../lib/core/shown-time.ts';
import { ago, aPod } from '../support/vocabulary.ts';

const ran = (state: ContainerState, lastState?: ContainerState): ContainerStatus => ({
  ...{ name: 'main', ready: false, restartCount: 0, image: 'i', imageID: '' },
  state,
  ...(lastState !== undefined && { lastState }),
});
const ended = (from: number, to: number): ContainerState => ({
  terminated: { exitCode: 0, startedAt: toTime(ago(from)), finishedAt: toTime(ago(to)) },
});

describe('the time at which a task of a pod was there for certain', () => {
  it('is none while the pod shows neither its being taken up nor a container', () => {
    const { status: _, ...bare } = aPod();
    expect(shownTime(bare)).toBe(-Infinity);
    expect(shownTime(aPod())).toBe(-Infinity);
    expect(shownTime(aPod({ status: { containerStatuses: [ran({ waiting: {} })] } }))).toBe(-Infinity);
  });

  it.each([
    ['the pod was taken up', { startTime: toTime(ago(30)) }, 30],
    ['a container started', { containerStatuses: [ran({ running: { startedAt: toTime(ago(20)) } })] }, 20],
    ['a container ended', { containerStatuses: [ran(ended(25, 15))] }, 15],
    ['its run before ended', { containerStatuses: [ran({ waiting: {} }, ended(25, 12))] }, 12],
    ['an init container ended', { initContainerStatuses: [ran(ended(25, 18))] }, 18],
  ])('is when %s', (_, status, seconds) => {
    expect(shownTime(aPod({ status }))).toBe(ago(seconds));
  });

  it('is the latest of all of them', () => {
    const status = {
      startTime: toTime(ago(30)),
      initContainerStatuses: [ran(ended(28, 26))],
      containerStatuses: [ran({ running: { startedAt: toTime(ago(5)) } }, ended(25, 12))],
    };
    expect(shownTime(aPod({ status }))).toBe(ago(5));
  });
});
