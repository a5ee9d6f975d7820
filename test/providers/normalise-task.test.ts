import type { Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { parseEcsTaskStateChange, type EcsTaskStateChange } from '../../events/ecs-task-state-change.ts';
import type { StopCause } from '../../lib/core/task.ts';
import { normaliseEvent } from '../../lib/providers/ecs-fargate/tasks/normalise-event.ts';
import { normaliseTask, type TaskLike } from '../../lib/providers/ecs-fargate/tasks/normalise-task.ts';
import { listSituations, readSample } from '../events/read-samples.ts';

const FOLDER = 'ecs-task-state-change';

function sample(situation: string): EcsTaskStateChange {
  const parsed = parseEcsTaskStateChange(readSample(FOLDER, situation));
  if (!parsed.ok) throw new Error(`${situation} is no event: ${parsed.faults.join('; ')}`);
  return parsed.event;
}

/** The sample as DescribeTasks would have given it: times as dates, the other attachment type. */
function asApiTask({ detail }: EcsTaskStateChange): Task {
  const entries = Object.entries(detail).map(([name, value]) =>
    name.endsWith('At') ? [name, new Date(String(value))] : [name, value],
  );
  const task = Object.fromEntries(entries) as Task;
  const attachments = task.attachments?.map((attachment) => ({
    ...attachment,
    type: 'ElasticNetworkInterface',
  }));
  return { ...task, ...(attachments && { attachments }) };
}

const plain = (more: Partial<TaskLike> = {}): TaskLike => ({
  taskArn: 'arn:task',
  version: 3,
  lastStatus: 'STOPPED',
  desiredStatus: 'STOPPED',
  ...more,
});

describe('reading a task', () => {
  it.each(listSituations(FOLDER))('understands the sample "%s" the same from event and API', (situation) => {
    const event = sample(situation);
    const found = normaliseEvent(event);
    expect(normaliseTask(asApiTask(event))).toEqual(found);
    expect(found.owner).toMatchObject({ cluster: 'demo', node: 'lambdalet-1' });
    expect(found.task.version).toBe(event.detail.version);
    expect(Object.values(found.task)).not.toContain(undefined);
  });

  it('sees a running task with its address, image and times', () => {
    expect(normaliseEvent(sample('running'))).toMatchObject({
      owner: { attempt: 1 },
      task: {
        state: 'running',
        podIP: expect.stringMatching(/^10\.0\./) as string,
        startedAt: Date.parse('2026-03-04T09:15:29.377Z'),
        containers: [{ state: 'running', imageDigest: expect.stringContaining('sha256:') as string }],
      },
    });
  });

  it('reads namespace and name of the pod from the overrides, in any container', () => {
    const environment = [{ name: 'LAMBDALET_POD', value: 'shop/web-1' }];
    const found = normaliseTask(
      plain({
        group: 'lambdalet:demo/node-1',
        startedBy: 'abc-1/7',
        overrides: { containerOverrides: [{}, { environment }] },
      }),
    );
    const owner = { cluster: 'demo', node: 'node-1', uid: 'abc-1', attempt: 7 };
    expect(found.owner).toEqual({ ...owner, namespace: 'shop', name: 'web-1' });
  });

  it.each([
    ['no marks', {}],
    ['another group', { group: 'family:x', startedBy: 'abc/1' }],
    ['another starter', { group: 'lambdalet:demo/node-1', startedBy: 'ecs-svc/123/4' }],
    ['no attempt', { group: 'lambdalet:demo/node-1', startedBy: 'abc' }],
  ])('takes a task with %s for a stranger', (_, marks) => {
    expect(normaliseTask(plain(marks)).owner).toBeUndefined();
  });

  it('leaves out the containers that AWS adds', () => {
    const { containers } = normaliseEvent(sample('stranger-container')).task;
    expect(containers.map(({ name }) => name)).toEqual(['web']);
  });

  it('tells of the interface, for load balancers, while it is attached', () => {
    const { annotations, podIP } = normaliseEvent(sample('running')).task;
    const [interfaces] = Object.values(annotations ?? {}).map((text) => JSON.parse(text) as unknown);
    expect(Object.keys(annotations ?? {})).toEqual(['vpc.amazonaws.com/pod-eni']);
    expect(interfaces).toEqual([
      {
        eniId: expect.stringMatching(/^eni-/) as string,
        ifAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) as string,
        privateIp: podIP,
      },
    ]);
  });

  it.each([
    ['before it is attached', { status: 'PRECREATED' }],
    ['once it is detached', { status: 'DELETED' }],
    ['without its id', { status: 'ATTACHED', details: [{ name: 'privateIPv4Address', value: '10.0.0.1' }] }],
    ['without an address', { status: 'ATTACHED', details: [{ name: 'networkInterfaceId', value: 'eni-1' }] }],
  ])('tells of no interface %s', (_, attachment) => {
    const { task } = normaliseTask(plain({ attachments: [{ type: 'eni', ...attachment }] }));
    expect(task).not.toHaveProperty('annotations');
  });

  it('invents no exit code for a container that never ran', () => {
    const { task } = normaliseTask(plain({ containers: [{ name: 'main', lastStatus: 'STOPPED' }] }));
    expect(task.containers).toEqual([{ name: 'main', state: 'stopped' }]);
  });

  it('knows a container that was killed for memory', () => {
    const [container] = normaliseEvent(sample('stopped-exit-137-oom')).task.containers;
    expect(container).toMatchObject({ exitCode: 137, outOfMemory: true });
  });

  it('cuts what ECS says to 256 bytes', () => {
    const { task } = normaliseTask(plain({ stoppedReason: 'é'.repeat(500) }));
    expect(Buffer.byteLength(task.reason ?? '')).toBeLessThanOrEqual(256);
  });

  it.each([
    ['PROVISIONING', 'RUNNING', 'pending'],
    ['PENDING', 'RUNNING', 'pending'],
    ['ACTIVATING', 'RUNNING', 'pending'],
    ['RUNNING', 'RUNNING', 'running'],
    ['RUNNING', 'STOPPED', 'stopping'],
    ['PENDING', 'STOPPED', 'stopping'],
    ['DEACTIVATING', 'STOPPED', 'stopping'],
    ['STOPPING', 'RUNNING', 'stopping'],
    ['DEPROVISIONING', 'STOPPED', 'stopping'],
    ['STOPPED', 'STOPPED', 'stopped'],
    ['DELETED', 'STOPPED', 'stopped'],
    ['SOMETHING_NEW', 'RUNNING', 'pending'],
  ])('calls %s (wanted %s) %s', (lastStatus, desiredStatus, state) => {
    expect(normaliseTask(plain({ lastStatus, desiredStatus })).task.state).toBe(state);
  });

  it('refuses a task without an ARN', () => {
    expect(() => normaliseTask({})).toThrow('without an ARN');
  });

  it('falls back to IPv6 where there is nothing else', () => {
    const networkInterfaces = [{ ipv6Address: '2001:db8::1' }];
    const { task } = normaliseTask(plain({ containers: [{ name: 'main', networkInterfaces }] }));
    expect(task.podIP).toBe('2001:db8::1');
  });

  it.each([
    ['HEALTHY', 'healthy'],
    ['UNHEALTHY', 'unhealthy'],
    ['UNKNOWN', 'unknown'],
  ])('tells the health %s', (healthStatus, health) => {
    const { task } = normaliseTask(plain({ containers: [{ name: 'main', healthStatus }] }));
    expect(task.containers[0]).toMatchObject({ health });
  });
});

describe('finding out why a task stopped', () => {
  const failedToStart = (stoppedReason: string): Partial<TaskLike> => ({
    stopCode: 'TaskFailedToStart',
    stoppedReason,
    containers: [],
  });
  const exited = (exitCode: number | undefined, reason?: string): Partial<TaskLike> => ({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    startedAt: '2026-01-01T00:00:00Z',
    containers: [{ name: 'main', lastStatus: 'STOPPED', exitCode, reason }],
  });
  it.each<[string, Partial<TaskLike>, StopCause]>([
    ['an exit', exited(3), 'exited'],
    ['an exit for memory', exited(137, 'OutOfMemoryError: Container killed due to memory usage'), 'exited'],
    ['an exit without a code', exited(undefined), 'exited'],
    ['a program that is not there', exited(127, 'CannotStartContainerError: no such file'), 'containerStart'],
    ['a pull', failedToStart('CannotPullContainerError: pull image manifest has been retried'), 'imagePull'],
    ['an ECR pull', failedToStart('CannotPullECRContainerError: AccessDenied'), 'imagePull'],
    [
      'missing secrets',
      failedToStart('ResourceInitializationError: unable to pull secrets or registry auth'),
      'configuration',
    ],
    [
      'no interface',
      failedToStart('Timeout waiting for network interface provisioning to complete.'),
      'capacity',
    ],
    [
      'no address',
      failedToStart('Unexpected EC2 error while attempting to Create Network Interface in subnet'),
      'capacity',
    ],
    ['no disk', failedToStart('Timeout waiting for EphemeralStorage provisioning'), 'capacity'],
    [
      'a throttled interface',
      failedToStart('Rate limit exceeded while preparing network interface'),
      'capacity',
    ],
    [
      'a lookup that EC2 throttled',
      failedToStart('Unexpected EC2 error: RequestLimitExceeded: Request limit exceeded.'),
      'capacity',
    ],
    [
      'the quota of vCPUs',
      failedToStart("You've reached the limit on the number of vCPUs you can run concurrently"),
      'capacity',
    ],
    [
      'no capacity',
      failedToStart('Capacity is unavailable at this time. Please try again later'),
      'capacity',
    ],
    [
      'a pull that the registry limits',
      failedToStart('CannotPullContainerError: toomanyrequests: You have reached your pull rate limit'),
      'imagePull',
    ],
    ['an internal error', failedToStart('InternalError: try again'), 'capacity'],
    ['a container that cannot be created', failedToStart('CannotCreateContainerError: x'), 'containerStart'],
    ['something new', failedToStart('Gremlins'), 'containerStart'],
    ['StopTask', { stopCode: 'UserInitiated', stoppedReason: 'lambdalet: deleted' }, 'requested'],
    ['a service', { stopCode: 'ServiceSchedulerInitiated' }, 'requested'],
    [
      'Spot',
      { stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' },
      'disruption',
    ],
    ['retirement', { stopCode: 'TerminationNotice' }, 'disruption'],
    ['a host', { stopCode: 'InfrastructureHealth' }, 'disruption'],
    [
      'maintenance under another code',
      { stoppedReason: 'ECS is performing maintenance on the underlying infrastructure hosting the task' },
      'disruption',
    ],
    ['an unknown code of a task that ran', { ...exited(0), stopCode: 'New' }, 'exited'],
  ])('sees %s', (_, facts, cause) => {
    expect(normaliseTask(plain(facts)).task.cause).toBe(cause);
  });

  it.each([
    ['Capacity is unavailable at this time. Please try again later', 'capacity'],
    ["You've reached the limit on the number of vCPUs you can run concurrently", 'quota'],
    [
      'Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet subnet-1: InsufficientFreeAddressesInSubnet',
      'addresses',
    ],
    [
      'Unexpected EC2 error while attempting to Create Network Interface: NetworkInterfaceLimitExceeded',
      'quota',
    ],
    [
      'The subnet subnet-1 does not have enough free IP addresses to satisfy the request: no free addresses, no network interface',
      'addresses',
    ],
    ['Unexpected EC2 error: RequestLimitExceeded: Request limit exceeded.', undefined],
    ['Timeout waiting for network interface provisioning to complete.', undefined],
    ['Rate limit exceeded while preparing network interface', undefined],
    ['InternalError: try again', undefined],
    ['CannotPullContainerError: You have reached the limit of free capacity', undefined],
  ])('says what there was none of: "%s" is %s', (reason, shortOf) => {
    expect(normaliseTask(plain(failedToStart(reason))).task.shortOf).toBe(shortOf);
  });

  it('tells the Spot warning while the task still runs', () => {
    expect(normaliseEvent(sample('spot-interruption')).task).toMatchObject({
      state: 'stopping',
      cause: 'disruption',
      disruption: 'Your Spot Task was interrupted.',
    });
  });

  it('names no cause while a task runs', () => {
    expect(normaliseEvent(sample('running')).task).not.toHaveProperty('cause');
  });
});

describe('helper containers', () => {
  const main = { name: 'main', lastStatus: 'PENDING' };
  const writer = (more: object) => ({ name: 'lambdalet-writer', lastStatus: 'STOPPED', ...more });
  const shown = (task: Partial<TaskLike>) => normaliseTask(plain(task)).task;

  it.each([
    ['waits', { lastStatus: 'PENDING' }],
    ['runs', { lastStatus: 'RUNNING' }],
    ['did its work', { exitCode: 0 }],
  ])('are left out when one %s', (_, more) => {
    const { containers } = shown({
      lastStatus: 'ACTIVATING',
      desiredStatus: 'RUNNING',
      containers: [writer(more), main],
    });
    expect(containers.map(({ name }) => name)).toEqual(['main']);
  });

  it('are shown when one failed while the task starts, and the task says which', () => {
    const task = shown({
      lastStatus: 'ACTIVATING',
      desiredStatus: 'RUNNING',
      containers: [writer({ exitCode: 1 }), main],
    });
    expect(task).toMatchObject({ state: 'pending', reason: 'lambdalet-writer: exited with code 1' });
    expect(task.containers[0]).toMatchObject({ name: 'lambdalet-writer', state: 'stopped', exitCode: 1 });
  });

  it('keep their word when the task is stopped for it', () => {
    const stopped = { stopCode: 'UserInitiated', stoppedReason: 'lambdalet: stopped' };
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    const task = shown({ ...stopped, containers: [writer({ exitCode: 137, reason }), main] });
    expect(task).toMatchObject({ cause: 'requested', reason: `lambdalet-writer: ${reason}` });
  });

  it.each([137, 143, undefined])('did not fail when a stop ended one with %s', (exitCode) => {
    const stopped = { stopCode: 'UserInitiated', stoppedReason: 'lambdalet: stopped' };
    const task = shown({
      ...stopped,
      containers: [writer(exitCode === undefined ? {} : { exitCode }), main],
    });
    expect(task.reason).toBe('lambdalet: stopped');
    expect(task.containers.map(({ name }) => name)).toEqual(['main']);
  });

  it('do not count as a container that ran', () => {
    const failed = {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'CannotPullContainerError: no such host',
      containers: [writer({ exitCode: 0 }), { name: 'main', lastStatus: 'STOPPED' }],
    };
    expect(shown(failed).cause).toBe('imagePull');
  });

  it.each([
    'ResourceInitializationError: failed to download env files: file download command: non empty error stream: NoSuchKey: The specified key does not exist.',
    'ResourceInitializationError: failed to download env files: RequestCanceled: request context canceled caused by: context deadline exceeded',
    'ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: ResourceNotFoundException',
  ])('and what they read belong to the configuration: %s', (stoppedReason) => {
    expect(shown({ stopCode: 'TaskFailedToStart', stoppedReason, containers: [] }).cause).toBe(
      'configuration',
    );
  });
});
