// How a pod is started again, when it is not, and how its deadline ends it: the kubelet's rules with the kubelet's numbers.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import type { StopCause } from '../../lib/core/task.ts';
import { livingOf, sendsOf } from '../support/vocabulary-launch.ts';
import type { LoopWorld } from '../support/vocabulary-loop.ts';
import { statesOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';
import { aged, passMinutes, phasesOf, running, stopsOf, told } from './vocabulary-scenario.ts';

const noRoom: Failure = { kind: 'capacity', message: 'Capacity is unavailable at this time.' };

/** A pod of a holder of the watch, so that everything happens to the second. */
async function held(prepare: (world: LoopWorld) => unknown = (world) => world.bind()): Promise<LoopWorld> {
  const world = await aged(prepare);
  void world.hold();
  await world.clock.advance(SECOND);
  return world;
}

/** The newest task runs for that long and exits; resolves when that is published. Returns when it was over. */
async function runAndExit(world: LoopWorld, code: number, upMs = 0): Promise<number> {
  const { arn } = world.task().task;
  await world.tell(world.provider.start(arn));
  await world.clock.advance(upMs);
  const at = world.clock.now();
  await world.tell(world.provider.exit(arn, code));
  return at;
}

/** Time goes by, triggers go on, until another task was sent; returns how long that took, in seconds. */
async function untilSent(world: LoopWorld, since: number): Promise<number> {
  const sends = sendsOf(world).length;
  for (let step = 0; step < 360 && sendsOf(world).length === sends; step += 1) {
    void world.hold();
    await world.clock.advance(10 * SECOND);
  }
  expect(sendsOf(world).length, 'no other task was sent within an hour').toBeGreaterThan(sends);
  return (sendsOf(world).at(-1)! - since) / SECOND;
}

/** The newest task could not be started for that cause. */
async function neverRan(world: LoopWorld, cause: StopCause, reason: string): Promise<number> {
  const at = world.clock.now();
  const end = { state: 'stopped', containers: [], stoppedAt: at, cause, reason } as const;
  await world.tell(world.provider.setState(world.task().task.arn, end));
  return at;
}

describe('a pod that crashes again and again', () => {
  it('is started again after 10, 20, 40, 80, 160 and then 300 s, for ever', async () => {
    const world = await held();
    const delays: number[] = [];
    for (let crash = 0; crash < 8; crash += 1) {
      const at = await runAndExit(world, 1);
      expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
      delays.push(await untilSent(world, at));
    }
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect(world.pod()?.status?.containerStatuses?.[0]?.restartCount).toBe(8);
    expect(livingOf(world)).toHaveLength(1);
  });

  it('says how long it waits, and tells each length once', async () => {
    const world = await held();
    for (let crash = 0; crash < 8; crash += 1) await untilSent(world, await runAndExit(world, 1));
    const delays = told(world, 'BackOff').map(({ message }) => /back-off (\d+)s/.exec(message)?.[1]);
    expect(delays).toEqual(['10', '20', '40', '80', '160', '300']);
  });

  it('starts at 10 s anew after ten minutes up, not after nine', async () => {
    const world = await held();
    for (let crash = 0; crash < 3; crash += 1) await untilSent(world, await runAndExit(world, 1));
    const nine = await runAndExit(world, 1, 9 * MINUTE);
    expect(await untilSent(world, nine)).toBe(80);
    const ten = await runAndExit(world, 1, 10 * MINUTE);
    expect(await untilSent(world, ten)).toBe(10);
  });

  it('is started again under Always even when it exits with 0', async () => {
    const world = await held();
    expect(await untilSent(world, await runAndExit(world, 0))).toBe(10);
    const { lastState } = world.pod()!.status!.containerStatuses![0]!;
    expect(lastState?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });
});

describe('a pod of policy OnFailure', () => {
  const containers = ['one', 'two'].map((name) => ({ name, image: 'app' }));

  it('ends when all of it exits with 0, and runs again when one container does not', async () => {
    const world = await held((fresh) => fresh.bind({ spec: { restartPolicy: 'OnFailure', containers } }));
    const at = world.clock.now();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, { one: 0, two: 1 }));
    expect(statesOf(world.pod()?.status)).toEqual({
      one: 'terminated Completed 0',
      two: 'waiting CrashLoopBackOff',
    });
    await untilSent(world, at);
    await world.tell(world.provider.start(world.task().task.arn));
    expect(statesOf(world.pod()?.status), 'what exited with 0 stays so').toEqual({
      one: 'terminated Completed 0',
      two: 'running',
    });
    await world.tell(world.provider.exit(world.task().task.arn, { one: 3, two: 0 }));
    expect(statesOf(world.pod()?.status)).toMatchObject({ one: 'terminated Completed 0' });
    expect(
      world.telemetry.lines.filter(({ level }) => level === 'error'),
      'no status is refused',
    ).toEqual([]);
  });

  it('is Succeeded once each container has exited with 0, in whichever attempt', async () => {
    const world = await held((fresh) => fresh.bind({ spec: { restartPolicy: 'OnFailure', containers } }));
    const at = world.clock.now();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, { one: 0, two: 1 }));
    await untilSent(world, at);
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, { one: 3, two: 0 }));
    expect(world.line()).toBe('Succeeded; one: terminated Completed 0; two: terminated Completed 0');
    await world.clock.advance(12 * MINUTE);
    expect(sendsOf(world)).toHaveLength(2);
  });

  it('is Succeeded at its first exit with 0, and never starts again', async () => {
    const world = await held((fresh) => fresh.bind({ spec: { restartPolicy: 'OnFailure' } }));
    await untilSent(world, await runAndExit(world, 1));
    await runAndExit(world, 0);
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
    await world.clock.advance(12 * MINUTE);
    expect(sendsOf(world)).toHaveLength(2);
  });
});

describe('an image that cannot be pulled', () => {
  it('is ErrImagePull, then ImagePullBackOff with 20, 40 .. 300 s between tries, and counts no restart', async () => {
    const world = await held();
    const reasons: string[] = [];
    const delays: number[] = [];
    for (let time = 0; time < 7; time += 1) {
      const at = await neverRan(world, 'imagePull', 'CannotPullContainerError: not found');
      reasons.push(world.line());
      delays.push(await untilSent(world, at));
    }
    expect(reasons[0]).toBe('Pending; main: waiting ErrImagePull');
    expect(new Set(reasons.slice(1))).toEqual(new Set(['Pending; main: waiting ImagePullBackOff']));
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300]);
    await world.tell(world.provider.start(world.task().task.arn));
    expect(world.pod()?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, lastState: {} });
    expect(phasesOf(world)).toEqual(['Running']);
  });

  it('is pulled again under Never too: the pod never ran', async () => {
    const world = await held((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    const at = await neverRan(world, 'imagePull', 'CannotPullContainerError: not found');
    expect(await untilSent(world, at)).toBe(10);
    expect(world.pod()?.status?.phase).toBe('Pending');
  });
});

describe('a configuration that is wrong', () => {
  it('is CreateContainerConfigError, and is looked at again until someone has mended it', async () => {
    const world = await held((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    for (let time = 0; time < 4; time += 1) {
      const at = await neverRan(world, 'configuration', 'ResourceInitializationError: no such secret');
      expect(world.line()).toBe('Pending; main: waiting CreateContainerConfigError');
      await untilSent(world, at);
    }
    expect(told(world, 'Failed')).toMatchObject([
      { message: 'ResourceInitializationError: no such secret.' },
    ]);
    await runAndExit(world, 0);
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
  });
});

describe('activeDeadlineSeconds', () => {
  const withDeadline = (seconds: number) => (fresh: LoopWorld) =>
    fresh.bind({ spec: { activeDeadlineSeconds: seconds } });

  it('stops a running pod to the second, and keeps the true exit code', async () => {
    const world = await held(withDeadline(90));
    const start = Date.parse(world.pod()!.status!.startTime!);
    await world.tell(world.provider.start(world.task().task.arn));
    await world.clock.advance(3 * MINUTE);
    expect(world.record()?.stop).toMatchObject({ why: 'deadlineExceeded', at: start + 90 * SECOND });
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.line()).toBe('Failed DeadlineExceeded; main: terminated Error 143');
  });

  it('counts over restarts, from the one start time', async () => {
    const world = await held(withDeadline(120));
    await untilSent(world, await runAndExit(world, 1, 30 * SECOND));
    await world.tell(world.provider.start(world.task().task.arn));
    await world.clock.advance(2 * MINUTE);
    expect(world.record()?.stop).toMatchObject({ why: 'deadlineExceeded' });
  });

  it('ends a pod in back-off when it passes, and nothing starts again', async () => {
    const world = await held(withDeadline(60));
    for (let crash = 0; crash < 2; crash += 1) await untilSent(world, await runAndExit(world, 1));
    await runAndExit(world, 7);
    expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
    await world.clock.advance(MINUTE);
    expect(world.line()).toBe('Failed DeadlineExceeded; main: terminated Error 7');
    expect(stopsOf(world), 'there is nothing to stop').toEqual([]);
    expect(told(world, 'Killing')).toEqual([]);
    await world.clock.advance(10 * MINUTE);
    expect(sendsOf(world)).toHaveLength(3);
    expect(world.record()).toMatchObject({ state: 'ended' });
  });

  it('ends a pod that waits for capacity, though it never had a task', async () => {
    const world = await held((fresh) => {
      for (let time = 0; time < 20; time += 1) fresh.provider.failNext('launch', noRoom);
      withDeadline(100)(fresh);
    });
    expect(world.line()).toBe('Pending; main: waiting FargateCapacityUnavailable');
    await world.clock.advance(90 * SECOND);
    expect(world.pod()?.status?.phase).toBe('Pending');
    await world.clock.advance(20 * SECOND);
    expect(world.pod()?.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    const sends = sendsOf(world).length;
    await world.clock.advance(10 * MINUTE);
    expect(sendsOf(world)).toHaveLength(sends);
    expect(world.record()).toMatchObject({ state: 'ended' });
  });

  it('counts while no launch is answered: the pod shows why it waits, and ends in time', async () => {
    const world = await held((fresh) => {
      for (let time = 0; time < 60; time += 1)
        fresh.provider.failNext('launch', { kind: 'ambiguous', message: 'no answer' });
      withDeadline(600)(fresh);
    });
    await world.clock.advance(3 * MINUTE);
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    expect(world.pod()?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('no answer');
    expect(told(world, 'FailedCreatePodSandBox')).toHaveLength(1);
    await world.clock.advance(9 * MINUTE);
    expect(world.pod()?.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    expect(world.record()).toMatchObject({ state: 'ended' });
  });

  it('that passes while nobody is there is seen by the next pass', async () => {
    const world = await running(withDeadline(300));
    await world.clock.advance(60 * MINUTE);
    await world.pass();
    expect(world.record()?.stop).toMatchObject({ why: 'deadlineExceeded' });
    await passMinutes(world, 1);
    expect(world.task().task.state).toBe('stopping');
  });
});
