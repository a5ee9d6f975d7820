import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { foundObject, noInputs } from '../support/vocabulary-inputs.ts';
import { aPod, aPodWith, SPOT, T0 } from './fixtures.ts';
import { failureIn, launchedTask, startProvider } from './start-provider.ts';
import { BUCKET } from './storage-clients.ts';

/** Whatever the world outside may see of it. */
const CANARY = 'canary-4711';

const secretPod = (): Pod =>
  aPodWith(
    {
      env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
      envFrom: [{ configMapRef: { name: 'app' } }],
      volumeMounts: [{ name: 'files', mountPath: '/etc/db' }],
    },
    { volumes: [{ name: 'files', secret: { secretName: 'db' } }] },
  );

const theirInputs = (password = CANARY) =>
  noInputs({
    secrets: new Map([['db', foundObject({ password })]]),
    configMaps: new Map([['app', foundObject({ MODE: 'prod', EMPTY: '' })]]),
  });

/** Starts a provider, launches the pod and lets its task come to rest. */
async function launched(pod: Pod, inputs = theirInputs(), started = startProvider()) {
  const { clock, ecs, launch } = started;
  const { arn } = launchedTask(await launch(pod, {}, inputs));
  await clock.advance(10_000);
  ecs.model.advance(clock.now());
  const task = (await started.provider.describe([arn])).get(arn)?.task;
  return { ...started, arn, task };
}

describe('what a container is started with', () => {
  it('reaches it by the env file, and nobody else', async () => {
    const { ecs, arn, telemetry, task } = await launched(secretPod());
    expect(task?.state, task?.reason).toBe('running');
    const environment = ecs.model.environmentOf(arn, 'main');
    expect(Object.fromEntries(environment)).toMatchObject({ PASSWORD: CANARY, MODE: 'prod', EMPTY: '' });
    const file = ecs.model.filesOf(arn, 'main').get('/etc/db/password');
    expect(Buffer.from(file?.content ?? []).toString()).toBe(CANARY);
    expect(task?.containers.map(({ name }) => name)).toEqual(['main']);
    const seen = { events: ecs.events, log: telemetry.lines, described: allDefinitions(ecs) };
    expect(JSON.stringify(seen)).not.toContain(CANARY);
  });

  it('reaches it by Secrets Manager where no line carries it', async () => {
    const lines = `${CANARY}\nsecond line\n`;
    const pod = aPodWith({
      env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
    });
    const { ecs, arn, task } = await launched(pod, theirInputs(lines));
    expect(task?.state, task?.reason).toBe('running');
    expect(ecs.model.environmentOf(arn, 'main').get('KEY')).toBe(lines);
    expect(ecs.secretsManager.names()).toEqual(['lambdalet/demo/env/shop/db']);
    expect(JSON.stringify({ events: ecs.events, all: allDefinitions(ecs) })).not.toContain(CANARY);
  });

  it('pulls from a private registry with the mirrored login', async () => {
    const login = { auths: { 'private.test': { username: 'u', password: CANARY } } };
    const inputs = noInputs({
      secrets: new Map([
        [
          'pull',
          foundObject({ '.dockerconfigjson': JSON.stringify(login) }, 'kubernetes.io/dockerconfigjson'),
        ],
      ]),
    });
    const containers = [{ name: 'main', image: 'private.test/app:1' }];
    const { task } = await launched(aPod({ imagePullSecrets: [{ name: 'pull' }], containers }), inputs);
    expect(task?.state, task?.reason).toBe('running');
    const without = await launched(aPod({ containers }));
    expect(without.task).toMatchObject({
      cause: 'imagePull',
      reason: expect.stringContaining('denied') as string,
    });
  });

  it('is told the address of its task where it asks for it', async () => {
    const pod = aPodWith({
      command: ['sh', '-c', 'echo $IP > /tmp/ip; sleep 600'],
      env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    });
    const { ecs, arn, task } = await launched(pod, noInputs());
    const told = ecs.model.filesOf(arn, 'main').get('/tmp/ip')?.content ?? [];
    expect(task?.podIP).toMatch(/^10\./);
    expect(Buffer.from(told).toString()).toBe(`${task?.podIP}\n`);
  });

  it('shares one definition between replicas whose secrets differ', async () => {
    const started = startProvider();
    for (const password of ['one', 'two', 'three'])
      launchedTask(await started.launch(secretPod(), {}, theirInputs(password)));
    expect(started.ecs.requests('RegisterTaskDefinition')).toBe(1);
  });

  it('is a matter of configuration when it was gone before the task read it', async () => {
    const started = startProvider();
    const pod = secretPod();
    const { arn } = launchedTask(await started.launch(pod, {}, theirInputs()));
    await started.provider.clearFiles({ node: 'fargate-1', uid: pod.metadata.uid, attempt: 1 });
    await started.clock.advance(10_000);
    started.ecs.model.advance(started.clock.now());
    const task = (await started.provider.describe([arn])).get(arn)?.task;
    expect(task).toMatchObject({
      cause: 'configuration',
      reason: expect.stringContaining('NoSuchKey') as string,
    });
  });
});

describe('a launch that cannot be prepared', () => {
  it.each([
    ['PutObject', 's3', 'AccessDenied', 'auth'],
    ['PutObject', 's3', 'InternalError', 'transient'],
    ['GetSecretValue', 'secretsManager', 'AccessDeniedException', 'auth'],
  ] as const)(
    'starts nothing and is never ambiguous (%s of %s: %s)',
    async (operation, service, type, kind) => {
      const { clock, ecs, launch } = startProvider();
      for (let time = 0; time < 6; time += 1) ecs[service].failNext(operation, new AwsError(type, 'no'));
      const outcome = await clock.runUntil(launch(secretPod(), {}, theirInputs('a\nb')));
      expect(failureIn(outcome).kind).toBe(kind);
      expect(ecs.requests('RunTask')).toBe(0);
      expect(JSON.stringify(outcome)).not.toContain('a\\nb');
    },
  );

  it('stores nothing once the claim has run out', async () => {
    const { ecs, clock, provider } = startProvider();
    const pod = secretPod();
    const record = { ...{ uid: pod.metadata.uid, namespace: 'shop', name: 'x', node: 'fargate-1' } };
    const late = await provider.launch(
      pod,
      { ...record, attempt: 1, try: 0 } as never,
      clock.now() - 1,
      theirInputs(),
    );
    expect(failureIn(late).kind).toBe('transient');
    expect(ecs.s3.keys(BUCKET)).toEqual([]);
  });

  it('is refused in a deployment without a bucket', async () => {
    const { launch } = startProvider({}, { filesBucket: undefined as never });
    expect(failureIn(await launch(secretPod(), {}, theirInputs())).kind).toBe('refused');
    expect((await launch(aPod())).kind).toBe('launched');
  });

  it('tells what its user should read, with the reason that the pod shows', async () => {
    const { launch } = startProvider();
    const outcome = await launch(secretPod(), {}, noInputs());
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { kind: 'configuration', message: expect.stringContaining('db') as string },
    });
    expect(outcome.notes?.length).toBeGreaterThan(0);
  });
});

describe('what a launch tells', () => {
  it('is the size and price of the task, and whether files are stored for it', async () => {
    const { launch } = startProvider();
    const [plain, stored] = [await launch(aPod()), await launch(secretPod(), {}, theirInputs())];
    expect(plain).toMatchObject({
      files: false,
      annotations: { 'lambdalet.dev/task-size': expect.any(String) as string },
    });
    expect(stored).toMatchObject({ files: true });
  });

  it('runs where the pod may be, not where the node is', async () => {
    const node = {
      ...SPOT,
      allow: [{ namespace: '*', serviceAccount: '*', capacityTypes: ['on-demand' as const] }],
    };
    const { ecs, launch } = startProvider({}, { nodes: [node] });
    const pod = aPod({ nodeName: 'spot-1' }, { annotations: { 'lambdalet.dev/capacity-type': 'on-demand' } });
    ecs.model.capacity.spotVcpus = 0;
    launchedTask(await launch(pod, { node: 'spot-1' }));
    expect(failureIn(await launch(aPod({ nodeName: 'spot-1' }), { node: 'spot-1' })).kind).toBe('quota');
  });
});

/** Every task definition that anyone may describe. */
function allDefinitions(ecs: ReturnType<typeof startProvider>['ecs']): readonly unknown[] {
  const { taskDefinitionArns } = ecs.model.handle('ListTaskDefinitions', {}, T0 + 20_000) as {
    readonly taskDefinitionArns: readonly string[];
  };
  return taskDefinitionArns.map((taskDefinition) =>
    ecs.model.handle('DescribeTaskDefinition', { taskDefinition }, T0 + 20_000),
  );
}
