import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  ConflictException,
  DescribeTasksCommand,
  ECSClient,
  InvalidParameterException,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import type { RunTaskCommandInput, Task } from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseEcsTaskStateChange } from '../../../events/ecs-task-state-change.ts';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { createAwsModels, routeToQueue } from '../../../lib/local/aws/create-aws-models.ts';
import type { AwsModels } from '../../../lib/local/aws/create-aws-models.ts';
import { seededChance, sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { endpointEnvironment, serveAws } from '../../../lib/local/aws/serve-aws.ts';
import type { AwsServer } from '../../../lib/local/aws/serve-aws.ts';
import { createEventSourceMapping } from '../../../lib/local/aws/sqs/event-source-mapping.ts';
import { definition, plainTimings, shell, T0 } from './ecs-bench.ts';

/** A clock that the tests move; the driver sees it when something is touched. */
const clock = { at: T0, now: () => clock.at };
let models: AwsModels;
let server: AwsServer;
let ecs: ECSClient;
let sqs: SQSClient;

function pass(ms: number): void {
  clock.at += ms;
  server.driver.touch();
}

beforeEach(async () => {
  clock.at = T0;
  models = createAwsModels({
    place: { region: 'eu-central-1', account: '111122223333' },
    ids: sequentialIds('world'),
    chance: seededChance(1),
    clusters: ['demo'],
    timings: plainTimings,
  });
  server = await serveAws(models, { clock });
  const environment = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...endpointEnvironment(server),
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ecs = new ECSClient({ maxAttempts: 1 });
  sqs = new SQSClient({ maxAttempts: 1 });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const runInput: RunTaskCommandInput = {
  cluster: 'demo',
  taskDefinition: 'app',
  launchType: 'FARGATE',
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
  startedBy: 'uid/1',
  clientToken: 'uid.1',
};

async function register(script: string): Promise<void> {
  const logConfiguration = {
    logDriver: 'awslogs',
    options: { 'awslogs-group': '/pods', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'pod' },
  };
  const input = definition({ name: 'main', image: 'busybox', logConfiguration, ...shell(script) });
  await ecs.send(
    new RegisterTaskDefinitionCommand({ ...input, executionRoleArn: 'arn:aws:iam::1:role/x' } as never),
  );
}

async function describeTask(taskArn: string): Promise<Task> {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'demo', tasks: [taskArn] }));
  return tasks![0]!;
}

async function createQueue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  return (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl!;
}

async function receive(QueueUrl: string, WaitTimeSeconds = 0): Promise<string[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds }),
  );
  return Messages.map(({ Body = '' }) => Body);
}

describe('the ECS client against the shell', () => {
  it('runs a task to its end, reads its log, and finds its events in a queue', async () => {
    const queueUrl = await createQueue('task-events');
    const pattern = { source: ['aws.ecs'], detail: { clusterArn: [{ suffix: ':cluster/demo' }] } };
    routeToQueue(models, { pattern, queueUrl });
    const logs = new CloudWatchLogsClient({});
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/pods' }));
    await register('echo hello $WHO; sleep 2; exit $CODE');
    const environment = [
      { name: 'WHO', value: 'world' },
      { name: 'CODE', value: '3' },
    ];
    const overrides = { containerOverrides: [{ name: 'main', environment }] };
    const { tasks } = await ecs.send(new RunTaskCommand({ ...runInput, overrides }));
    const taskArn = tasks![0]!.taskArn!;
    pass(60_000);
    const task = await describeTask(taskArn);
    expect(task).toMatchObject({
      lastStatus: 'STOPPED',
      version: 8,
      stopCode: 'EssentialContainerExited',
      startedBy: 'uid/1',
    });
    expect(task.containers?.[0]?.exitCode).toBe(3);
    expect(task.startedAt).toEqual(new Date(T0 + 2000));
    const stream = `pod/main/${taskArn.split('/').at(-1)!}`;
    const { events } = await logs.send(
      new GetLogEventsCommand({ logGroupName: '/pods', logStreamName: stream }),
    );
    expect(events).toMatchObject([{ message: 'hello world', timestamp: T0 + 2000 }]);
    const told = (await receive(queueUrl)).map((body) => parseEcsTaskStateChange(JSON.parse(body)));
    expect(told.map((result) => result.ok && result.event.detail.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('fails a task whose log group is not there', async () => {
    await register('true');
    const { tasks } = await ecs.send(new RunTaskCommand(runInput));
    pass(60_000);
    expect(await describeTask(tasks![0]!.taskArn!)).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(
        /^ResourceInitializationError: .*log group does not exist/,
      ) as unknown,
    });
  });

  it('stops a task and lists what is wanted running', async () => {
    await ecs.send(new RegisterTaskDefinitionCommand(definition() as never));
    const { tasks } = await ecs.send(new RunTaskCommand(runInput));
    const taskArn = tasks![0]!.taskArn!;
    pass(3000);
    expect((await ecs.send(new ListTasksCommand({ cluster: 'demo', startedBy: 'uid/1' }))).taskArns).toEqual([
      taskArn,
    ]);
    await ecs.send(new StopTaskCommand({ cluster: 'demo', task: taskArn, reason: 'enough' }));
    pass(3000);
    expect((await ecs.send(new ListTasksCommand({ cluster: 'demo' }))).taskArns).toEqual([]);
    expect(await describeTask(taskArn)).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: 'enough' });
  });

  it('gets exceptions of the right class, with their members', async () => {
    await expect(ecs.send(new RunTaskCommand(runInput))).rejects.toThrow(InvalidParameterException);
    await ecs.send(new RegisterTaskDefinitionCommand(definition() as never));
    const { tasks } = await ecs.send(new RunTaskCommand(runInput));
    const same = await ecs.send(new RunTaskCommand(runInput));
    expect(same.tasks?.[0]?.taskArn).toBe(tasks?.[0]?.taskArn);
    const other = ecs.send(new RunTaskCommand({ ...runInput, startedBy: 'uid/2' }));
    await expect(other).rejects.toThrow(ConflictException);
    await expect(other).rejects.toMatchObject({ resourceIds: [tasks?.[0]?.taskArn] });
    const value = 'x'.repeat(8200);
    const tooLong = { containerOverrides: [{ name: 'main', environment: [{ name: 'A', value }] }] };
    await expect(
      ecs.send(new RunTaskCommand({ ...runInput, clientToken: 'b', overrides: tooLong })),
    ).rejects.toThrow('Container Overrides length must be at most 8192');
  });

  it('is throttled, and the SDK retries when it may', async () => {
    await ecs.send(new RegisterTaskDefinitionCommand(definition() as never));
    const once = (nth: number) => ecs.send(new RunTaskCommand({ ...runInput, clientToken: `t${nth}` }));
    await Promise.all(Array.from({ length: 20 }, (_, nth) => once(nth)));
    await expect(once(20)).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
    models.ecs.failNext('ListTasks', new AwsError('ServerException', 'try again'));
    const patient = new ECSClient({ maxAttempts: 3 });
    const { taskArns } = await patient.send(new ListTasksCommand({ cluster: 'demo' }));
    expect(taskArns).toHaveLength(20);
    expect(models.ecs.callCount('ListTasks')).toBe(2);
  });

  it('hears of capacity in failures', async () => {
    await ecs.send(new RegisterTaskDefinitionCommand(definition() as never));
    models.ecs.capacity.unavailable = true;
    const { tasks, failures } = await ecs.send(new RunTaskCommand(runInput));
    expect({ tasks, reason: failures?.[0]?.reason }).toEqual({
      tasks: [],
      reason: expect.stringMatching(/^Capacity is unavailable/) as unknown,
    });
  });
});

describe('the SQS client against the shell', () => {
  it('sends, receives and deletes, checksums included', async () => {
    const url = await createQueue('q');
    expect(url).toBe(`${server.endpoints.sqs}/111122223333/q`);
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'a', MessageBody: 'grüß' },
          { Id: 'b', MessageBody: 'later', DelaySeconds: 12 },
        ],
      }),
    );
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ['All'] }),
    );
    expect(Messages).toMatchObject([{ Body: 'grüß', Attributes: { ApproximateReceiveCount: '1' } }]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: Messages![0]!.ReceiptHandle }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '1',
    });
  });

  it('gets the exception of a missing queue and the refusal of a long delay', async () => {
    const QueueUrl = `${server.endpoints.sqs}/111122223333/none`;
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))).rejects.toThrow(
      QueueDoesNotExist,
    );
    const url = await createQueue('q');
    await expect(
      sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x', DelaySeconds: 901 })),
    ).rejects.toThrow(/DelaySeconds must be >= 0 and <= 900/);
  });

  it('waits for a message when asked to, also beside another waiting client', async () => {
    const url = await createQueue('q');
    const waiting = [receive(url, 20), receive(url, 20)];
    await vi.waitFor(() => expect(models.sqs.queue(url).waitTime).toBe(0));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'one' }));
    await expect(Promise.race(waiting)).resolves.toEqual(['one']);
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'two' }));
    expect((await Promise.all(waiting)).flat().sort()).toEqual(['one', 'two']);
  });

  it('moves a poisoned message to the dead-letter queue through an event source mapping', async () => {
    const dead = await createQueue('dead');
    const deadLetterTargetArn = 'arn:aws:sqs:eu-central-1:111122223333:dead';
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    const url = await createQueue('q', { VisibilityTimeout: '30', RedrivePolicy });
    let calls = 0;
    const mapping = createEventSourceMapping({
      sqs: models.sqs,
      queueUrl: url,
      now: clock.now,
      onSettled: () => server.driver.touch(),
      reportBatchItemFailures: true,
      invoke: (event) => {
        calls += 1;
        const failed = event.Records.filter(({ body }) => body === 'poison');
        return Promise.resolve({
          batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })),
        });
      },
    });
    server.driver.add(mapping);
    for (const MessageBody of ['good', 'poison'])
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
    for (let nth = 0; nth < 5; nth += 1) {
      await mapping.idle();
      pass(30_000);
    }
    await mapping.idle();
    expect(calls).toBeGreaterThanOrEqual(3);
    expect(await receive(dead)).toEqual(['poison']);
    expect(await receive(url)).toEqual([]);
  });
});

describe('the other clients against the shell', () => {
  it('put events and keep secrets', async () => {
    const entry = { Source: 'lambdalet.pod', DetailType: 'Pod Running', Detail: '{"a":1}' };
    const { FailedEntryCount } = await new EventBridgeClient({}).send(
      new PutEventsCommand({ Entries: [entry] }),
    );
    expect(FailedEntryCount).toBe(0);
    expect(models.eventBridge.events()).toMatchObject([{ source: 'lambdalet.pod', detail: { a: 1 } }]);
    const secrets = new SecretsManagerClient({});
    await secrets.send(new CreateSecretCommand({ Name: 'kubeconfig', SecretString: 'text' }));
    const { SecretString, CreatedDate } = await secrets.send(
      new GetSecretValueCommand({ SecretId: 'kubeconfig' }),
    );
    expect({ SecretString, CreatedDate }).toEqual({ SecretString: 'text', CreatedDate: new Date(T0) });
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toThrow(
      ResourceNotFoundException,
    );
  });

  it('that ask for a service or operation that is not there are told', async () => {
    const post = (target: string, body = '{}') =>
      fetch(server.endpoints.ecs, { method: 'POST', headers: { 'x-amz-target': target }, body });
    for (const target of ['Nothing.Here', 'AWSEvents.PutRule', '']) {
      const response = await post(target);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { __type: 'UnknownOperationException' },
      ]);
    }
    expect((await post('AWSEvents.PutEvents', 'no json')).status).toBe(500);
  });
});

describe('the driver', () => {
  it('moves the models by itself when their time has come', async () => {
    const real = await serveAws(
      createAwsModels({
        ...{
          place: { region: 'eu-central-1', account: '1' },
          ids: sequentialIds('d'),
          chance: seededChance(1),
          clusters: ['demo'],
        },
        timings: { ...plainTimings, provisioning: [5, 5], pending: [5, 5], activating: [5, 5] },
      }),
      { clock: { now: () => Date.now() } },
    );
    const client = new ECSClient({ endpoint: real.endpoints.ecs });
    await client.send(new RegisterTaskDefinitionCommand(definition() as never));
    const { tasks } = await client.send(new RunTaskCommand(runInput));
    await vi.waitFor(async () => {
      const found = await client.send(
        new DescribeTasksCommand({ cluster: 'demo', tasks: [tasks![0]!.taskArn!] }),
      );
      expect(found.tasks?.[0]?.lastStatus).toBe('RUNNING');
    });
    await real.close();
  });
});
