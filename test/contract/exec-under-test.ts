import { ECSClient } from '@aws-sdk/client-ecs';
import { systemClock } from '../../lib/adapters/clock/system-clock.ts';
import { createEcsExec } from '../../lib/adapters/ecs-exec/create-ecs-exec.ts';
import { createAwsModels, type AwsModels } from '../../lib/local/aws/create-aws-models.ts';
import type { ExecControl } from '../../lib/local/aws/ecs-exec/serve-exec.ts';
import { fastTimings } from '../../lib/local/aws/ecs/ecs-timings.ts';
import { seededChance, sequentialIds } from '../../lib/local/aws/id-source.ts';
import { serveAws } from '../../lib/local/aws/serve-aws.ts';
import type { ExecHarness } from './exec.contract.ts';

/** The adapter against the emulator, and what tests change of it. */
export interface EcsExecUnderTest extends ExecHarness {
  readonly models: AwsModels;
  readonly control: ExecControl;
  readonly taskArn: string;
  readonly client: ECSClient;
}

const CLUSTER = 'pods';

/** Starts an emulator with one task whose container `main` runs. */
export async function startEcsExec(
  container: Readonly<Record<string, unknown>> = {},
): Promise<EcsExecUnderTest> {
  const models = createAwsModels({
    place: { region: 'eu-west-1', account: '111122223333' },
    ids: sequentialIds('exec'),
    chance: seededChance(1),
    clusters: [CLUSTER],
    timings: instant(),
  });
  const server = await serveAws(models, { clock: systemClock });
  const client = new ECSClient({
    ...{ endpoint: server.endpoints.ecs, region: 'eu-west-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const start = (enableExecuteCommand: boolean): string => startTask(models, container, enableExecuteCommand);
  const [taskArn, disabledArn] = [start(true), start(false)];
  const until = systemClock.now() + 20_000;
  while (statusOf(models, taskArn) !== 'RUNNING' || statusOf(models, disabledArn) !== 'RUNNING') {
    if (systemClock.now() > until) throw new Error(`the task is ${statusOf(models, taskArn)}`);
    await systemClock.sleep(systemClock.now() + 10);
  }
  const id = taskArn.split('/').at(-1) ?? '';
  return {
    ...{ models, control: server.exec, taskArn, client, container: 'main' },
    exec: createEcsExec({ cluster: CLUSTER, clock: systemClock, client }),
    task: { runtimeId: `${id}-1234567` },
    disabledTask: { taskArn: disabledArn },
    disconnect: () => server.exec.disconnect(),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

function instant(): typeof fastTimings {
  return Object.fromEntries(
    Object.keys(fastTimings).map((step) => [step, [0, 1]]),
  ) as unknown as typeof fastTimings;
}

function startTask(models: AwsModels, container: object, enableExecuteCommand: boolean): string {
  const now = systemClock.now();
  const registered = models.ecs.handle(
    'RegisterTaskDefinition',
    {
      ...{ family: 'exec', cpu: '256', memory: '512', networkMode: 'awsvpc' },
      ...{ requiresCompatibilities: ['FARGATE'], taskRoleArn: 'arn:aws:iam::111122223333:role/exec' },
      containerDefinitions: [
        {
          ...{ name: 'main', image: 'busybox', command: ['sleep', 'infinity'] },
          environment: [{ name: 'COLOUR', value: 'gr\u00fcn' }],
          ...container,
        },
      ],
    },
    now,
  ) as { readonly taskDefinition: { readonly taskDefinitionArn: string } };
  const { tasks } = models.ecs.handle(
    'RunTask',
    {
      ...{ cluster: CLUSTER, launchType: 'FARGATE', enableExecuteCommand },
      taskDefinition: registered.taskDefinition.taskDefinitionArn,
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    },
    now,
  ) as { readonly tasks: readonly { readonly taskArn: string }[] };
  return tasks[0]?.taskArn ?? '';
}

function statusOf(models: AwsModels, task: string): string {
  const answer = models.ecs.handle('DescribeTasks', { cluster: CLUSTER, tasks: [task] }, systemClock.now());
  return (
    (answer as { readonly tasks: readonly { readonly lastStatus: string }[] }).tasks[0]?.lastStatus ?? ''
  );
}
