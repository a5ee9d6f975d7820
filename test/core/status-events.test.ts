import { describe, expect, it } from 'vitest';
import type { ContainerState, Pod, PodStatus } from '../../lib/core/kubernetes.ts';
import { eventsOfChange } from '../../lib/core/status-events.ts';
import { NOW, UID, aLaunch, aPod, aStoppedTask, ago, showing } from '../support/vocabulary.ts';

const withState = (state: ContainerState, more: Partial<PodStatus> = {}): Pod =>
  aPod({
    status: {
      ...more,
      containerStatuses: [
        { name: 'main', image: 'app:1', imageID: '', ready: false, restartCount: 0, state },
      ],
    },
  });
const waiting = (reason: string, message?: string): Pod =>
  withState({ waiting: { reason, ...(message !== undefined && { message }) } });
const told = (before: Pod, after: Pod): string[] =>
  eventsOfChange(before, after).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

const bare = aPod();
const running = withState({ running: {} });

describe('the events of a change', () => {
  it.each([
    { change: 'none', before: running, after: running, events: [] },
    { change: 'to being created', before: bare, after: waiting('ContainerCreating'), events: [] },
    {
      change: 'to running',
      before: waiting('ContainerCreating'),
      after: running,
      events: [
        'Normal Pulled: Container image "app:1" pulled by Fargate',
        'Normal Started: Started container main',
      ],
    },
    {
      change: 'to running, nothing shown before',
      before: bare,
      after: running,
      events: [
        'Normal Pulled: Container image "app:1" pulled by Fargate',
        'Normal Started: Started container main',
      ],
    },
    {
      change: 'to the back-off of a crash',
      before: running,
      after: waiting('CrashLoopBackOff', 'back-off 10s restarting'),
      events: ['Warning BackOff: Back-off restarting failed container main: back-off 10s restarting'],
    },
    {
      change: 'to the back-off of an image pull',
      before: bare,
      after: waiting('ImagePullBackOff', 'not found'),
      events: ['Normal BackOff: Back-off pulling image "app:1": not found'],
    },
    {
      change: 'to a first image pull that failed',
      before: bare,
      after: waiting('ErrImagePull', 'not found'),
      events: ['Warning Failed: Failed to pull image "app:1": not found'],
    },
    {
      change: 'to a missing secret',
      before: bare,
      after: waiting('CreateContainerConfigError', 'no secret'),
      events: ['Warning Failed: no secret'],
    },
    {
      change: 'to a network that cannot be made',
      before: waiting('ContainerCreating'),
      after: waiting('ContainerCreating', 'no address left'),
      events: ['Warning FailedCreatePodSandBox: Failed to create pod sandbox: no address left'],
    },
    {
      change: 'to a lack of room',
      before: bare,
      after: waiting('FargateCapacityUnavailable', 'no room. Next try at 2026-01-01T12:00:00Z.'),
      events: ['Warning FargateCapacityUnavailable: no room.'],
    },
    {
      change: 'of the next try only',
      before: waiting('FargateCapacityUnavailable', 'no room. Next try at 2026-01-01T12:00:00Z.'),
      after: waiting('FargateCapacityUnavailable', 'no room. Next try at 2026-01-01T12:00:30Z.'),
      events: [],
    },
    {
      change: 'of the words',
      before: waiting('FargateCapacityUnavailable', 'no room.'),
      after: waiting('FargateCapacityUnavailable', 'still no room.'),
      events: ['Warning FargateCapacityUnavailable: still no room.'],
    },
    {
      change: 'to a DaemonSet pod that is held, which the decision tells itself',
      before: bare,
      after: waiting('DaemonSetNotSupported', 'keep off'),
      events: [],
    },
    {
      change: 'to a wait without a reason',
      before: bare,
      after: withState({ waiting: {} }),
      events: [],
    },
    { change: 'to an end', before: running, after: withState({ terminated: { exitCode: 0 } }), events: [] },
    {
      change: 'to a failed pod with a reason',
      before: running,
      after: withState(
        { terminated: { exitCode: 0 } },
        { phase: 'Failed', reason: 'DeadlineExceeded', message: 'late' },
      ),
      events: ['Warning DeadlineExceeded: late'],
    },
    {
      change: 'to a failed pod with a reason and no words',
      before: running,
      after: withState({}, { phase: 'Failed', reason: 'NodeLost' }),
      events: ['Warning NodeLost: The pod failed.'],
    },
    {
      change: 'to a failed pod by its exit code',
      before: running,
      after: withState({ terminated: { exitCode: 1 } }, { phase: 'Failed' }),
      events: [],
    },
    {
      change: 'to a refused pod, which the decision tells itself',
      before: bare,
      after: aPod({ status: { phase: 'Failed', reason: 'UnsupportedPodField', message: 'x' } }),
      events: [],
    },
    {
      change: 'of a pod that had failed before',
      before: aPod({ status: { phase: 'Failed', reason: 'NodeLost' } }),
      after: aPod({ status: { phase: 'Failed', reason: 'NodeLost' } }),
      events: [],
    },
    {
      change: 'of a pod without any status',
      before: { ...bare, status: undefined as never },
      after: { ...bare, status: undefined as never },
      events: [],
    },
    {
      change: 'to a wait of which nothing is said but its reason',
      before: bare,
      after: waiting('FargateQuotaExceeded'),
      events: ['Warning FargateQuotaExceeded: '],
    },
    {
      change: 'to words that speak of a next try before their end',
      before: bare,
      after: waiting('ProviderAccessDenied', 'denied. Next try at noon, they say.'),
      events: ['Warning ProviderAccessDenied: denied. Next try at noon, they say.'],
    },
    {
      change: 'to a reason of a pod that has not failed',
      before: running,
      after: withState({ running: {} }, { phase: 'Running', reason: 'Evicting' }),
      events: [],
    },
  ])('$change', ({ before, after, events }) => {
    expect(told(before, after)).toEqual(events);
  });

  it('name the container that they are about', () => {
    const [event] = eventsOfChange(aPod(), showing(aPod(), aLaunch(aStoppedTask(3))));
    expect(event?.fieldPath).toBe('spec.containers{main}');
  });

  it('compare each container with itself', () => {
    const both = (side: ContainerState): Pod => {
      const pod = withState({ running: {} });
      const [main] = pod.status?.containerStatuses ?? [];
      const statuses = main === undefined ? [] : [main, { ...main, name: 'side', state: side }];
      return { ...pod, status: { ...pod.status, containerStatuses: statuses } };
    };
    const began = eventsOfChange(both({ waiting: { reason: 'ContainerCreating' } }), both({ running: {} }));
    expect(began.map(({ reason, fieldPath }) => [reason, fieldPath])).toEqual([
      ['Pulled', 'spec.containers{side}'],
      ['Started', 'spec.containers{side}'],
    ]);
  });

  it('tell of init containers too, and nothing while a container waits for its turn', () => {
    const initContainers = [{ name: 'migrate', image: 'registry.invalid/migrate:1' }];
    const pod = aPod({ spec: { initContainers } });
    const migrate = { name: 'migrate', state: 'stopped', exitCode: 1, startedAt: ago(10) } as const;
    const task = aStoppedTask(0, { startedAt: undefined as never, containers: [migrate] });
    const stop = { why: 'initFailed', container: 'migrate', at: ago(5), deadline: NOW } as const;
    const after = showing(pod, aLaunch(task, { stop }));
    const message = `Back-off restarting failed container migrate: back-off 10s restarting failed containers of pod default/web(${UID})`;
    expect(eventsOfChange(showing(pod, undefined), after)).toEqual([
      { type: 'Warning', reason: 'BackOff', message, fieldPath: 'spec.initContainers{migrate}' },
    ]);
  });
});
