import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { createEcsFargateProvider } from '../../lib/providers/ecs-fargate/provider.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import { aPod, aPodWith, aRecord, NODES, SETTINGS, T0, withToken } from './fixtures.ts';
import { failureIn, launchedTask, startProvider as start } from './start-provider.ts';

const HOUR = 3_600_000;

describe('sharing task definitions', () => {
  it('registers once for a thousand replicas, each with its random token volume', async () => {
    const { ecs, launch } = start();
    const replicas = Array.from({ length: 1000 }, (_, index) => {
      const plain = aPodWith({ env: [{ name: 'MODE', value: 'prod' }] });
      return { ...plain, spec: withToken(plain.spec, `x${index.toString(36).padStart(4, '0')}`) };
    });
    const outcomes = await Promise.all(replicas.map((pod) => launch(pod)));
    expect(new Set(outcomes.map((outcome) => launchedTask(outcome).arn)).size).toBe(1000);
    expect(ecs.requests('RegisterTaskDefinition')).toBe(1);
    expect(ecs.requests('RunTask')).toBe(1001);
    expect(ecs.requests('DescribeTaskDefinition')).toBe(0);
  });

  it('registers nothing when another process has done it', async () => {
    const { ecs, launch, create } = start();
    await launch(aPod());
    const pod = aPod();
    launchedTask(await create().launch(pod, aRecord(pod), T0 + HOUR, noInputs()));
    expect(ecs.requests('RegisterTaskDefinition')).toBe(1);
    expect(ecs.requests('RunTask')).toBe(3);
  });

  it('registers anew when the definition was retired meanwhile', async () => {
    const { ecs, clock, launch } = start();
    const first = await launch(aPod());
    if (first.kind !== 'launched') throw new Error('the first launch failed');
    ecs.model.handle('DeregisterTaskDefinition', { taskDefinition: first.taskDefinition }, clock.now());
    await clock.advance(2 * 60_000);
    const second = await launch(aPod());
    expect(second).toMatchObject({
      kind: 'launched',
      taskDefinition: expect.stringMatching(/:2$/) as string,
    });
  });

  it('takes a definition that is not seen yet for a passing fault, and sends no second registration', async () => {
    const { ecs, launch } = start();
    const missing = new AwsError('InvalidParameterException', 'TaskDefinition not found.');
    ecs.model.failNext('RunTask', missing);
    ecs.model.failNext('RunTask', missing);
    ecs.model.failNext('RunTask', missing);
    expect(failureIn(await launch(aPod())).kind).toBe('transient');
    expect(failureIn(await launch(aPod())).kind).toBe('transient');
    launchedTask(await launch(aPod()));
    expect(ecs.requests('RegisterTaskDefinition')).toBe(1);
  });

  it('never calls a failed registration ambiguous: no task can have come of it', async () => {
    const { ecs, clock, launch } = start();
    for (let attempt = 0; attempt < 3; attempt += 1)
      ecs.failWire('RegisterTaskDefinition', 'loses the answer');
    expect(failureIn(await clock.runUntil(launch(aPod()))).kind).toBe('transient');
  });

  it('says throttled when registrations are', async () => {
    const { ecs, clock, launch } = start();
    for (let attempt = 0; attempt < 3; attempt += 1)
      ecs.model.failNext('RegisterTaskDefinition', new AwsError('ThrottlingException', 'Rate exceeded'));
    expect(failureIn(await clock.runUntil(launch(aPod()))).kind).toBe('throttled');
    launchedTask(await launch(aPod()));
  });
});

describe('launching', () => {
  it.each<[string, AwsError, string]>([
    ['a throttle', new AwsError('ThrottlingException', 'Rate exceeded'), 'throttled'],
    ['a server fault', new AwsError('ServerException', 'Internal error'), 'ambiguous'],
    ['missing rights', new AwsError('AccessDeniedException', 'iam:PassRole'), 'auth'],
  ])('sends %s once, however the client retries', async (_, error, kind) => {
    const { ecs, launch } = start({}, { stubborn: true });
    launchedTask(await launch(aPod()));
    ecs.model.failNext('RunTask', error);
    const before = ecs.requests('RunTask');
    expect(failureIn(await launch(aPod())).kind).toBe(kind);
    expect(ecs.requests('RunTask') - before).toBe(1);
  });

  it.each([
    ['loses the request', 'ambiguous', 2],
    ['loses the answer', 'ambiguous', 2],
    ['refuses the connection', 'transient', 1],
  ] as const)('when the wire %s every time, calls that %s after %i sends', async (fault, kind, sends) => {
    const { ecs, launch } = start({}, { stubborn: true });
    launchedTask(await launch(aPod()));
    for (let time = 0; time < sends; time += 1) ecs.failWire('RunTask', fault);
    const before = ecs.requests('RunTask');
    expect(failureIn(await launch(aPod())).kind).toBe(kind);
    expect(ecs.requests('RunTask') - before).toBe(sends);
  });

  it.each(['loses the request', 'loses the answer'] as const)(
    'sends the same token again at once when the wire %s, and has one task',
    async (fault) => {
      const { ecs, launch, provider } = start({}, { stubborn: true });
      ecs.failWire('RunTask', fault);
      launchedTask(await launch(aPod()));
      expect(await provider.listAll()).toHaveLength(1);
    },
  );

  it('calls whatever the second send is told ambiguous, because the first may have started a task', async () => {
    const { ecs, launch } = start({}, { stubborn: true });
    launchedTask(await launch(aPod()));
    ecs.failWire('RunTask', 'loses the request');
    ecs.model.capacity.unavailable = true;
    expect(failureIn(await launch(aPod())).kind).toBe('ambiguous');
  });

  it('adopts the task when the pod changed between two sends of a token', async () => {
    const { ecs, launch } = start();
    const pod = aPod();
    const first = launchedTask(await launch(pod));
    const changed = { ...pod, spec: { ...pod.spec, containers: [{ name: 'main', image: 'nginx:2' }] } };
    expect(launchedTask(await launch(changed)).arn).toBe(first.arn);
    expect(ecs.model.taskCount()).toBe(1);
  });

  it('stays in doubt while the task of its token cannot be described', async () => {
    const { launch } = start({ missingMs: 5000 });
    const pod = aPod();
    launchedTask(await launch(pod));
    const changed = { ...pod, spec: { ...pod.spec, containers: [{ name: 'main', image: 'nginx:2' }] } };
    expect(failureIn(await launch(changed)).kind).toBe('ambiguous');
  });

  it('refuses a pod of a node that is not in the settings', async () => {
    const { launch } = start();
    expect(failureIn(await launch(aPod(), { node: 'elsewhere' })).kind).toBe('internal');
  });

  it('starts a Spot task for a node of that kind', async () => {
    const { ecs, launch } = start();
    const task = launchedTask(await launch(aPod({ nodeName: 'spot-1' }), { node: 'spot-1' }));
    ecs.model.interruptSpot(task.arn, T0);
    expect(ecs.events.at(-1)?.task).toMatchObject({ disruption: 'Your Spot Task was interrupted.' });
  });

  it('logs no override', async () => {
    const { telemetry, launch } = start();
    const secret = aPodWith({
      env: [{ name: 'S', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['canary']" } } }],
    });
    secret.metadata.annotations = { canary: 'yellow-bird' };
    launchedTask(await launch(secret));
    expect(JSON.stringify(telemetry.lines)).not.toContain('yellow-bird');
  });
});

describe('looking up', () => {
  it('lists every task over many pages', async () => {
    const { ecs, provider, launch } = start();
    await Promise.all(Array.from({ length: 230 }, () => launch(aPod())));
    expect(await provider.listAll()).toHaveLength(230);
    expect(ecs.requests('ListTasks')).toBe(4);
    expect(ecs.requests('DescribeTasks')).toBe(3);
  });

  it('throws rather than give an incomplete list', async () => {
    const { ecs, clock, provider, launch } = start();
    await launch(aPod());
    for (let attempt = 0; attempt < 3; attempt += 1)
      ecs.model.failNext('DescribeTasks', new AwsError('ServerException', 'Internal error'));
    await expect(clock.runUntil(provider.listAll())).rejects.toBeInstanceOf(FailureError);
  });

  it('leaves tasks of strangers and of other clusters out of the list', async () => {
    const { ecs, provider, launch } = start();
    const task = launchedTask(await launch(aPod()));
    const pod = aPod();
    const other = createEcsFargateProvider({
      ...SETTINGS,
      cluster: 'another',
      client: ecs.client,
      ecsCluster: 'lambdalet-demo',
      nodes: NODES,
      clock: createManualClock(T0),
      telemetry: createMemoryTelemetry(),
    });
    launchedTask(await other.launch(pod, aRecord(pod), T0 + HOUR, noInputs()));
    expect((await provider.listAll()).map((found) => found.task.arn)).toEqual([task.arn]);
    expect(await provider.find(pod.metadata.uid, 1)).toBeUndefined();
  });

  it('does not take a task for absent that ECS lists but cannot describe yet', async () => {
    const { ecs, provider, launch } = start();
    const pod = aPod();
    const { arn } = launchedTask(await launch(pod));
    ecs.model.overlookTask(arn, { described: 'missing' }, T0);
    await expect(provider.find(pod.metadata.uid, 1)).rejects.toMatchObject({
      failure: { kind: 'transient' },
    });
  });

  it('says auth when the ECS cluster is gone', async () => {
    const { provider } = start({ clusters: [] });
    await expect(provider.stop('arn:x', 'why')).rejects.toMatchObject({ failure: { kind: 'auth' } });
    await expect(provider.describe(['arn:x'])).rejects.toMatchObject({ failure: { kind: 'auth' } });
  });
});

describe('assessing', () => {
  it('takes less than a millisecond', () => {
    const { provider } = start();
    const pod = aPod();
    provider.assess(pod, 'fargate-1');
    const begun = performance.now();
    for (let count = 0; count < 1000; count += 1) provider.assess(pod, 'fargate-1');
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('refuses to judge for a node that it does not have', () => {
    expect(() => start().provider.assess(aPod(), 'elsewhere')).toThrow('elsewhere is not a node');
  });
});
