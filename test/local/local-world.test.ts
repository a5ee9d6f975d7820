import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createEventQueue } from '../../lib/adapters/sqs/create-event-queue.ts';
import { createSqsModel } from '../../lib/local/aws/sqs/sqs-model.ts';
import { beatQueues } from '../../lib/local/pumps/beat-queues.ts';
import { createQueues } from '../../lib/local/pumps/create-queues.ts';
import { chooseEndpoints, SERVICE_VARIABLES, toVariables } from '../../lib/local/world/choose-endpoints.ts';
import { onInterrupt } from '../../lib/cli/on-interrupt.ts';
import { createResources } from '../../lib/local/world/create-resources.ts';
import { functionEnvironment, SECRET } from '../../lib/local/world/function-environment.ts';
import { describeError, readLogLine } from '../../lib/local/world/open-log.ts';
import { startAws } from '../../lib/local/world/start-aws.ts';
import { chooseCluster } from '../../lib/local/world/start-cluster.ts';
import { parseSettings } from '../../lib/settings.ts';
import { sqsClientOf } from '../support/sqs-client.ts';

const OURS = Object.fromEntries(SERVICE_VARIABLES.map((name) => [name, 'http://ours'])) as Parameters<
  typeof chooseEndpoints
>[0];
const NODE = { name: 'lambdalet', simulated: false, podsReady: true };

describe('the endpoints of a world', () => {
  it('are ours where the user has none', () => {
    expect(new Set(Object.values(toVariables(chooseEndpoints(OURS, {}))))).toEqual(new Set(['http://ours']));
  });

  it("are the user's where one is set, for a service or for all, but never for SQS", () => {
    const one = chooseEndpoints(OURS, { AWS_ENDPOINT_URL_ECS: 'http://mine' });
    expect(one.AWS_ENDPOINT_URL_ECS).toEqual({ url: 'http://mine', isOurs: false, takesAny: true });
    expect(one.AWS_ENDPOINT_URL_DYNAMODB.url).toBe('http://ours');
    const all = toVariables(chooseEndpoints(OURS, { AWS_ENDPOINT_URL: 'http://mine' }));
    const { AWS_ENDPOINT_URL_SQS: sqs, ...others } = all;
    expect(sqs).toBe('http://ours');
    expect(new Set(Object.values(others))).toEqual(new Set(['http://mine']));
  });
});

describe('the environment of the functions', () => {
  it('is one that they accept', () => {
    const settings = parseSettings(functionEnvironment(NODE, OURS, {}));
    expect(settings).toMatchObject({ cluster: 'local', ecsCluster: 'lambdalet-local', mode: 'watch' });
    expect(settings.nodes).toMatchObject([{ name: 'lambdalet', podsReady: true, labels: {}, taints: [] }]);
  });

  it('marks a simulated node', () => {
    const environment = functionEnvironment({ name: 'guest', simulated: true, podsReady: false }, OURS, {});
    expect(parseSettings(environment).nodes).toMatchObject([
      {
        podsReady: false,
        labels: { 'lambdalet.dev/simulated': 'true' },
        taints: [{ key: 'lambdalet.dev/simulated', value: 'true', effect: 'NoSchedule' }],
      },
    ]);
  });

  it("takes neither another deployment's settings nor the user's credentials along", () => {
    const user = {
      ...{ LAMBDALET_TABLE: 'theirs', AWS_PROFILE: 'production', AWS_SESSION_TOKEN: 'secret' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret', HOME: '/home/me' },
    };
    const environment = functionEnvironment(NODE, OURS, user);
    expect(environment).toMatchObject({ LAMBDALET_TABLE: 'lambdalet-local-records', HOME: '/home/me' });
    expect(environment).toMatchObject({ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    expect(environment).not.toHaveProperty('AWS_SESSION_TOKEN');
  });

  it("leaves the user's credentials for the user's own endpoint", () => {
    const user = { AWS_ENDPOINT_URL: 'http://mine', AWS_PROFILE: 'mine' };
    expect(functionEnvironment(NODE, OURS, user)).toMatchObject({ AWS_PROFILE: 'mine' });
    expect(functionEnvironment(NODE, OURS, user)).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  });
});

describe('the resources of a world', () => {
  it('are kept when they are there already, but for the kubeconfig, which is stored anew', async () => {
    const aws = await startAws({ kubeconfig: 'first', pace: 'fast', environment: {} });
    try {
      const endpoints = chooseEndpoints(OURS, aws.endpoints);
      await createResources(
        { ...endpoints, AWS_ENDPOINT_URL_ECS: { ...endpoints.AWS_ENDPOINT_URL_ECS, isOurs: true } },
        'second',
      );
      const secret = aws.models.secretsManager.handle('GetSecretValue', { SecretId: SECRET }, Date.now());
      expect(secret).toMatchObject({ SecretString: 'second' });
    } finally {
      await aws.close();
    }
  });

  it('include the queues that the functions look at', async () => {
    const aws = await startAws({ kubeconfig: 'any', pace: 'fast', environment: {} });
    try {
      const { eventQueue, deadLetterQueue } = parseSettings(functionEnvironment(NODE, aws.endpoints, {}));
      expect(eventQueue).toBe(aws.queues.taskEvents.url);
      expect(deadLetterQueue).toBe(aws.queues.deadLetters.url);
      const client = sqsClientOf(aws.endpoints['AWS_ENDPOINT_URL_SQS'] ?? '');
      const queue = createEventQueue({ queueUrl: eventQueue, deadLetterQueueUrl: deadLetterQueue, client });
      expect(await queue.backlog()).toBe(0);
      expect(await queue.deadLetters()).toEqual([]);
    } finally {
      await aws.close();
    }
  });

  it('are not taken from a service that cannot be reached', async () => {
    const environment = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
    await expect(startAws({ kubeconfig: 'any', pace: 'fast', environment })).rejects.toThrow(
      /AWS_ENDPOINT_URL_DYNAMODB=http:\/\/127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/,
    );
  });
});

describe('Ctrl-C', () => {
  it('is heard once, also when the terminal and npm both tell of it', async () => {
    const signals = new EventEmitter();
    let now = 0;
    const interrupts = onInterrupt(signals, () => now);
    expect(interrupts.happened()).toBe(false);
    signals.emit('SIGINT');
    await interrupts.first;
    expect(interrupts.happened()).toBe(true);
    now = 500;
    signals.emit('SIGINT');
    const again = interrupts.second.then(() => 'second');
    expect(await Promise.race([again, Promise.resolve('none')])).toBe('none');
    now = 2_000;
    signals.emit('SIGTERM');
    expect(await again).toBe('second');
  });
});

describe('the choice of the cluster', () => {
  it('prefers what the command line says, then the programs of envtest, then the embedded one', () => {
    expect(chooseCluster('k.yaml', '/assets')).toEqual({ kind: 'foreign', kubeconfig: 'k.yaml' });
    expect(chooseCluster(undefined, '/assets')).toEqual({ kind: 'assets', folder: '/assets' });
    expect(chooseCluster(undefined, '')).toEqual({ kind: 'embedded' });
    expect(chooseCluster(undefined, undefined)).toEqual({ kind: 'embedded' });
  });
});

describe('the beats', () => {
  const START = Date.parse('2026-01-01T00:00:00Z');

  /** Seconds from the start at which messages become visible, within a time. */
  function beatsOf(speed: number, seconds: number): readonly number[] {
    const sqs = createSqsModel({ place: { region: 'eu-west-1', account: '000000000000' }, ids: randomUUID });
    const { heartbeat } = createQueues(sqs, 'test', 10, START);
    const place = { region: 'eu-west-1', account: '000000000000' };
    const drive = beatQueues(sqs, { place, queueUrls: [heartbeat.url], speed, now: START });
    const beats: number[] = [];
    for (let second = 0; second <= seconds; second += 1) {
      const now = START + second * 1000;
      drive.advance(now);
      const query = { QueueUrl: heartbeat.url, MaxNumberOfMessages: 10 };
      const { Messages = [] } = sqs.handle('ReceiveMessage', query, now) as { Messages?: unknown[] };
      beats.push(...Messages.map(() => second));
    }
    return beats;
  }

  it('come at once and then at least each twelve seconds', () => {
    const beats = beatsOf(1, 600);
    expect(beats[0]).toBe(0);
    for (const [index, beat] of beats.entries())
      expect((beats[index + 1] ?? 600) - beat).toBeLessThanOrEqual(12);
  });

  it('come at least each three seconds when everything is four times faster', () => {
    const beats = beatsOf(4, 120);
    expect(beats[0]).toBe(0);
    for (const [index, beat] of beats.entries())
      expect((beats[index + 1] ?? 120) - beat).toBeLessThanOrEqual(3);
  });
});

describe('a line of a function', () => {
  it('is read when it is a log line, and told in one sentence', () => {
    const line = readLogLine(
      '{"level":"ERROR","message":"The heartbeat failed","service":"node-heartbeat","failure":{"kind":"auth","message":"401"}}',
    );
    expect(line && describeError(line)).toBe('node-heartbeat: The heartbeat failed: 401');
    expect(describeError({ level: 'ERROR', message: 'Odd' })).toBe('a function: Odd');
  });

  it('is nothing when it is a metric or no JSON', () => {
    expect(readLogLine('{"_aws":{"Timestamp":1}}')).toBeUndefined();
    expect(readLogLine('hello')).toBeUndefined();
  });
});
