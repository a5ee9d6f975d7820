// What becomes of the name of a deleted pod: who may have it, and when.
import { describe, expect, it } from 'vitest';
import { livingOf, sendsOf } from '../support/vocabulary-launch.ts';
import { passMinutes, running, stopsOf, WAYS, launchedBy } from './vocabulary-scenario.ts';

const STATEFUL = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  name: 'db',
  uid: 's',
  controller: true,
} as const;

describe.each(WAYS)('a name that is used again; $way', (way) => {
  it('by a StatefulSet is free only when the old task has stopped: the identity never exists twice', async () => {
    const world = await launchedBy(way, (fresh) => fresh.bind({ name: 'db-0', ownerReferences: [STATEFUL] }));
    const { arn } = world.provider.start(world.task().task.arn).task;
    world.kubernetes.controls.deletePod('default', 'db-0');
    await way.minutes(world, 2);
    expect(() => world.bind({ name: 'db-0' })).toThrow('exists');
    await way.hear(world, world.provider.exit(arn, 0));
    world.bind({ name: 'db-0', ownerReferences: [STATEFUL] });
    await way.look(world);
    expect(livingOf(world)).toHaveLength(1);
    expect(world.provider.tasks().map(({ task }) => task.state)).toEqual(['stopped', 'pending']);
  });

  it('after a forced delete has two tasks for the time that the old one takes to stop, as on any kubelet', async () => {
    const world = await launchedBy(way, (fresh) => fresh.bind({ name: 'db-0' }));
    const old = world.provider.start(world.task().task.arn).task.arn;
    world.kubernetes.controls.deletePod('default', 'db-0', 0);
    const { uid } = world.bind({ name: 'db-0' }).metadata;
    await way.look(world);
    expect(stopsOf(world)).toEqual([old]);
    expect(livingOf(world).map(({ owner, task }) => [owner?.uid === uid, task.state])).toEqual([
      [false, 'stopping'],
      [true, 'pending'],
    ]);
    await way.hear(world, world.provider.exit(old, 0));
    expect(world.pod('db-0')?.metadata.uid, 'the end of the old one does not touch the new one').toBe(uid);
    expect(world.line('db-0')).toBe('Pending; main: waiting ContainerCreating');
  });
});

describe('a finalizer', () => {
  it('keeps a force-deleted object; its task stops, its end is published, and it is left to whoever holds it', async () => {
    const world = await running((fresh) => fresh.bind({ finalizers: ['example.com/keep'] }));
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await world.pass();
    expect(world.pod()).toBeDefined();
    expect(world.task().task.state).toBe('stopping');
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.line()).toBe('Failed; main: terminated Error 143');
    expect(world.record()).toMatchObject({ state: 'ended' });
    await passMinutes(world, 10);
    expect(world.kubernetes.controls.callsOf('pods.remove')).toEqual([]);
    world.kubernetes.controls.changePod('default', 'web', (pod) => (pod.metadata.finalizers = []));
    await world.pass();
    expect(world.pod()).toBeUndefined();
    expect(sendsOf(world)).toHaveLength(1);
  });
});
