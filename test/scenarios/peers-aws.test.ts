// Bugs of the peers that run pods on AWS (virtual-kubelet/aws-fargate, awslabs, kip), each as a test that ours is right.
import { describe, expect, it } from 'vitest';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { livingOf, passes, whileAnswering } from '../support/vocabulary-launch.ts';
import type { LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf, statesOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';
import { createEcsWorld } from './vocabulary-ecs.ts';
import {
  aged,
  forgetWrites,
  passMinutes,
  phasesOf,
  running,
  runningBefore,
  stopsOf,
  WAYS,
  writesOf,
  launchedBy,
} from './vocabulary-scenario.ts';

const script = (text: string): object => ({
  restartPolicy: 'Never',
  containers: [
    { name: 'main', image: 'public.ecr.aws/docker/library/busybox:1', command: ['sh', '-c', text] },
  ],
});

describe.each(WAYS)(
  'aws-fargate #17: a label edit made a running pod ProviderFailed, or Failed; $way',
  (way) => {
    it('changes nothing: no write to pod, record or ECS', async () => {
      const world = await launchedBy(way, (fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
      await way.hear(world, world.provider.start(world.task().task.arn));
      const before = world.pod()?.status;
      const calls = world.provider.calls.length;
      forgetWrites(world);
      world.kubernetes.controls.changePod('default', 'web', (pod) => {
        pod.metadata.labels = { version: 'blue' };
        pod.metadata.annotations = { 'example.com/note': 'seen' };
        pod.spec.tolerations = [{ operator: 'Exists' }];
      });
      await way.look(world);
      expect(writesOf(world)).toEqual([]);
      expect(world.provider.calls).toHaveLength(calls);
      expect(world.pod()?.status).toEqual(before);
    });
  },
);

describe('aws-fargate: a restarted controller called UpdatePod for every pod, and failed them all', () => {
  it('finds every pod as it was: a new holder writes nothing', async () => {
    const world = await running();
    forgetWrites(world);
    world.slot.put(undefined);
    await passes(world, 3);
    expect(writesOf(world)).toEqual([]);
    expect(world.line()).toBe('Running; main: running');
  });
});

describe('aws-fargate: a container that failed was reported as Succeeded, and stayed Ready', () => {
  it('fails with the true exit code, and is Ready no more', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    expect(world.line()).toBe('Failed; main: terminated Error 3');
    const never = { Ready: 'False PodFailed', ContainersReady: 'False PodFailed' };
    expect(conditionsOf(world.pod()?.status)).toMatchObject(never);
  });

  it('fails when one of its two containers did, and when an exit code is missing it is not 0', async () => {
    const containers = ['one', 'two'].map((name) => ({ name, image: 'app' }));
    for (const codes of [{ one: 0, two: 1 }, { one: 0 }]) {
      const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never', containers } }));
      await world.tell(world.provider.exit(world.task().task.arn, codes));
      expect(world.pod()?.status?.phase).toBe('Failed');
      const { one, two } = statesOf(world.pod()?.status);
      expect(one).toBe('terminated Completed 0');
      expect(two).toBe('two' in codes ? 'terminated Error 1' : 'terminated ContainerStatusUnknown 137');
    }
  });
});

describe('aws-fargate: ACTIVATING, DEACTIVATING, STOPPING and DEPROVISIONING made the phase Unknown', () => {
  it.each([
    [0, 'Succeeded'],
    [9, 'Failed'],
  ])('goes Pending, Running and then, by exit %i, %s, whatever ECS calls its task', async (code, end) => {
    const { world, ecs, pass, seconds } = createEcsWorld();
    world.bind({ spec: script(`sleep 5; exit ${code}`) });
    await pass();
    expect(world.pod()?.status?.phase).toBe('Pending');
    await seconds(15);
    expect(new Set(ecs.events.map(({ task }) => task.state))).toEqual(
      new Set(['pending', 'running', 'stopping', 'stopped']),
    );
    expect(phasesOf(world)).toEqual(['Running', end]);
    expect(world.pod()?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: code });
  });
});

describe('aws-fargate: every try that RunTask refused left a task definition behind', () => {
  it('registers one definition for 20 refused tries', async () => {
    const { world, ecs, pass } = createEcsWorld();
    Object.assign(ecs.model.capacity, { unavailable: true });
    world.bind({ spec: script('sleep 60') });
    for (let time = 0; time < 20; time += 1) {
      await pass();
      await world.clock.advance(15 * MINUTE);
    }
    expect(ecs.requests('RunTask')).toBeGreaterThanOrEqual(20);
    expect(ecs.requests('RegisterTaskDefinition')).toBe(1);
    expect(world.line()).toBe('Pending; main: waiting FargateCapacityUnavailable');
  });
});

describe('aws-fargate: RunTask had no client token, so that a retry ran the pod twice', () => {
  it('runs one task though two answers of RunTask were lost', async () => {
    const { world, ecs, pass } = createEcsWorld();
    world.bind({ name: 'other', spec: script('sleep 900') });
    await pass();
    world.bind({ spec: script('sleep 900') });
    ecs.failWire('RunTask', 'loses the answer');
    ecs.failWire('RunTask', 'loses the answer');
    for (let time = 0; time < 20; time += 1) await pass();
    expect(ecs.model.taskCount(), 'one of each pod').toBe(2);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1, try: 0 });
  });
});

describe('aws-fargate: a pod object went right after StopTask, so that two pods of a StatefulSet had one name', () => {
  it('frees the name of a deleted pod only when its task has stopped', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 's', controller: true };
    const world = await running((fresh) => fresh.bind({ name: 'db-0', ownerReferences: [owner] }));
    const { arn } = world.task().task;
    world.kubernetes.controls.deletePod('default', 'db-0');
    await passMinutes(world, 3);
    expect(() => world.bind({ name: 'db-0' }), 'the name is free while the task runs').toThrow('exists');
    await world.tell(world.provider.exit(arn, 0));
    const { uid } = world.bind({ name: 'db-0' }).metadata;
    await world.pass();
    expect(livingOf(world)).toMatchObject([{ owner: { uid } }]);
  });
});

describe('Virtual Kubelet #208 with aws-fargate: a task that was stopped from outside left its pod stuck', () => {
  it.each(WAYS)('starts it again, as the restart policy says; $way', async (way) => {
    const world = await launchedBy(way, (fresh) => fresh.bind());
    const { arn } = world.provider.start(world.task().task.arn).task;
    await way.hear(world, world.provider.setState(arn, { state: 'stopping', cause: 'requested' }));
    await way.hear(world, world.provider.exit(arn, 143));
    await way.minutes(world, 1);
    expect(world.record()).toMatchObject({ attempt: 2, restarts: { main: 1 } });
    expect(livingOf(world)).toHaveLength(1);
    expect(world.pod()?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 143,
    });
  });

  it('ends it under Never, with its exit code', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    await world.tell(
      world.provider.setState(world.task().task.arn, { state: 'stopping', cause: 'requested' }),
    );
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.line()).toBe('Failed; main: terminated Error 143');
  });
});

describe('aws-fargate: a task that finished while the controller was down was invisible', () => {
  it('is published by the next pass, with its exit code', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    world.provider.exit(world.task().task.arn, 5);
    await world.clock.advance(40 * MINUTE);
    await world.pass();
    expect(world.line()).toBe('Failed; main: terminated Error 5');
  });
});

describe('aws-fargate: every pod was polled with a call of its own every five seconds', () => {
  it('asks once in five minutes about a hundred tasks', async () => {
    const world = await aged((fresh) => {
      for (let pod = 0; pod < 100; pod += 1) fresh.bind({ name: `web-${pod}` });
    });
    await world.pass();
    for (const { task } of world.provider.tasks()) await world.tell(world.provider.start(task.arn));
    const before = world.provider.calls.length;
    await passMinutes(world, 10);
    const asked = world.provider.calls.slice(before).filter(({ method }) => method === 'describe');
    expect(asked.length).toBeLessThanOrEqual(2);
  });
});

describe('awslabs: a crash between the start of an instance and its record orphaned it', () => {
  it('adopts the task that nobody recorded, and starts no other', async () => {
    const world = await aged((fresh) => fresh.bind());
    const dying = whileAnswering(world, () => new Promise(() => undefined));
    void syncCluster({ ...world.deps, provider: dying });
    await world.clock.advance(SECOND);
    world.slot.put(undefined);
    const { arn } = world.task().task;
    expect(world.record()).toMatchObject({ state: 'claimed' });
    await passMinutes(world, 3);
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: arn });
    expect(world.provider.tasks()).toHaveLength(1);
    expect(stopsOf(world)).toEqual([]);
  });
});

describe('kip: its cells were lost with the state of its controller', () => {
  it('takes every task up again when the table is new, and starts none twice', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const prepare = async (fresh: LoopWorld): Promise<void> => {
      for (const name of names)
        await runningBefore(fresh, fresh.bind({ name, status: { phase: 'Running' } }));
    };
    const world = await aged(prepare, { rebuilt: false });
    await passMinutes(world, 12);
    for (const name of names) {
      expect(world.record(name)).toMatchObject({ state: 'launched', attempt: 1 });
      expect(world.line(name)).toBe('Running; main: running');
    }
    expect(livingOf(world)).toHaveLength(names.length);
    expect(stopsOf(world)).toEqual([]);
  });
});
