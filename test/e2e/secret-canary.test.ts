import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICE_VARIABLES } from '../../lib/local/world/choose-endpoints.ts';
import { FILES_BUCKET, PLACE, TABLE } from '../../lib/local/world/function-environment.ts';
import { leaveCluster } from '../../lib/local/world/leave-cluster.ts';
import { allTasksOf, insideOf, insideTask, make, taskOf } from './fidelity-stage.ts';
import { newCanaries, podOfAllWays, podsInTrouble, secretsOf, type Canaries } from './secret-canary-pods.ts';
import { findCanaries, newCanary, type Canary, type Place } from './secret-canary-search.ts';
import { openWatchedWorld, tableClient, type WatchedWorld } from './secret-canary-world.ts';
import { eventually, isRunning, openNamespace, podOf, type Namespace } from './world-under-test.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

describe('the search for canaries', () => {
  const canary = newCanary('tweety');
  const { core } = canary;
  const found = (text: string): readonly string[] =>
    findCanaries([canary], [{ where: 'here', text }]).map(({ as }) => as);
  const noise = randomBytes(60_000).toString('base64');
  const everyCharacter = (code: (character: string) => string): string => Array.from(core, code).join('');
  const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, '0');

  it.each([
    ['plain', `{"message":"it is ${core}!"}`],
    ['base64', Buffer.from(core).toString('base64')],
    ['base64', Buffer.from(`x${core}x`).toString('base64')],
    ['base64', Buffer.from(`xy${core}`).toString('base64url')],
    ['base64', `authBasicabc${Buffer.from(`ada:${canary.value}`).toString('base64')}`],
    ['hex', Buffer.from(core).toString('hex')],
    ['URL in plain', `?q=${everyCharacter((one) => `%${hex(one)}`)}`],
    [
      'JSON in plain',
      JSON.stringify({ q: 1 }).replace(
        '1',
        everyCharacter((one) => `\\u00${hex(one)}`),
      ),
    ],
    ['gzip in plain', `LAMBDALET_FILES_0=${gzipSync(`a file: ${core}`).toString('base64')}`],
    [
      'gzip in base64',
      gzipSync(JSON.stringify({ data: Buffer.from(core).toString('base64') })).toString('base64'),
    ],
  ])('finds one in %s', (as, text) => {
    expect(found(text)).toContain(as);
  });

  it('finds one at the end of what is cut into chunks', () => {
    const whole = gzipSync(`${noise}${core}`).toString('base64');
    const chunks = [0, 1, 2, 3, 4].map((n) => `F_${n}=${whole.slice(n * 32_768, (n + 1) * 32_768)}\n`);
    expect(found(chunks.join(''))).toEqual(['gzip in plain']);
  });

  it('finds none in what is only like one', () => {
    expect(found(`${core.slice(0, -1)} ${core.toUpperCase()} ${noise}`)).toEqual([]);
  });
});

describe('secrets of pods', () => {
  let watched: WatchedWorld;
  beforeAll(async () => {
    watched = await openWatchedWorld();
  }, 60_000);
  afterAll(() => watched.close());

  it('reach their containers, and nobody else', { timeout: 240_000 }, async () => {
    const canaries = newCanaries();
    const pods = await plant(watched, canaries, 'canaries');
    const troubled = podsInTrouble();
    const failing = ['halved', 'cut', 'lost'] as const;
    for (const way of failing) watched.api.damage(`/secrets/${way}`, way);
    await pods.create(podOfAllWays());
    for (const pod of Object.values(troubled)) await pods.create(pod);

    const tokens = await arrive(watched, canaries, pods);
    await stayOut(watched, canaries, pods);
    for (const way of failing) watched.api.damage(`/secrets/${way}`);
    for (const way of failing) {
      const pod = await pods.until(way, 'runs once the answers are whole', isRunning, 120_000);
      expect((await insideOf(watched.world, pod)).environment['KEY'], way).toBe(canaries[way].value);
    }
    await goAway(watched, pods, Object.keys(troubled));

    const all = [...Object.values(canaries), ...tokens, watched.ownToken];
    expect(findCanaries(all, await watched.places())).toEqual([]);
    await betray(watched, all[0]!, pods);
  });
});

describe('a function that logs what it reads', () => {
  it('is found out', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lambdalet-leak-'));
    const file = join(folder, 'pod-sync.mjs');
    const honest = (name: string): string =>
      pathToFileURL(join(import.meta.dirname, '../../functions', `${name}.ts`)).href;
    await writeFile(file, leakyModule(honest('pod-sync')));
    const watched = await openWatchedWorld((name) =>
      name === 'pod-sync' ? pathToFileURL(file).href : honest(name),
    );
    try {
      const canary = newCanary('leaked');
      const pods = await openNamespace({ ...watched.world, user: watched.user }, 'leaky');
      const secret = { metadata: { name: 'word' }, stringData: { word: canary.value } };
      await watched.user.demand('POST', '/api/v1/namespaces/leaky/secrets', secret);
      const env = [{ name: 'WORD', valueFrom: { secretKeyRef: { name: 'word', key: 'word' } } }];
      await pods.create(podOf('app', undefined, { containers: [{ name: 'main', image: 'busybox', env }] }));
      await pods.until('app', 'runs', isRunning);
      expect(findCanaries([canary], await watched.places())).toEqual([
        { canary: 'leaked', where: 'function log', as: 'base64' },
      ]);
    } finally {
      await watched.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** The function, but what it parses it also logs. */
function leakyModule(honest: string): string {
  return `
    const parse = JSON.parse;
    JSON.parse = (...given) => {
      const value = parse(...given);
      if (value?.kind === 'Secret') console.log(JSON.stringify({ level: 'INFO', message: 'read', value }));
      return value;
    };
    export const { handler } = await import(${JSON.stringify(honest)});
  `;
}

async function plant(watched: WatchedWorld, canaries: Canaries, name: string): Promise<Namespace> {
  const world = { ...watched.world, user: watched.user };
  const pods = await openNamespace(world, name);
  await make({ world }, pods, 'serviceaccounts', { metadata: { name: 'robot' } });
  for (const secret of secretsOf(canaries)) await make({ world }, pods, 'secrets', secret);
  return pods;
}

/** Every canary of the pods that run is where it belongs. Gives the tokens, which are secrets too. */
async function arrive(
  { world, aws }: WatchedWorld,
  canaries: Canaries,
  pods: Namespace,
): Promise<readonly Canary[]> {
  const pod = await pods.until('all', 'runs', isRunning, 90_000);
  const { environment, files } = await insideOf(world, pod);
  const { env, from, lines } = canaries;
  expect(environment).toMatchObject({
    ...{ KEY: env.value, FROM_ONE: from.value, PEM: `-----BEGIN-----\n${lines.value}\n-----END-----\n` },
    URL: `db://ada:${env.value}@db?from=${from.value}`,
  });
  expect(files['/mnt/volume/file']?.text).toBe(canaries.volume.value);
  expect(files['/mnt/large/file']?.text).toContain(canaries.large.value);
  expect(files['/mnt/projected/file']?.text).toBe(canaries.projected.value);
  expect((await insideOf(world, pod, 'before')).environment['KEY']).toBe(canaries.init.value);
  const sent = aws.AWS_ENDPOINT_URL_SECRETS_MANAGER.exchanges().map(({ body }) => body);
  for (const way of ['lines', 'pull'] as const)
    expect(findCanaries([canaries[way]], [{ where: 'mirrors', text: sent.join('\n') }]), way).not.toEqual([]);
  const crashing = await pods.until(
    'crash',
    'has been started again',
    ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 1,
    90_000,
  );
  const attempts = await allTasksOf(world, crashing);
  expect(attempts.length).toBeGreaterThan(1);
  for (const { taskArn } of attempts.slice(0, 2))
    await eventually(world, `attempt ${taskArn} got the secret`, () =>
      insideTask(world, taskArn, 'main').environment['KEY'] === canaries.crash.value ? true : undefined,
    );
  return [files[`${ACCOUNT}/token`]?.text ?? '', files['/mnt/projected/token']?.text ?? ''].map(
    (token, at) => {
      expect(token.split('.'), 'a token of three parts').toHaveLength(3);
      // The signature is the secret part of it.
      const core = token.split('.')[2]!;
      return { name: `token ${at}`, core, value: token };
    },
  );
}

/** The pods that cannot start say why; the functions had read their Secrets. */
async function stayOut(watched: WatchedWorld, canaries: Canaries, pods: Namespace): Promise<void> {
  const refused = await pods.until('argument', 'is refused', ({ status }) => status?.phase === 'Failed');
  expect(refused.status?.reason).toBe('UnsupportedPodField');
  for (const name of ['keyless', 'bytes', 'nul', 'composed'])
    await pods.until(
      name,
      'waits in CreateContainerConfigError',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
  const restarted = await pods.until('probe', 'runs', isRunning);
  expect((await insideOf(watched.world, restarted)).environment['KEY']).toBe(canaries.probe.value);
  const answers = watched.api.exchanges().map(({ what, answer }): Place => ({ where: what, text: answer }));
  for (const way of ['keyless', 'bytes', 'nul', 'composed', 'unused', 'halved', 'cut'] as const)
    expect(findCanaries([canaries[way]], answers), `${way} was read`).not.toEqual([]);
  const encoded = Buffer.from(canaries.badPull.core).toString('base64');
  const disguised = { ...canaries.badPull, core: encoded };
  expect(findCanaries([disguised], answers), 'the broken pull secret was read').not.toEqual([]);
}

/** Everything was encrypted on its way, and nothing of it is kept. */
async function goAway(
  { world, aws }: WatchedWorld,
  pods: Namespace,
  names: readonly string[],
): Promise<void> {
  const uploads = aws.AWS_ENDPOINT_URL_S3.exchanges().filter(({ what }) =>
    what.startsWith(`PUT /${FILES_BUCKET}/`),
  );
  expect(uploads.length).toBeGreaterThan(5);
  for (const { head } of uploads) expect(head).toContain('"x-amz-server-side-encryption":"aws:kms"');
  const uids = await Promise.all(
    names.map(async (name) => [(await pods.find(name))?.metadata.uid ?? '', name] as const),
  );
  for (const name of names) await pods.remove(name, 1);
  for (const name of names) await pods.gone(name, 60_000);
  const running = await pods.find('all');
  expect((await taskOf(world, running!)).lastStatus).toBe('RUNNING');
  const left = (): readonly string[] => world.models.s3.keys(FILES_BUCKET);
  const none = (): true | undefined => (left().length === 0 ? true : undefined);
  await eventually(world, 'no S3 object is left', none).catch(() => undefined);
  const named = left().map((key) => `${key} of ${uids.find(([uid]) => key.includes(uid))?.[1] ?? 'all'}`);
  expect(named, 'S3 objects that are left, though a pod runs').toEqual([]);
  expect(await leaveCluster(world)).toBe(`node ${world.node} and its lease are removed`);
  expect(await pods.find('all')).toBeUndefined();
  // What did not come by a recorder would not be searched.
  for (const name of SERVICE_VARIABLES.filter((one) => one !== 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'))
    expect(aws[name].exchanges().length, name).toBeGreaterThan(0);
}

/** The search looks everywhere: a canary that is set free in a place is found there. */
async function betray(
  { world, user, aws, places }: WatchedWorld,
  { core }: Canary,
  pods: Namespace,
): Promise<void> {
  const client = { region: PLACE.region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const loose = (place: string): string => `${place}${core}`;
  await user.demand('POST', `/api/v1/namespaces/${pods.name}/configmaps`, {
    metadata: { name: 'told', annotations: { told: core } },
  });
  const item = { pk: { S: 'told' }, sk: { S: 'told' }, bytes: { B: gzipSync(loose('told')) } };
  const table = tableClient(world);
  await table.send(new PutItemCommand({ TableName: TABLE, Item: item }));
  const containerDefinitions = [{ name: 'main', image: 'busybox', command: [loose('told')] }];
  const size = { cpu: '256', memory: '512', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] };
  world.models.ecs.handle(
    'RegisterTaskDefinition',
    { family: 'told', ...size, containerDefinitions },
    Date.now(),
  );
  const bridge = new EventBridgeClient({ ...client, endpoint: aws.AWS_ENDPOINT_URL_EVENTBRIDGE.url });
  const entry = { Source: 'told', DetailType: 'told', Detail: JSON.stringify({ told: loose('told') }) };
  await bridge.send(new PutEventsCommand({ Entries: [entry] }));
  const logs = new CloudWatchLogsClient({ ...client, endpoint: aws.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS.url });
  await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: loose('told') })).catch(() => undefined);
  world.log.write(JSON.stringify({ level: 'INFO', message: 'told', value: loose('told') }));
  for (const one of [table, bridge, logs]) one.destroy();
  const seen = findCanaries([{ name: 'loose', core, value: core }], await places()).map(({ where }) => where);
  for (const where of [
    'Kubernetes configmaps',
    'DynamoDB item',
    'task definition',
    'EVENTBRIDGE PutEvents request',
    'CLOUDWATCH_LOGS DescribeLogGroups request',
    'event',
    'function log',
  ])
    expect(seen, `a canary in ${where} is found`).toContain(where);
}
