import { describe, expect, it } from 'vitest';
import { fastTimings, realTimings } from '../../../lib/local/aws/ecs/ecs-timings.ts';
import { createBench, definition, shell, T0 } from './ecs-bench.ts';

describe('the life of a task', () => {
  it('goes through every state, one version and one event each', () => {
    const bench = createBench();
    bench.register(definition({ name: 'main', image: 'busybox', ...shell('sleep 2; exit 3') }));
    const { taskArn } = bench.run();
    bench.pass(60_000);
    expect(bench.statuses()).toEqual([
      '1 PROVISIONING',
      '2 PENDING',
      '3 ACTIVATING',
      '4 RUNNING',
      '5 DEACTIVATING',
      '6 STOPPING',
      '7 DEPROVISIONING',
      '8 STOPPED',
    ]);
    expect(bench.task(taskArn)).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      version: 8,
      containers: [{ lastStatus: 'STOPPED', exitCode: 3 }],
      createdAt: T0 / 1000,
      startedAt: T0 / 1000 + 2,
      stoppingAt: T0 / 1000 + 4,
      stoppedAt: T0 / 1000 + 4.7,
    });
  });

  it('shows its address once the interface is attached, under another type name in events than in the API', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run();
    bench.pass(3000);
    const [first, , , running] = bench.events;
    expect(first?.detail.attachments).toMatchObject([{ type: 'eni', status: 'PRECREATED' }]);
    expect(first?.detail.containers[0]?.networkInterfaces).toEqual([]);
    expect(running?.detail.attachments).toMatchObject([{ type: 'eni', status: 'ATTACHED' }]);
    const address = running?.detail.containers[0]?.networkInterfaces?.[0]?.privateIpv4Address;
    expect(address).toMatch(/^10\.0\.\d+\.\d+$/);
    expect(bench.task(taskArn)).toMatchObject({
      attachments: [
        {
          type: 'ElasticNetworkInterface',
          details: expect.arrayContaining([{ name: 'privateIPv4Address', value: address }]) as unknown,
        },
      ],
    });
  });

  it('carries its starter and its group into every event, and no tags', () => {
    const bench = createBench();
    bench.register();
    bench.run({ tags: [{ key: 'a', value: 'b' }] });
    bench.pass(3000);
    for (const { detail } of bench.events) {
      expect(detail).toMatchObject({
        startedBy: expect.stringContaining('/1') as unknown,
        group: 'lambdalet:demo/lambdalet-1',
      });
      expect(detail).not.toHaveProperty('tags');
      expect(detail).not.toHaveProperty('healthStatus');
    }
  });

  it('runs on when its image has no command, and exits 143 when it is stopped', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run();
    bench.pass(86_400_000);
    expect(bench.task(taskArn).lastStatus).toBe('RUNNING');
    bench.call('StopTask', { cluster: 'demo', task: taskArn, reason: 'because: I said so' });
    bench.pass(1000);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'because: I said so',
      containers: [{ exitCode: 143 }],
    });
  });

  it('kills what ignores SIGTERM after its stop timeout', () => {
    const bench = createBench();
    bench.register(
      definition({ name: 'main', image: 'busybox', stopTimeout: 5, ...shell("trap '' TERM; sleep 1000") }),
    );
    const { taskArn } = bench.run();
    bench.pass(3000);
    bench.call('StopTask', { cluster: 'demo', task: taskArn });
    bench.pass(5100);
    expect(bench.task(taskArn).lastStatus).toBe('STOPPING');
    bench.pass(1000);
    expect(bench.task(taskArn).containers[0]?.exitCode).toBe(137);
  });

  it('fails to start when an image cannot be pulled: no container, TaskFailedToStart', () => {
    const bench = createBench();
    bench.register(definition({ name: 'main', image: 'registry.invalid/team/app:1' }));
    const { taskArn } = bench.run();
    bench.pass(10_000);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(
        /^CannotPullContainerError: .*registry\.invalid\/v2\/team\/app\/manifests\/1/,
      ) as unknown,
      containers: [],
    });
    expect(bench.events.at(-1)?.detail).toMatchObject({ containers: [] });
    expect(bench.task(taskArn)).not.toHaveProperty('startedAt');
  });

  it('can be stopped before it ran: no exit code, no DEACTIVATING', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run();
    bench.pass(600);
    bench.call('StopTask', { cluster: 'demo', task: taskArn });
    bench.pass(5000);
    expect(bench.statuses()).toEqual(['1 PROVISIONING', '2 PENDING', '3 DEPROVISIONING', '4 STOPPED']);
    expect(bench.task(taskArn).containers[0]).not.toHaveProperty('exitCode');
  });

  it('is forgotten an hour after its end', () => {
    const bench = createBench();
    bench.register(definition({ name: 'main', image: 'busybox', command: ['true'] }));
    const { taskArn } = bench.run();
    bench.pass(3_600_000);
    expect(bench.task(taskArn).lastStatus).toBe('STOPPED');
    bench.pass(10_000);
    expect(bench.call('DescribeTasks', { cluster: 'demo', tasks: [taskArn] })).toMatchObject({
      tasks: [],
      failures: [{ arn: taskArn, reason: 'MISSING' }],
    });
    expect(bench.ecs.nextDue()).toBeUndefined();
  });

  it.each([
    ['fast', fastTimings, 1000, 2500, 1500],
    ['real', realTimings, 20_000, 40_000, 35_000],
  ])(
    'at the %s pace is RUNNING and STOPPED when people expect it',
    (_pace, timings, early, late, stopped) => {
      const bench = createBench({ timings });
      bench.register();
      const { taskArn } = bench.run();
      bench.pass(early);
      expect(bench.task(taskArn).lastStatus).not.toBe('RUNNING');
      bench.pass(late - early);
      expect(bench.task(taskArn).lastStatus).toBe('RUNNING');
      bench.call('StopTask', { cluster: 'demo', task: taskArn });
      bench.pass(stopped);
      expect(bench.task(taskArn).lastStatus).toBe('STOPPED');
    },
  );

  it('says the same whether the clock moves in one leap or in small steps', () => {
    const life = (steps: number) => {
      const bench = createBench({ timings: fastTimings });
      bench.register(definition({ name: 'main', image: 'busybox', ...shell('sleep 3; exit 1') }));
      bench.run();
      for (let step = 0; step < steps; step += 1) bench.pass(20_000 / steps);
      return bench.events;
    };
    expect(life(1)).toEqual(life(400));
  });
});

describe('a task of several containers', () => {
  const chain = definition(
    {
      name: 'main',
      image: 'busybox',
      ...shell('sleep 100'),
      dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
    },
    { name: 'init', image: 'busybox', essential: false, ...shell('sleep 30') },
  );

  it('is not RUNNING before its last container was started', () => {
    const bench = createBench();
    bench.register(chain);
    const { taskArn } = bench.run();
    bench.pass(31_000);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'ACTIVATING',
      containers: [{ lastStatus: 'PENDING' }, {}],
    });
    bench.pass(1500);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'RUNNING',
      containers: [{ lastStatus: 'RUNNING' }, { lastStatus: 'STOPPED', exitCode: 0 }],
    });
  });

  it('reports a change of a container alone late, and nobody sees it sooner', () => {
    const bench = createBench();
    bench.register(chain);
    const { taskArn } = bench.run();
    bench.pass(11_900);
    expect(bench.task(taskArn).containers[1]?.lastStatus).toBe('PENDING');
    bench.pass(200);
    expect(bench.task(taskArn)).toMatchObject({
      version: 4,
      lastStatus: 'ACTIVATING',
      containers: [{}, { lastStatus: 'RUNNING' }],
    });
    expect(bench.statuses().slice(2)).toEqual(['3 ACTIVATING', '4 ACTIVATING']);
  });

  it('hangs in ACTIVATING when a SUCCESS dependency fails, until someone stops it', () => {
    const bench = createBench();
    bench.register({
      ...chain,
      containerDefinitions: (chain['containerDefinitions'] as Record<string, unknown>[]).map((one) =>
        one['name'] === 'init' ? { ...one, ...shell('exit 2') } : one,
      ),
    });
    const { taskArn } = bench.run();
    bench.pass(3_600_000);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'ACTIVATING',
      containers: [{ lastStatus: 'PENDING' }, { exitCode: 2 }],
    });
    bench.call('StopTask', { cluster: 'demo', task: taskArn });
    bench.pass(2000);
    expect(bench.task(taskArn).lastStatus).toBe('STOPPED');
  });

  it('lives on when a non-essential container ends, and stops all when an essential one does', () => {
    const bench = createBench();
    bench.register(
      definition(
        { name: 'main', image: 'busybox', ...shell('sleep 60; exit 4') },
        { name: 'early', image: 'busybox', essential: false, command: ['true'] },
        { name: 'side', image: 'nginx', essential: false },
      ),
    );
    const { taskArn } = bench.run();
    bench.pass(20_000);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'RUNNING',
      containers: [{}, { exitCode: 0 }, { lastStatus: 'RUNNING' }],
    });
    bench.pass(60_000);
    expect(bench.task(taskArn).containers.map(({ exitCode }) => exitCode)).toEqual([4, 0, 143]);
  });

  it('starts a HEALTHY dependant when the health check has passed, without an event of the health', () => {
    const bench = createBench();
    bench.register(
      definition(
        { name: 'main', image: 'nginx', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
        { name: 'db', image: 'postgres', essential: false, healthCheck: { command: ['CMD', 'true'] } },
      ),
    );
    const { taskArn } = bench.run();
    bench.pass(2500);
    expect(bench.task(taskArn)).toMatchObject({ lastStatus: 'ACTIVATING', healthStatus: 'UNKNOWN' });
    bench.pass(600);
    expect(bench.task(taskArn)).toMatchObject({ lastStatus: 'RUNNING', healthStatus: 'HEALTHY' });
    bench.ecs.setHealth(taskArn, 'db', 'UNHEALTHY', bench.now);
    const told = bench.events.length;
    bench.pass(60_000);
    expect(bench.task(taskArn).healthStatus).toBe('UNHEALTHY');
    expect(bench.events).toHaveLength(told);
  });

  it('restarts a container in place only after it has run for its restart period, and shows nothing of it', () => {
    const bench = createBench();
    const restartPolicy = { enabled: true, restartAttemptPeriod: 60 };
    bench.register(
      definition(
        { name: 'main', image: 'nginx' },
        { name: 'side', image: 'busybox', essential: false, restartPolicy, ...shell('sleep $N; exit 1') },
      ),
    );
    const withLife = (seconds: string) => ({
      overrides: { containerOverrides: [{ name: 'side', environment: [{ name: 'N', value: seconds }] }] },
    });
    const long = bench.run(withLife('61')).taskArn;
    const short = bench.run(withLife('59')).taskArn;
    bench.pass(600_000);
    expect(bench.task(long)).toMatchObject({ version: 4, containers: [{}, { lastStatus: 'RUNNING' }] });
    expect(bench.task(short)).toMatchObject({ containers: [{}, { lastStatus: 'STOPPED', exitCode: 1 }] });
  });
});

describe('what AWS does to a task on its own', () => {
  it('warns of a Spot interruption two minutes before the stop', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run({
      launchType: undefined,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
    });
    bench.pass(3000);
    bench.ecs.interruptSpot(taskArn, bench.now);
    expect(bench.events.at(-1)?.detail).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'STOPPED',
      stopCode: 'SpotInterruption',
      capacityProviderName: 'FARGATE_SPOT',
      version: 5,
    });
    bench.pass(119_000);
    expect(bench.task(taskArn).lastStatus).toBe('RUNNING');
    bench.pass(3000);
    expect(bench.task(taskArn)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'SpotInterruption',
      containers: [{ exitCode: 143 }],
    });
  });

  it('retires a task with its own stop code', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run();
    bench.pass(3000);
    bench.ecs.stopByAws(
      taskArn,
      { stopCode: 'TerminationNotice', reason: 'ECS is performing maintenance' },
      bench.now,
    );
    bench.pass(3000);
    expect(bench.task(taskArn)).toMatchObject({
      stopCode: 'TerminationNotice',
      stoppedReason: 'ECS is performing maintenance',
    });
  });

  it('adds a stranger container that nobody ordered', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run();
    bench.ecs.addStranger(taskArn, bench.now);
    bench.pass(3000);
    const detail = bench.events.at(-1)?.detail;
    expect(detail?.containers.map(({ name, lastStatus }) => `${name} ${lastStatus}`)).toEqual([
      'main RUNNING',
      expect.stringMatching(/^aws-guardduty-agent-\w{7} RUNNING$/),
    ]);
    expect(detail?.overrides).toMatchObject({ containerOverrides: [{ name: 'main' }, { cpu: 'null' }] });
    bench.call('StopTask', { cluster: 'demo', task: taskArn });
    bench.pass(60_000);
    expect(bench.task(taskArn).lastStatus).toBe('STOPPED');
  });

  it('kills a container that takes too much memory', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run();
    bench.pass(3000);
    bench.ecs.killForMemory(taskArn, 'main', bench.now);
    bench.pass(3000);
    expect(bench.task(taskArn).containers[0]).toMatchObject({
      exitCode: 137,
      reason: expect.stringMatching(/^OutOfMemoryError/) as unknown,
    });
  });

  it('loses a task without a word', () => {
    const bench = createBench();
    bench.register();
    const { taskArn } = bench.run();
    bench.pass(3000);
    bench.call('StopTask', { cluster: 'demo', task: taskArn });
    bench.ecs.loseTask(taskArn, bench.now);
    const told = bench.events.length;
    bench.pass(60_000);
    expect(bench.events).toHaveLength(told);
    expect(bench.call('DescribeTasks', { cluster: 'demo', tasks: [taskArn] })['failures']).toMatchObject([
      { reason: 'MISSING' },
    ]);
  });
});

describe('the delivery of events', () => {
  it('may repeat, reorder and lose them; the version tells', () => {
    const bench = createBench({ delivery: { delayMs: [0, 5000], duplicates: 0.5, losses: 0.2 } });
    bench.register();
    for (let nth = 0; nth < 20; nth += 1) bench.run();
    bench.pass(60_000);
    const perTask = Map.groupBy(bench.events, ({ detail }) => detail.taskArn);
    const versions = [...perTask.values()].map((events) => events.map(({ detail }) => detail.version));
    expect(
      versions.some((seen) => new Set(seen).size < seen.length),
      'duplicates',
    ).toBe(true);
    expect(
      versions.some((seen) => seen.some((version, at) => version < (seen[at - 1] ?? 0))),
      'disorder',
    ).toBe(true);
    expect(
      versions.some((seen) => new Set(seen).size < 4),
      'losses',
    ).toBe(true);
  });

  it('leaves out the states that this ECS does not show', () => {
    const bench = createBench({ skippedStatuses: ['ACTIVATING', 'DEACTIVATING', 'STOPPING'] });
    bench.register(definition({ name: 'main', image: 'busybox', command: ['true'] }));
    bench.run();
    bench.pass(60_000);
    expect(bench.statuses()).toEqual([
      '1 PROVISIONING',
      '2 PENDING',
      '3 RUNNING',
      '4 DEPROVISIONING',
      '5 STOPPED',
    ]);
  });
});

describe('thousands of tasks', () => {
  it('cost nothing while nothing is due', () => {
    const bench = createBench();
    bench.register();
    for (let nth = 0; nth < 5000; nth += 1) bench.run({ startedBy: `pod-${nth}/1` });
    bench.pass(60_000);
    expect(bench.ecs.nextDue()).toBeUndefined();
    const before = bench.events.length;
    for (let nth = 0; nth < 10_000; nth += 1) bench.pass(1);
    expect(bench.events).toHaveLength(before);
  });
});
