// Bugs of Virtual Kubelet's core that people reported or that its source shows, each as a test that ours is right. Numbers are those of
// its issue tracker.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import { FailureError } from '../../lib/core/failure.ts';
import type { PodStatus } from '../../lib/core/kubernetes.ts';
import { commandsOf, livingOf, passes, tokensOf } from '../support/vocabulary-launch.ts';
import { intercept } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE } from '../support/vocabulary.ts';
import { aged, passMinutes, patchesOf, phasesOf, running, told } from './vocabulary-scenario.ts';

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
      message: expect.stringMatching(/unable to retrieve secret\. Next try at 2026-/) as string,
    });
    expect(told(world, 'Failed')).toMatchObject([{ message: `${reason}.` }]);
    await passes(world, 2);
    expect(tokensOf(world)).toEqual(['1', '2']);
  });
});

describe('Virtual Kubelet on functions: every invocation is new, and would tell and write everything again', () => {
  it('tells a crash loop in the same few events, and writes three times for each crash, not for each pass', async () => {
    const world = await running();
    const crash = async (): Promise<void> => {
      await world.tell(world.provider.exit(world.task().task.arn, 1));
      await passMinutes(world, 6);
      await world.tell(world.provider.start(world.task().task.arn));
    };
    for (let time = 0; time < 6; time += 1) await crash();
    const before = patchesOf(world).length;
    const events = world.kubernetes.controls.events().length;
    for (let time = 0; time < 6; time += 1) await crash();
    expect(patchesOf(world).length - before, 'waiting, being created, running').toBe(6 * 3);
    expect(world.kubernetes.controls.events().length - events, 'nothing that was not told before').toBe(0);
  });
});
