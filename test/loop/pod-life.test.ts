import { describe, expect, it } from 'vitest';
import { commandsOf } from '../support/vocabulary-launch.ts';
import { createWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { SECOND } from '../support/vocabulary.ts';

describe('the way of one pod', () => {
  it('leads from bound over claimed, launched and Running to removed, and its record ends', async () => {
    const world = createWorld();
    const { uid } = world.bind().metadata;

    await world.pass();
    expect(world.record()).toMatchObject({
      state: 'launched',
      attempt: 1,
      try: 0,
      taskArn: world.task().task.arn,
    });
    expect(world.task().owner).toMatchObject({
      uid,
      attempt: 1,
      node: 'node-1',
      namespace: 'default',
      name: 'web',
    });
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');

    await world.tell(world.provider.start(world.task().task.arn));
    expect(world.line()).toBe('Running; main: running');
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'True', ContainersReady: 'True' });
    expect(world.pod()?.status?.podIP).toBe(world.task().task.podIP);

    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.record()?.stop).toMatchObject({ why: 'deleted' });
    expect(world.task().task).toMatchObject({ state: 'stopping', reason: 'lambdalet: the pod was deleted' });
    expect(world.pod(), 'the object stays until its end is published').toBeDefined();

    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.pod()).toBeUndefined();
    expect(world.record()).toMatchObject({ state: 'ended', attempt: 1 });
    const statuses = world.kubernetes.controls.callsOf('pods.patchStatus').map(({ args }) => args[1]);
    expect(statuses.at(-1)).toMatchObject({ phase: 'Failed' });
    expect(world.reasons()).toEqual(['Pulled', 'Started', 'Killing']);
  });

  it('is told in notices with its latencies', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.clock.advance(30 * SECOND);
    const running = world.provider.start(world.task().task.arn);
    await world.clock.advance(2 * SECOND);
    await world.tell(running, { at: world.clock.now() - 2 * SECOND });
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.notices.published).toMatchObject([
      {
        kind: 'launched',
        attempt: 1,
        cluster: 'demo',
        node: 'node-1',
        latenciesMs: { boundToLaunched: 12_000 },
      },
      { kind: 'running', latenciesMs: { launchedToRunning: 30_000, runningToPatched: 2000 } },
      { kind: 'finished', phase: 'Succeeded', exitCodes: { main: 0 } },
    ]);
    expect(world.telemetry.sum('BindToLaunch')).toBe(12_000);
    expect(world.telemetry.sum('LaunchToRunning')).toBe(30_000);
    expect(world.telemetry.sum('EventToPatch')).toBe(2000);
  });

  it('says in every log line about it which pod, attempt and task it is', async () => {
    const world = createWorld();
    const { uid } = world.bind().metadata;
    await world.pass();
    const line = world.telemetry.lines.find(({ fields }) => fields['action'] === 'launch');
    expect(line?.fields).toMatchObject({
      uid,
      namespace: 'default',
      pod: 'web',
      attempt: 1,
      task: world.task().task.arn,
    });
  });

  it('ends by itself when the pod is like a job: completed, and its object stays', async () => {
    const world = createWorld();
    world.bind({ spec: { restartPolicy: 'Never' } });
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
    expect(world.record()).toMatchObject({ state: 'ended' });
    await world.pass();
    expect(world.provider.tasks(), 'a completed pod never runs again').toHaveLength(1);
  });

  it('goes through CrashLoopBackOff after exit 3 under Always, then on with attempt 2', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
    expect(world.reasons()).toContain('BackOff');

    await world.pass();
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 2, restarts: { main: 1 } });
    expect(world.provider.tasks().map(({ owner }) => owner?.attempt)).toEqual([1, 2]);
    await world.tell(world.provider.start(world.task().task.arn));
    expect(world.pod()?.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    });
    expect(world.notices.published.map(({ kind }) => kind)).toEqual(['launched', 'running', 'restarted']);
  });

  it('waits its back-off out: nothing is started before it is over', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    world.records.put({ ...world.record()!, backOffCount: 3 });
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    for (let pass = 0; pass < 6; pass += 1) await world.pass();
    expect(world.provider.tasks(), 'after 72 s of 80').toHaveLength(1);
    await world.pass();
    expect(world.provider.tasks(), 'after 84 s').toHaveLength(2);
  });

  it('shows ImagePullBackOff while its image cannot be pulled, and goes on trying', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    const reason = 'CannotPullContainerError: not found';
    const stoppedAt = world.clock.now();
    const gone = { state: 'stopped', cause: 'imagePull', reason, containers: [], stoppedAt } as const;
    await world.tell(world.provider.setState(world.task().task.arn, gone));
    expect(world.line()).toBe('Pending; main: waiting ErrImagePull');
    expect(world.kubernetes.controls.events().map(({ message }) => message)).toEqual([
      `Failed to pull image "registry.invalid/app:1": ${reason}.`,
    ]);
    await world.pass();
    expect(world.record()).toMatchObject({ attempt: 2, restarts: {} });
  });

  it('needs no event at all: the provider is asked when a task is silent for three minutes', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    world.provider.start(world.task().task.arn);
    for (let pass = 0; pass < 14; pass += 1) await world.pass();
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    await world.pass();
    expect(world.line()).toBe('Running; main: running');
  });

  it('is stopped by its deadline, and fails for that', async () => {
    const world = createWorld();
    world.bind({ spec: { activeDeadlineSeconds: 30 } });
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.pass();
    await world.pass();
    expect(world.record()?.stop).toBeUndefined();
    await world.pass();
    expect(world.record()?.stop).toMatchObject({ why: 'deadlineExceeded' });
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.line()).toBe('Failed DeadlineExceeded; main: terminated Completed 0');
  });
});

describe('a pod that is not for this node', () => {
  it('is refused with all paths in one event and fails as UnsupportedPodField', async () => {
    const world = createWorld();
    const main = { name: 'main', image: 'app', securityContext: { privileged: true } };
    world.bind({ spec: { hostNetwork: true, containers: [main] } });
    await world.pass();
    const message =
      'spec.hostNetwork: A task has its own network.; spec.containers[0].securityContext.privileged: A task is never privileged.';
    expect(world.kubernetes.controls.events()).toMatchObject([
      { reason: 'UnsupportedPodField', message, count: 1 },
    ]);
    expect(world.pod()?.status).toMatchObject({ phase: 'Failed', reason: 'UnsupportedPodField', message });
    expect(world.notices.published).toMatchObject([{ kind: 'refused', attempt: 0 }]);
    expect(commandsOf(world)).toEqual([]);
    expect(world.record(), 'there is nothing to remember of it').toBeUndefined();
    await world.pass();
    expect(world.kubernetes.controls.events()).toMatchObject([{ count: 1 }]);
  });

  it('is held Pending with one event when a DaemonSet made it', async () => {
    const world = createWorld();
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd', controller: true };
    world.bind({ ownerReferences: [owner] });
    await world.pass();
    await world.pass();
    expect(world.line()).toBe('Pending; main: waiting DaemonSetNotSupported');
    expect(world.kubernetes.controls.events()).toMatchObject([{ reason: 'DaemonSetNotSupported', count: 1 }]);
    expect(commandsOf(world)).toEqual([]);
  });

  it('is finished at once when it was deleted before anything was done for it', async () => {
    const world = createWorld();
    await world.pass();
    world.bind();
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.pod()).toBeUndefined();
    expect(commandsOf(world)).toEqual([]);
  });

  it('of a DaemonSet leaves at once, however new the table is: it never had a task', async () => {
    const world = createWorld();
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd', controller: true };
    world.bind({ ownerReferences: [owner] });
    await world.pass();
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.pod()).toBeUndefined();
  });

  it('keeps what finalizers keep, without removing it twice', async () => {
    const world = createWorld();
    world.bind({ spec: { restartPolicy: 'Never' }, finalizers: ['batch.kubernetes.io/job-tracking'] });
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
    expect(world.record()).toMatchObject({ state: 'ended' });
    await world.pass();
    expect(world.kubernetes.controls.callsOf('pods.remove')).toHaveLength(1);
  });
});
