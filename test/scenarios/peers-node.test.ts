// Bugs of Virtual Kubelet around its Node, its lease and what happens to pods when the node is in trouble, each as a test that ours
// is right. Numbers are those of its issue tracker.
import { describe, expect, it } from 'vitest';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { livingOf, sendsOf } from '../support/vocabulary-launch.ts';
import type { LoopWorld } from '../support/vocabulary-loop.ts';
import { createNodeController } from '../support/vocabulary-node.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';
import {
  aged,
  forgetWrites,
  passMinutes,
  running,
  stopsOf,
  sweep,
  WAYS,
  writesOf,
  launchedBy,
} from './vocabulary-scenario.ts';

const nodeOf = ({ kubernetes }: LoopWorld) => kubernetes.controls.nodeOf('node-1');
const readyOf = (world: LoopWorld): string | undefined => conditionsOf(nodeOf(world)?.status)['Ready'];

/** One heartbeat, 12 s after the last. */
async function beat(world: LoopWorld): Promise<void> {
  await world.clock.advance(12 * SECOND);
  await world.clock.runUntil(beatNodes(world.deps));
}

describe.each(WAYS)(
  'Virtual Kubelet #899 and #978: pods stayed NotReady for ever after their node flapped; $way',
  (way) => {
    it('sets every pod Ready again, though no task ever changes', async () => {
      const names = ['a', 'b', 'c'];
      const world = await launchedBy(way, (fresh) => names.map((name) => fresh.bind({ name })));
      const tasks = world.provider.tasks().map(({ task }) => world.provider.start(task.arn));
      for (const task of tasks) await way.hear(world, task);
      forgetWrites(world);
      world.kubernetes.controls.flapNode('node-1');
      await way.look(world);
      for (const name of names)
        expect(conditionsOf(world.pod(name)?.status)).toMatchObject({ Ready: 'True' });
      expect(writesOf(world), 'one patch a pod').toEqual(names.map(() => 'pods.patchStatus'));
    });
  },
);

describe('Virtual Kubelet #956: a node stayed NotReady after a gap in its heartbeats', () => {
  it('is Ready with the first heartbeat after ten minutes of silence', async () => {
    const world = await running();
    const controller = createNodeController(world);
    for (let check = 0; check < 120; check += 1) {
      controller.check();
      await world.clock.advance(5 * SECOND);
    }
    expect(controller.unknownAt).toHaveLength(1);
    expect(readyOf(world)).toBe('Unknown NodeStatusUnknown');
    await beat(world);
    expect(readyOf(world)).toBe('True KubeletReady');
  });
});

describe('Virtual Kubelet #886 and #1143: a deleted Node was an error for ever, and its lease kept the old owner', () => {
  it('is made again by the next heartbeat, with a lease of the new Node, and its pods go on', async () => {
    const world = await running();
    const { uid } = nodeOf(world)!.metadata;
    const before = world.pod();
    world.kubernetes.controls.deleteNode('node-1');
    await beat(world);
    const now = nodeOf(world)!.metadata.uid;
    expect(now).not.toBe(uid);
    const lease = world.kubernetes.controls.leaseOf('node-1');
    expect(lease?.metadata.ownerReferences).toMatchObject([{ kind: 'Node', uid: now }]);
    expect(readyOf(world)).toBe('True KubeletReady');
    await passMinutes(world, 6);
    expect(world.pod()).toEqual(before);
    expect(livingOf(world)).toHaveLength(1);
    expect(sendsOf(world)).toHaveLength(1);
  });

  it('mends a lease that outlived its Node: the next garbage collection would take it', async () => {
    const world = await running();
    const old = world.kubernetes.controls.leaseOf('node-1')!;
    world.kubernetes.controls.deleteNode('node-1');
    await beat(world);
    world.kubernetes.controls.changeLease('node-1', (lease) => {
      lease.metadata.ownerReferences = old.metadata.ownerReferences!;
    });
    await beat(world);
    const lease = world.kubernetes.controls.leaseOf('node-1');
    expect(lease?.metadata.ownerReferences).toMatchObject([{ uid: nodeOf(world)?.metadata.uid }]);
  });

  it('calls no task lost while the new Node is younger than ten minutes', async () => {
    const world = await running();
    world.kubernetes.controls.deleteNode('node-1');
    await beat(world);
    world.provider.lose(world.task().task.arn);
    await sweep(world);
    await passMinutes(world, 3);
    expect(world.line()).toBe('Running; main: running');
    await passMinutes(world, 4);
    expect(world.line()).toBe('Failed NodeLost; main: terminated ContainerStatusUnknown 137');
  });
});

describe('Virtual Kubelet #321: pods of a node that was away were garbage, and were collected', () => {
  it('keeps a task while its pod was only marked by the garbage collector, and gives it up when the object went', async () => {
    const world = await running();
    world.kubernetes.controls.changePod('default', 'web', (pod) => {
      const conditions = pod.status!.conditions!;
      conditions.push({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC' });
    });
    await passMinutes(world, 1);
    expect(stopsOf(world)).toEqual([]);
    const target = { DisruptionTarget: 'True DeletionByPodGC' };
    expect(conditionsOf(world.pod()?.status), 'the mark of another is kept').toMatchObject(target);
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await world.pass();
    expect(stopsOf(world)).toHaveLength(1);
  });
});

describe('Virtual Kubelet: two of one node fought over its pods, so that it could never be more than one', () => {
  it('is looked after by two holders at once that start each pod once and write each change once', async () => {
    const world = await aged();
    void world.hold();
    await world.clock.advance(SECOND);
    world.slot.put(undefined);
    void world.hold();
    await world.clock.advance(0);
    world.slot.put(undefined);
    for (let pod = 0; pod < 20; pod += 1) world.bind({ name: `web-${pod}` });
    await world.clock.advance(2 * SECOND);
    expect(world.kubernetes.controls.openWatches(), 'both are at work').toBe(2);
    expect(sendsOf(world)).toHaveLength(20);
    for (const { task } of world.provider.tasks()) await world.tell(world.provider.start(task.arn));
    await world.clock.advance(SECOND);
    expect(livingOf(world)).toHaveLength(20);
    const started = world.kubernetes.controls.events().filter(({ reason }) => reason === 'Started');
    expect(started).toHaveLength(20);
    expect(started.every(({ count }) => count === 1)).toBe(true);
    await world.clock.advance(10 * MINUTE);
    expect(sendsOf(world)).toHaveLength(20);
    expect(stopsOf(world)).toEqual([]);
  });
});
