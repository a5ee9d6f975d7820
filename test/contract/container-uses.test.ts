import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { createContainerUses } from '../../lib/adapters/container-insights/create-container-uses.ts';
import type { UsedTask } from '../../lib/ports/container-use.ts';
import { createAwsModels } from '../../lib/local/aws/create-aws-models.ts';
import { realInsights } from '../../lib/local/aws/ecs/publish-insights.ts';
import { seededChance, sequentialIds } from '../../lib/local/aws/id-source.ts';
import { serveAws } from '../../lib/local/aws/serve-aws.ts';
import { logStreamOf, toTaskId } from '../../lib/providers/ecs-fargate/plan/log-stream.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryContainerUses } from '../memory/memory-container-uses.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { createMemoryUseCheckpoints } from '../memory/memory-use-checkpoints.ts';
import { containerUsesContract, type ContainerUsesHarness } from './container-uses.contract.ts';

const MINUTE_MS = 60_000;

containerUsesContract('memory', () => {
  const uses = createMemoryContainerUses();
  const running = new Map<string, { readonly cores: number; readonly mib: number }>();
  let now = Date.UTC(2026, 2, 4, 9, 15);
  let started = 0;
  const pass = (): void => {
    now += MINUTE_MS;
    for (const [id, { cores, mib }] of running)
      for (const [container, share] of [
        ['main', 1],
        ['side', 0.5],
      ] as const) {
        const cpu = { cpuCores: cores * share, seconds: Math.max(0.001, cores * share * 60) };
        const workingSetBytes = Math.max(1, mib * share) * 1_048_576;
        uses.measure(id, { container, at: now, ...cpu, workingSetBytes });
      }
  };
  return Promise.resolve({
    uses,
    start: (use) => {
      const id = String((started += 1)).padStart(32, '0');
      running.set(id, use);
      return Promise.resolve({ task: { runtimeId: `${id}-7` }, startedAt: now });
    },
    stop: ({ task }) =>
      Promise.resolve(void running.delete('runtimeId' in task ? toTaskId(task.runtimeId) : '')),
    pass: (minutes) => {
      for (let minute = 0; minute < minutes; minute += 1) pass();
      return Promise.resolve();
    },
    now: () => now,
    close: () => Promise.resolve(),
  });
});

containerUsesContract('Container Insights (emulator)', async (): Promise<ContainerUsesHarness> => {
  const clock = createManualClock(Date.UTC(2026, 2, 4, 9, 15, 20));
  const models = createAwsModels({
    place: { region: 'eu-west-1', account: '111122223333' },
    ids: sequentialIds('uses'),
    chance: seededChance(1),
    clusters: ['pods'],
    insights: realInsights,
  });
  const server = await serveAws(models, { clock });
  const client = new CloudWatchLogsClient({
    ...{ endpoint: server.endpoints.logs, region: 'eu-west-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const uses = createContainerUses({
    ...{ client, ecsCluster: 'pods', clock, telemetry: createMemoryTelemetry() },
    checkpoints: createMemoryUseCheckpoints(),
    taskIdOf: (task) => logStreamOf('', task, '').stream.replace(/^.*\//, ''),
  });
  let definitions = 0;
  const advance = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    models.ecs.advance(clock.now());
  };
  return {
    // The clock stands still meanwhile: a read waits for what is new as long as it takes.
    uses,
    start: async ({ cores, mib }): Promise<UsedTask> => {
      const family = `pod-${(definitions += 1)}`;
      const container = (name: string, share: number): object => ({
        ...{ name, image: 'web', essential: true },
        environment: [
          { name: 'SIMULATED_CPU_CORES', value: String(cores * share) },
          { name: 'SIMULATED_MEMORY_MIB', value: String(mib * share) },
        ],
      });
      models.ecs.handle(
        'RegisterTaskDefinition',
        {
          ...{ family, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] },
          ...{ cpu: '4096', memory: '8192' },
          containerDefinitions: [container('main', 1), container('side', 0.5)],
        },
        clock.now(),
      );
      const answer = models.ecs.handle(
        'RunTask',
        {
          ...{ cluster: 'pods', taskDefinition: family, launchType: 'FARGATE' },
          networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
        },
        clock.now(),
      ) as { readonly tasks: readonly { readonly taskArn: string }[] };
      await advance(5_000);
      const { taskArn = '' } = answer.tasks[0] ?? {};
      return { task: { taskArn }, startedAt: clock.now() };
    },
    stop: async ({ task }) => {
      if ('taskArn' in task)
        models.ecs.handle('StopTask', { cluster: 'pods', task: task.taskArn }, clock.now());
      await advance(5_000);
    },
    pass: async (minutes) => {
      for (let minute = 0; minute < minutes; minute += 1) await advance(MINUTE_MS);
    },
    now: () => clock.now(),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
});
