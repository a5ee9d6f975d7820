// Bugs of Virtual Kubelet's core that people reported or that its source shows, each as a test that ours is right. Numbers are those of
// its issue tracker.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import { FailureError } from '../../lib/core/failure.ts';
import type { PodStatus } from '../../lib/core/kubernetes.ts';
import { commandsOf, livingOf, passes, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';
import {
  aged,
  passMinutes,
  patchesOf,
  phasesOf,
  running,
  stopsOf,
  sweep,
  told,
  WAYS,
} from './vocabulary-scenario.ts';

const down: Failure = { kind: 'transient', message: 'random error' };

describe('Virtual Kubelet #744: a failed update pushed a Running pod to Pending, or to Failed under Never', () => {
  it.each(['Always', 'OnFailure', 'Never'] as const)(
    'stays Running and Ready under %s',
    async (restartPolicy) => {
      const world = await running((fresh) => fresh.bind({ spec: { restartPolicy } }));
      world.kubernetes.controls.changePod('default', 'web', (pod) => {
        pod.metadata.generation = 2;
        pod.spec.containers[0]!.image = 'registry.invalid/app:2';
      });
      world.kubernetes.controls.failNext('events.publish', down);
      await passMinutes(world, 6);
      expect(phasesOf(world)).toEqual(['Running']);
      expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'True' });
      expect(livingOf(world)).toHaveLength(1);
    },
  );
});

describe('Virtual Kubelet #773 and #1257: a pod was dropped in silence after 20 failed tries', () => {
  it('is still tried after 40 failed launches, with the reason on the pod, and runs in the end', async () => {
    const world = await aged((fresh) => fresh.bind());
    const full: Failure = { kind: 'capacity', message: 'Capacity is unavailable at this time.' };
    for (let time = 0; time < 40; time += 1) world.provider.failNext('launch', full);
    for (let time = 0; time < 40; time += 1) {
      await world.pass();
      expect(world.line()).toBe('Pending; main: waiting FargateCapacityUnavailable');
      await world.clock.advance(15 * MINUTE);
    }
    await world.pass();
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    expect(livingOf(world)).toHaveLength(1);
    expect(told(world, 'FargateCapacityUnavailable'), 'told once, not with every try').toHaveLength(1);
  });

  it('is still tried after 40 failures of the table, without a back-off beyond five minutes', async () => {
    const world = await aged();
    for (let time = 0; time < 40; time += 1) world.records.failNext('write', down);
    world.bind();
    for (let pass = 0; pass < 41; pass += 1) {
      await world.clock.advance(5 * MINUTE);
      await world.pass();
    }
    expect(livingOf(world)).toHaveLength(1);
  });
});

describe('Virtual Kubelet #712: a terminal status whose write failed was never written again', () => {
  it('is written once the API server is back, hours after the provider forgot the task', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    let isDown = true;
    intercept(
      world,
      'pods',
      'patchStatus',
      (patch) => (pod, status) => (isDown ? Promise.reject(new FailureError(down)) : patch(pod, status)),
    );
    const end = world.provider.exit(world.task().task.arn, 42);
    for (const deliveries of [1, 2, 3]) await world.tell(end, { deliveries });
    await passMinutes(world, 5);
    expect(world.pod()?.status?.phase).toBe('Running');
    await world.clock.advance(180 * MINUTE);
    expect(world.provider.tasks()).toEqual([]);
    isDown = false;
    await world.pass();
    expect(world.line()).toBe('Failed; main: terminated Error 42');
  });
});

describe.each(WAYS)('Virtual Kubelet #587: a delete with grace 0 never reached the provider; $way', (way) => {
  it('stops the task as soon as it is noticed', async () => {
    const world = await way.open((fresh) => fresh.bind());
    if (world.provider.tasks().length === 0) await way.look(world);
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

describe('Virtual Kubelet #976 and #1399: a status was written as a whole object', () => {
  it('overwrites no label, annotation or condition of anyone who writes at the same time', async () => {
    const world = await running();
    const { controls } = world.kubernetes;
    let rivals = 0;
    intercept(world, 'pods', 'patchStatus', (patch) => (pod, status) => {
      rivals += 1;
      if (rivals <= 2)
        controls.changePod('default', 'web', (copy) => {
          copy.metadata.annotations = { rival: String(rivals) };
          copy.status!.conditions!.push({ type: `rival.io/gate-${rivals}`, status: 'True' });
        });
      return patch(pod, status);
    });
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
    expect(world.pod()?.metadata.annotations).toEqual({ rival: '2' });
    const both = { 'rival.io/gate-1': 'True', 'rival.io/gate-2': 'True' };
    expect(conditionsOf(world.pod()?.status)).toMatchObject(both);
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

describe('Virtual Kubelet: the update of a pod that its cache did not have yet was lost after three seconds', () => {
  it('is told again when the record could not be read, however late', async () => {
    const world = await aged((fresh) => fresh.bind());
    await world.pass();
    const news = world.provider.start(world.task().task.arn);
    world.records.failNext('get', down);
    await expect(world.tell(news), 'the message stays in its queue').rejects.toThrow('random error');
    await world.clock.advance(2 * MINUTE);
    await world.tell(news);
    expect(world.line()).toBe('Running; main: running');
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

describe('Virtual Kubelet #454, #548 and #114: DaemonSet pods failed, were replaced and failed, for ever', () => {
  it('keeps such a pod Pending, tells once, and never again writes to it', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd', controller: true };
    const world = await aged((fresh) => fresh.bind({ ownerReferences: [owner] }));
    await passMinutes(world, 30);
    expect(world.pod()?.status?.phase, 'a Failed pod would be replaced at once').toBe('Pending');
    expect(told(world, 'DaemonSetNotSupported')).toMatchObject([{ count: 1 }]);
    expect(patchesOf(world)).toHaveLength(1);
    expect(commandsOf(world)).toEqual([]);
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.pod()).toBeUndefined();
  });
});

describe('Virtual Kubelet: an environment that could not be resolved left the pod without any status', () => {
  it('shows in its words why a pod is not started, and that it is tried again', async () => {
    const world = await aged((fresh) => fresh.bind());
    await world.pass();
    const reason = 'ResourceInitializationError: unable to retrieve secret';
    const end = { state: 'stopped', cause: 'configuration', reason, stoppedAt: world.clock.now() } as const;
    await world.tell(world.provider.setState(world.task().task.arn, { ...end, containers: [] }));
    const status = world.pod()?.status as PodStatus;
    expect(status.containerStatuses?.[0]?.state?.waiting).toMatchObject({
      reason: 'CreateContainerConfigError',
      message: reason,
    });
    expect(told(world, 'Failed')).toMatchObject([{ message: reason }]);
    await passes(world, 2);
    expect(tokensOf(world)).toEqual(['1', '2']);
  });
});
