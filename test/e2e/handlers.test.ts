import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { startApiServer, type RunningApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import { askCluster, type ClusterUser } from '../../lib/local/world/ask-cluster.ts';
import { functionEnvironment } from '../../lib/local/world/function-environment.ts';
import { startAws, type LocalAws } from '../../lib/local/world/start-aws.ts';
import { podOf } from './world-under-test.ts';

const POD = '/api/v1/namespaces/default/pods/job';

type Handler = (event?: unknown, context?: unknown) => Promise<unknown>;

let cluster: RunningApiServer;
let aws: LocalAws;
let user: ClusterUser;
beforeAll(async () => {
  cluster = await startApiServer();
  user = askCluster(cluster.kubeconfig);
  aws = await startAws({ kubeconfig: cluster.kubeconfig, pace: 'fast', environment: {} });
  const node = { name: 'lambdalet', simulated: false, podsReady: true };
  const variables = {
    ...functionEnvironment(node, aws.endpoints, {}),
    ...{ LAMBDALET_MODE: 'economy', AWS_LAMBDA_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.close();
  await cluster.close();
});

/** The exported handler of a function: it reads its environment when it is loaded, as on Lambda. */
async function load(name: 'node-heartbeat' | 'pod-sync' | 'task-events' | 'node-teardown'): Promise<Handler> {
  const { handler } = (await import(`../../functions/${name}.ts`)) as { readonly handler: Handler };
  return handler;
}

/** Hands the task events that wait to the function, as the event source would; returns the ids of those that failed. */
async function deliver(handler: Handler): Promise<readonly string[]> {
  const query = {
    QueueUrl: aws.queues.taskEvents.url,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
  };
  aws.models.ecs.advance(Date.now());
  const { Messages = [] } = aws.models.sqs.handle('ReceiveMessage', query, Date.now()) as {
    readonly Messages?: readonly { MessageId: string; Body: string; Attributes: object }[];
  };
  if (Messages.length === 0) return [];
  const Records = Messages.map(({ MessageId: messageId, Body: body, Attributes: attributes }) => ({
    ...{ messageId, body, attributes },
  }));
  const answer = (await handler({ Records })) as { batchItemFailures: { itemIdentifier: string }[] };
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

async function phase(): Promise<string | undefined> {
  return ((await user.demand('GET', POD)) as Pod).status?.phase;
}

/** A CloudFormation that keeps the answer. */
async function listen(): Promise<{ readonly server: Server; readonly url: string; answer(): unknown }> {
  let body = '';
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      body = sent;
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
  return { server, url, answer: () => JSON.parse(body) as unknown };
}

describe('the four handlers, called by hand', () => {
  it('make a node, run a pod to its end, and take the node away again', async () => {
    const beat = await load('node-heartbeat');
    await beat({});
    expect((await user.ask('GET', '/api/v1/nodes/lambdalet')).status).toBe(200);

    await user.demand(
      'POST',
      '/api/v1/namespaces/default/pods',
      podOf('job', 'exit 0', { restartPolicy: 'Never' }),
    );
    await vi.waitFor(async () => {
      const pod = (await user.demand('GET', POD)) as Pod;
      expect(pod.spec.nodeName, 'the scheduler has bound the pod').toBe('lambdalet');
    }, 5_000);
    const sync = await load('pod-sync');
    await sync({});
    expect(await aws.listTasks('RUNNING')).toHaveLength(1);

    const tell = await load('task-events');
    await vi.waitFor(
      async () => {
        expect(await deliver(tell)).toEqual([]);
        expect(await phase()).toBe('Succeeded');
      },
      { timeout: 15_000, interval: 100 },
    );
    const poison = { messageId: 'poison', body: '{}', attributes: { ApproximateReceiveCount: '1' } };
    expect(await tell({ Records: [poison] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'poison' }] });

    const cloudFormation = await listen();
    const tearDown = await load('node-teardown');
    const request = {
      ...{ RequestType: 'Create', ResponseURL: cloudFormation.url, StackId: 's', RequestId: 'r' },
      ...{ LogicalResourceId: 'Node', ResourceProperties: { ServiceToken: 't', Node: 'lambdalet' } },
    };
    const context = { getRemainingTimeInMillis: () => 60_000 };
    await tearDown(request, context);
    expect(cloudFormation.answer()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'lambdalet' });
    await tearDown({ ...request, RequestType: 'Delete' }, context);
    expect(cloudFormation.answer()).toMatchObject({
      Status: 'SUCCESS',
      Reason: 'node lambdalet and its lease are removed',
    });
    expect((await user.ask('GET', '/api/v1/nodes/lambdalet')).status).toBe(404);
    cloudFormation.server.close();
    cloudFormation.server.closeAllConnections();
  }, 60_000);
});
