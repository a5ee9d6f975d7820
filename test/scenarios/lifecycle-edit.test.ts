// What happens to a pod that is edited while it is here: a task cannot follow, so nothing of it may be pretended.
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { livingOf, passes } from '../support/vocabulary-launch.ts';
import { intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { SECOND } from '../support/vocabulary.ts';
import {
  aged,
  forgetWrites,
  launchedBy,
  passMinutes,
  running,
  runningBefore,
  told,
  WAYS,
  writesOf,
} from './vocabulary-scenario.ts';

const NEW = 'registry.invalid/app:2';
const OLD = 'registry.invalid/app:1';

/** Someone edits the spec of the pod: the API server raises its generation. */
function edit({ kubernetes }: LoopWorld, change: (spec: Pod['spec']) => unknown): void {
  kubernetes.controls.changePod('default', 'web', (pod) => {
    pod.metadata.generation = (pod.metadata.generation ?? 0) + 1;
    change(pod.spec);
  });
}
const setImage =
  (image: string) =>
  (spec: Pod['spec']): unknown =>
    (spec.containers[0]!.image = image);
const resize =
  (cpu: string) =>
  (spec: Pod['spec']): unknown =>
    (spec.containers[0]!.resources = { requests: { cpu }, limits: { cpu } });

const shownImage = (world: LoopWorld): string | undefined =>
  world.pod()?.status?.containerStatuses?.[0]?.image;
const conditions = (world: LoopWorld): Record<string, string> => conditionsOf(world.pod()?.status);

describe.each(WAYS)('an edit of labels and annotations; $way', (way) => {
  it('writes nothing to the pod, to its record and to the provider, in whatever state it is', async () => {
    const world = await launchedBy(way, (fresh) => fresh.bind());
    const relabel = async (): Promise<void> => {
      forgetWrites(world);
      const calls = world.provider.calls.length;
      world.kubernetes.controls.changePod('default', 'web', (pod) => {
        pod.metadata.labels = { at: String(world.clock.now()) };
        pod.metadata.annotations = { at: String(world.clock.now()) };
      });
      await way.look(world);
      expect(writesOf(world)).toEqual([]);
      expect(world.provider.calls.slice(calls)).toEqual([]);
    };
    await relabel();
    await way.hear(world, world.provider.start(world.task().task.arn));
    await relabel();
    expect(world.line()).toBe('Running; main: running');
  });
});

describe('a new image of a running pod', () => {
  it('is refused with one event, and the image that is shown stays the one that runs', async () => {
    const world = await running();
    const { arn } = world.task().task;
    edit(world, setImage(NEW));
    await passMinutes(world, 11);
    expect(told(world, 'UpdateNotSupported')).toMatchObject([{ count: 1 }]);
    expect(told(world, 'UpdateNotSupported')[0]?.message).toContain(`main (${NEW})`);
    expect(shownImage(world)).toBe(OLD);
    expect(world.line()).toBe('Running; main: running');
    expect(livingOf(world)).toMatchObject([{ task: { arn } }]);
    expect(conditions(world)['PodResizePending']).toBeUndefined();
  });

  it('is told again when it is another one', async () => {
    const world = await running();
    for (const image of [NEW, 'registry.invalid/app:3']) {
      edit(world, setImage(image));
      await passes(world, 2);
    }
    expect(told(world, 'UpdateNotSupported').map(({ count }) => count)).toEqual([1, 1]);
  });

  it('is told by the event function too, when that comes first', async () => {
    const world = await running();
    edit(world, setImage(NEW));
    await world.tell(world.provider.setState(world.task().task.arn, {}));
    expect(told(world, 'UpdateNotSupported')).toHaveLength(1);
    expect(shownImage(world)).toBe(OLD);
  });

  it('takes effect with the next attempt, which says so by the image that it shows', async () => {
    const world = await running();
    edit(world, setImage(NEW));
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    await passMinutes(world, 1);
    await world.tell(world.provider.start(world.task().task.arn));
    expect(shownImage(world)).toBe(NEW);
  });

  it('is no news once an attempt runs it: another edit that a task can follow is not refused for it', async () => {
    const world = await running();
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    edit(world, setImage(NEW));
    await passMinutes(world, 1);
    await world.tell(world.provider.start(world.task().task.arn));
    edit(world, (spec) => (spec.activeDeadlineSeconds = 86_400));
    await passes(world, 2);
    expect(shownImage(world)).toBe(NEW);
    expect(told(world, 'UpdateNotSupported')).toEqual([]);
    expect(told(world, 'ResizeInfeasible')).toEqual([]);
  });

  it('that is taken back after an attempt runs it is an edit', async () => {
    const world = await running();
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    edit(world, setImage(NEW));
    await passMinutes(world, 1);
    await world.tell(world.provider.start(world.task().task.arn));
    edit(world, setImage(OLD));
    await passes(world, 2);
    expect(told(world, 'UpdateNotSupported')).toHaveLength(1);
    expect(shownImage(world)).toBe(NEW);
  });
});

describe('a resize of a running pod', () => {
  it('is infeasible: one event, the condition, and nothing else changes', async () => {
    const world = await running();
    edit(world, resize('2'));
    await passMinutes(world, 11);
    expect(told(world, 'ResizeInfeasible')).toMatchObject([{ count: 1 }]);
    expect(conditions(world)).toMatchObject({ PodResizePending: 'True Infeasible', Ready: 'True' });
    expect(livingOf(world)).toHaveLength(1);
  });

  it('that would not even fit Fargate is infeasible as well', async () => {
    const world = await running();
    intercept(
      world,
      'provider',
      'assess',
      (assess) => (pod, node) =>
        pod.spec.containers[0]?.resources?.limits?.['cpu'] === '200'
          ? { kind: 'unsupported', faults: [{ path: 'spec.containers', note: 'No task has 200 vCPU.' }] }
          : assess(pod, node),
    );
    edit(world, resize('200'));
    await passes(world, 3);
    expect(told(world, 'ResizeInfeasible'), 'nobody is told').toHaveLength(1);
    expect(conditions(world)).toMatchObject({ PodResizePending: 'True Infeasible', Ready: 'True' });
    expect(world.line()).toBe('Running; main: running');
  });

  it('that is taken back is answered no longer', async () => {
    const world = await running();
    const before = world.pod()!.spec.containers[0]!.resources;
    edit(world, resize('2'));
    await passes(world, 2);
    edit(world, (spec) => {
      if (before === undefined) delete spec.containers[0]!.resources;
      else spec.containers[0]!.resources = before;
    });
    await passes(world, 2);
    expect(conditions(world)['PodResizePending']).toBe('False');
  });

  it('takes effect with the next attempt, and the condition is withdrawn', async () => {
    const world = await running();
    edit(world, resize('2'));
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    await passMinutes(world, 1);
    await world.tell(world.provider.start(world.task().task.arn));
    await world.pass();
    expect(conditions(world)['PodResizePending']).toBe('False');
  });
});

describe('a shorter activeDeadlineSeconds of a running pod', () => {
  it('is followed without a word: it is the one edit that needs no other task', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { activeDeadlineSeconds: 7200 } }));
    edit(world, (spec) => (spec.activeDeadlineSeconds = 60));
    await world.pass();
    expect(told(world, 'UpdateNotSupported').concat(told(world, 'ResizeInfeasible'))).toEqual([]);
    await world.clock.advance(60 * SECOND);
    await world.pass();
    expect(world.record()?.stop).toMatchObject({ why: 'deadlineExceeded' });
  });
});

describe('a pod whose record was rebuilt from the provider', () => {
  const rebuilt = (): Promise<LoopWorld> =>
    aged(
      async (fresh) => {
        await runningBefore(fresh, fresh.bind({ status: { phase: 'Running' } }));
      },
      { rebuilt: false },
    );

  it('is not taken for edited', async () => {
    const world = await rebuilt();
    await passes(world, 3);
    expect(world.line()).toBe('Running; main: running');
    expect(told(world, 'UpdateNotSupported').concat(told(world, 'ResizeInfeasible'))).toEqual([]);
  });

  it('is not called resized when only its deadline is changed', async () => {
    const world = await rebuilt();
    await passes(world, 2);
    edit(world, (spec) => (spec.activeDeadlineSeconds = 86_400));
    await passes(world, 2);
    expect(told(world, 'UpdateNotSupported').concat(told(world, 'ResizeInfeasible'))).toEqual([]);
    expect(conditions(world)['PodResizePending']).toBeUndefined();
  });
});
