// Bugs of Virtual Kubelet around the end of pods and tasks, each as a test that ours is right. Numbers are those of its issue tracker.
import { describe, expect, it } from 'vitest';
import { commandsOf, livingOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';
import {
  aged,
  passMinutes,
  phasesOf,
  running,
  stopsOf,
  sweep,
  WAYS,
  launchedBy,
} from './vocabulary-scenario.ts';

describe.each(WAYS)('Virtual Kubelet #587: a delete with grace 0 never reached the provider; $way', (way) => {
  it('stops the task as soon as it is noticed', async () => {
    const world = await launchedBy(way, (fresh) => fresh.bind());
    await way.hear(world, world.provider.start(world.task().task.arn));
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await way.look(world);
    expect(world.task().task).toMatchObject({ state: 'stopping', reason: 'lambdalet: the pod was deleted' });
    expect(stopsOf(world)).toHaveLength(1);
  });
});

describe('Virtual Kubelet: a deleted pod was removed when its grace was over, though its task still ran', () => {
  it('keeps its object until the task has stopped, however long that takes', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web');
    await passMinutes(world, 10);
    expect(world.pod()).toBeDefined();
    expect(world.task().task.state).toBe('stopping');
    await world.tell(world.provider.exit(world.task().task.arn, 137));
    expect(world.pod()).toBeUndefined();
  });

  it('and one that stopped early stayed Terminating for its whole grace: here it goes with its task', async () => {
    const hour = { terminationGracePeriodSeconds: 3600 };
    const world = await running((fresh) => fresh.bind({ spec: hour }));
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    await world.clock.advance(5 * SECOND);
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.pod()).toBeUndefined();
  });

  it('and one whose containers all waited was removed before its task was stopped: here it waits', async () => {
    const world = await aged((fresh) => fresh.bind());
    await world.pass();
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.pod(), 'its task is still there').toBeDefined();
    expect(stopsOf(world)).toHaveLength(1);
    await world.tell(
      world.provider.setState(world.task().task.arn, { state: 'stopped', cause: 'requested' }),
    );
    expect(world.pod()).toBeUndefined();
  });
});

describe('Virtual Kubelet #874: a task that went away by itself took its pod object with it', () => {
  it('leaves the object: a pod is deleted by its owner only', async () => {
    const world = await running();
    await world.tell(
      world.provider.setState(world.task().task.arn, { state: 'stopping', cause: 'requested' }),
    );
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.kubernetes.controls.callsOf('pods.remove')).toEqual([]);
    expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
  });
});

describe('Virtual Kubelet: exit codes were made up', () => {
  it('(-137 for a pod that the provider lost): the end of a lost task is Kubernetes’ own word for unknown', async () => {
    const world = await running();
    world.provider.lose(world.task().task.arn);
    await sweep(world);
    await passMinutes(world, 3);
    expect(world.line()).toBe('Failed NodeLost; main: terminated ContainerStatusUnknown 137');
  });

  it('(0 and Succeeded for a deleted pod that was polled): one that never told is Failed', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, {}));
    expect(phasesOf(world)).toEqual(['Running', 'Failed']);
  });
});

describe('Virtual Kubelet #762: a pod that was over ran again after a restart', () => {
  it.each([0, 1])('never runs twice under Never: exit %i while nobody was there', async (code) => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    world.provider.exit(world.task().task.arn, code);
    await world.clock.advance(50 * MINUTE);
    await passMinutes(world, 2);
    const end = code === 0 ? 'Succeeded; main: terminated Completed 0' : 'Failed; main: terminated Error 1';
    expect(world.line()).toBe(end);
    expect(tokensOf(world)).toEqual(['1']);
  });
});

describe('Virtual Kubelet #1157 and #867: a pod of the same name was confused with the one before', () => {
  it('runs, though the old one was removed from under the loop: no loop of refused deletes', async () => {
    const world = await running();
    const old = world.task().task.arn;
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    world.kubernetes.controls.deletePod('default', 'web', 0);
    const { uid } = world.bind().metadata;
    await world.tell(world.provider.exit(old, 143));
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await passMinutes(world, 2);
    expect(world.pod()?.metadata).toMatchObject({ uid });
    expect(world.pod()?.metadata.deletionTimestamp).toBeUndefined();
    expect(world.line()).toBe('Running; main: running');
    expect(world.kubernetes.controls.callsOf('pods.remove').length).toBeLessThanOrEqual(1);
  });
});

describe('Virtual Kubelet: dangling tasks were stopped once, at the start, from whatever list there was (kip #107)', () => {
  it('keeps every task when lists lack half of the pods', async () => {
    const world = createWorld();
    const names = Array.from({ length: 60 }, (_, index) => `web-${index}`);
    for (const name of names) world.bind({ name });
    await world.pass();
    for (const { task } of world.provider.tasks()) await world.tell(world.provider.start(task.arn));
    intercept(
      world,
      'pods',
      'list',
      (list) =>
        async function* (node) {
          for await (const page of list(node)) yield { ...page, pods: page.pods.slice(30) };
        },
    );
    await passMinutes(world, 12);
    expect(stopsOf(world)).toEqual([]);
    expect(livingOf(world)).toHaveLength(60);
    expect(commandsOf(world).filter((command) => command === 'launch')).toHaveLength(60);
  });
});
