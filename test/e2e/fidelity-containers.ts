import { expect, it } from 'vitest';
import {
  columnOf,
  conditionOf,
  eventOf,
  jobIs,
  make,
  podsOfJob,
  shell,
  type Stage,
} from './fidelity-stage.ts';
import { eventually, isReady, isRunning, openNamespace, podOf } from './world-under-test.ts';

const PLACED = { nodeSelector: { type: 'virtual-kubelet' }, tolerations: [{ operator: 'Exists' }] };

/** Pods of several containers. */
export function tellContainers(stage: () => Stage): void {
  it('starts init containers one after the other, and the others after them', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'initial');
    const volumeMounts = [{ name: 'work', mountPath: '/work' }];
    const spec = {
      initContainers: [
        shell('first', 'sleep 3; echo one > /work/order', { volumeMounts }),
        shell('second', 'test -f /work/order || exit 9; sleep 15; echo two >> /work/order', { volumeMounts }),
      ],
      containers: [shell('main', 'echo begin; cat /work/order; sleep infinity', { volumeMounts })],
      volumes: [{ name: 'work', emptyDir: {} }],
    };
    await pods.create(podOf('ordered', undefined, spec));
    // The second takes longer than any machine needs to see that the first has ended.
    const half = await pods.until(
      'ordered',
      'has completed its first init container',
      ({ status }) => status?.initContainerStatuses?.[0]?.state?.terminated?.reason === 'Completed',
    );
    expect(half.status?.phase).toBe('Pending');
    expect(half.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
    expect(conditionOf(half, 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
    });
    const pod = await pods.until('ordered', 'is Ready', isReady);
    expect(pod.status?.initContainerStatuses).toMatchObject([
      { name: 'first', ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
      { name: 'second', ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
    ]);
    expect(conditionOf(pod, 'Initialized')?.status).toBe('True');
    expect(await columnOf(stage(), pods, 'ordered')).toBe('Running');
    expect(await world.readLog('two')).toEqual(['two']);
  });

  it('tries an init container that fails again and again under Always', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'stubborn');
    const spec = { initContainers: [shell('migrate', 'exit 3')], containers: [shell('main', 'sleep 9')] };
    await pods.create(podOf('app', undefined, spec));
    const pod = await pods.until(
      'app',
      'has an init container in CrashLoopBackOff',
      ({ status }) => status?.initContainerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(pod.status?.phase).toBe('Pending');
    expect(pod.status?.initContainerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(3);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
    expect(await columnOf(stage(), pods, 'app')).toBe('Init:CrashLoopBackOff');
    expect(await eventOf(stage(), pods, 'app', 'BackOff')).toContain(
      'Back-off restarting failed container migrate',
    );
    expect((await pods.events('app')).map(({ reason }) => reason)).not.toContain('PodInitializing');
    await pods.until(
      'app',
      'has started its init container again',
      ({ status }) => (status?.initContainerStatuses?.[0]?.restartCount ?? 0) >= 1,
      60_000,
    );
  });

  it('fails with its init container under Never', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'once');
    const spec = {
      restartPolicy: 'Never',
      initContainers: [shell('migrate', 'exit 3')],
      containers: [shell('main', 'sleep 9')],
    };
    await pods.create(podOf('app', undefined, spec));
    const pod = await pods.until('app', 'is Failed', ({ status }) => status?.phase === 'Failed');
    expect(pod.status?.initContainerStatuses).toMatchObject([
      { name: 'migrate', state: { terminated: { exitCode: 3, reason: 'Error' } }, restartCount: 0 },
    ]);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
    expect(conditionOf(pod, 'Initialized')?.status).toBe('False');
    expect(await columnOf(stage(), pods, 'app')).toBe('Init:Error');
  });

  it('lets a Job with a native sidecar complete', async () => {
    const pods = await openNamespace(stage().world, 'sidecars');
    const spec = {
      ...{ ...PLACED, restartPolicy: 'Never' },
      initContainers: [shell('proxy', 'sleep infinity', { restartPolicy: 'Always' })],
      containers: [shell('main', 'sleep 2')],
    };
    await make(stage(), pods, 'batch/v1/jobs', {
      metadata: { name: 'report' },
      spec: { template: { spec } },
    });
    await jobIs(stage(), pods, 'report', 'Complete');
    const [pod] = await podsOfJob(stage(), pods, 'report');
    expect(pod?.status).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 0 } } }],
    });
    expect(pod?.status?.initContainerStatuses?.[0]?.state?.terminated).toBeDefined();
  });

  it('lets a Job with two containers complete when both have', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'pairs');
    const spec = {
      ...{ ...PLACED, restartPolicy: 'Never' },
      containers: [shell('short', 'sleep 1'), shell('long', 'sleep 15')],
    };
    await make(stage(), pods, 'batch/v1/jobs', { metadata: { name: 'pair' }, spec: { template: { spec } } });
    const half = await eventually(world, 'one container has ended and the other runs', async () => {
      const [pod] = await podsOfJob(stage(), pods, 'pair');
      const [short, long] = pod?.status?.containerStatuses ?? [];
      return short?.state?.terminated && long?.state?.running ? pod : undefined;
    });
    expect(half.status?.phase).toBe('Running');
    await jobIs(stage(), pods, 'pair', 'Complete');
    const [pod] = await podsOfJob(stage(), pods, 'pair');
    expect(pod?.status).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [
        { name: 'long', state: { terminated: { exitCode: 0, reason: 'Completed' } } },
        { name: 'short', state: { terminated: { exitCode: 0, reason: 'Completed' } } },
      ].sort((one, other) => orderIn(pod, one.name) - orderIn(pod, other.name)),
    });
  });

  it('fails with one of two containers under Never, and lets the other end', async () => {
    const pods = await openNamespace(stage().world, 'uneven');
    const spec = {
      restartPolicy: 'Never',
      containers: [shell('bad', 'sleep 1; exit 4'), shell('good', 'sleep 12')],
    };
    await pods.create(podOf('pair', undefined, spec));
    await pods.until('pair', 'runs', isRunning);
    const pod = await pods.until('pair', 'is Failed', ({ status }) => status?.phase === 'Failed');
    const codes = pod.status?.containerStatuses?.map(({ name, state }) => [
      name,
      state?.terminated?.exitCode,
    ]);
    expect(Object.fromEntries(codes ?? [])).toEqual({ bad: 4, good: 0 });
  });
}

function orderIn(pod: Awaited<ReturnType<typeof podsOfJob>>[number] | undefined, name: string): number {
  return pod?.status?.containerStatuses?.findIndex((status) => status.name === name) ?? 0;
}
