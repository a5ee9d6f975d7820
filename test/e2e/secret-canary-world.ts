import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { startApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import type { WorldOptions } from '../../lib/local/start-world.ts';
import { askCluster, type ClusterUser } from '../../lib/local/world/ask-cluster.ts';
import { FILES_BUCKET, PLACE, TABLE } from '../../lib/local/world/function-environment.ts';
import { SERVICE_VARIABLES, type ServiceVariable } from '../../lib/local/world/choose-endpoints.ts';
import type { World } from '../../lib/local/world/world.ts';
import { recordApiServer, recordAws, type ApiRecorder, type Recorder } from './secret-canary-wire.ts';
import type { Canary, Place } from './secret-canary-search.ts';
import { openUnready } from './world-under-test.ts';

/** A world in which everything that its functions send and write can be searched. */
export interface WatchedWorld {
  readonly world: World;
  /** Goes to the API server past the recorder. */
  readonly user: ClusterUser;
  readonly api: ApiRecorder;
  /** The functions' own token, which is in their kubeconfig. */
  readonly ownToken: Canary;
  /** By the variable that names the service. */
  readonly aws: Readonly<Record<ServiceVariable, Recorder>>;
  /** Every text that secrets must not be in, as of now. */
  readonly places: () => Promise<readonly Place[]>;
  close(): Promise<void>;
}

/** The services to which secrets are sent on purpose: of these the names and headers are searched, the bodies are not. */
const KEEPERS: readonly ServiceVariable[] = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SECRETS_MANAGER'];
/** Where an API server answers with secrets: asked for them, it has to. */
const SECRET_PATH = /\/(?:secrets\/[^/?]+|serviceaccounts\/[^/]+\/token)$/;

/** Opens such a world on an embedded cluster. */
export async function openWatchedWorld(moduleOf?: WorldOptions['moduleOf']): Promise<WatchedWorld> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'lambdalet-canary-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const server = await startApiServer();
    closing.push(() => server.close());
    const api = await recordApiServer(server);
    closing.push(() => api.close());
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, api.kubeconfig);
    const targets = SERVICE_VARIABLES.map((name) => ({ name, target: Promise.withResolvers<string>() }));
    const recorders = await Promise.all(
      targets.map(async ({ name, target }) => [name, await recordAws(target.promise)] as const),
    );
    closing.push(() => Promise.all(recorders.map(([, recorder]) => recorder.close())));
    const lines: string[] = [];
    const world = await openUnderRecorders({ recorders, kubeconfig, lines, moduleOf, targets });
    closing.push(() => world.close());
    const user = askCluster(server.kubeconfig);
    const aws = Object.fromEntries(recorders) as Readonly<Record<ServiceVariable, Recorder>>;
    const ownToken = { name: 'own token', core: server.token, value: server.token };
    const watched = { world, user, api, aws, ownToken, close };
    return { ...watched, places: () => placesOf(watched, lines) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The functions begin to ask before the world is there, so the recorders learn where to as soon as it is. */
async function openUnderRecorders(given: {
  readonly recorders: readonly (readonly [ServiceVariable, Recorder])[];
  readonly targets: readonly { readonly name: string; readonly target: PromiseWithResolvers<string> }[];
  readonly kubeconfig: string;
  readonly lines: string[];
  readonly moduleOf: WorldOptions['moduleOf'];
}): Promise<World> {
  const { recorders, targets, kubeconfig, lines, moduleOf } = given;
  const world = await openUnready({
    cluster: { kind: 'foreign', kubeconfig },
    settings: {
      ...Object.fromEntries(recorders.map(([name, { url }]) => [name, url])),
      // Whatever a function could say, it shall.
      POWERTOOLS_LOG_LEVEL: 'DEBUG',
    },
    onLine: (line) => void lines.push(line),
    ...(moduleOf !== undefined && { moduleOf }),
  });
  for (const { name, target } of targets) target.resolve(world.endpoints[name] ?? '');
  return world;
}

async function placesOf(
  { world, user, api, aws }: Pick<WatchedWorld, 'world' | 'user' | 'api' | 'aws'>,
  lines: readonly string[],
): Promise<readonly Place[]> {
  return [
    ...SERVICE_VARIABLES.flatMap((name) => aws[name].exchanges().flatMap((one) => toPlaces(name, one))),
    ...api
      .exchanges()
      .flatMap(({ what, head, body, answer }) => [
        { where: `request ${what}`, text: `${head}\n${body}` },
        ...(SECRET_PATH.test(what) ? [] : [{ where: `answer to ${what}`, text: answer }]),
      ]),
    ...lines.map((line) => ({ where: 'function log', text: line })),
    ...(await kubernetesPlaces(user)),
    ...(await tablePlaces(world)),
    ...emulatorPlaces(world),
  ];
}

function toPlaces(
  name: ServiceVariable,
  { what, head, body, answer }: ReturnType<Recorder['exchanges']>[number],
): readonly Place[] {
  const service = name.replace('AWS_ENDPOINT_URL_', '');
  const named = { where: `${service} ${what} head`, text: head };
  if (KEEPERS.includes(name)) return [named];
  return [
    named,
    { where: `${service} ${what} request`, text: body },
    { where: `${service} ${what} answer`, text: answer },
  ];
}

interface Discovered {
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

/** Every object of every kind that can be listed, but Secrets. */
async function kubernetesPlaces(user: ClusterUser): Promise<readonly Place[]> {
  const { groups } = (await user.demand('GET', '/apis')) as {
    readonly groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  };
  const roots = [
    '/api/v1',
    ...groups.flatMap(({ versions }) => versions.map((one) => `/apis/${one.groupVersion}`)),
  ];
  const places = roots.map(async (root) => {
    const { resources } = (await user.demand('GET', root)) as Discovered;
    const listed = resources.filter(({ name, verbs }) => verbs.includes('list') && name !== 'secrets');
    return Promise.all(
      listed.map(async ({ name }) => ({
        where: `Kubernetes ${name}`,
        text: JSON.stringify(await user.demand('GET', `${root}/${name}`)),
      })),
    );
  });
  return (await Promise.all(places)).flat();
}

/** Bytes are shown as DynamoDB itself does. */
async function tablePlaces(world: World): Promise<readonly Place[]> {
  const client = tableClient(world);
  const places: Place[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: TABLE }))
    places.push(
      ...Items.map((item) => ({
        where: 'DynamoDB item',
        text: JSON.stringify(item, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
        ),
      })),
    );
  client.destroy();
  return places;
}

/** A client of the table that goes past the recorder. */
export function tableClient({ endpoints }: World): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: endpoints['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
    region: PLACE.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

/** What AWS keeps and shows: tasks, definitions, events, names of objects and secrets, and what helpers printed. */
function emulatorPlaces({ models, ecsCluster, logGroup }: World): readonly Place[] {
  const { ecs, eventBridge, s3, secretsManager, logs } = models;
  const now = Date.now();
  const definitions = ecs.handle('ListTaskDefinitions', {}, now) as { readonly taskDefinitionArns: string[] };
  const arnsOf = (desiredStatus: string): readonly string[] =>
    (ecs.handle('ListTasks', { cluster: ecsCluster, desiredStatus }, now) as { readonly taskArns: string[] })
      .taskArns;
  const tasks = [...arnsOf('RUNNING'), ...arnsOf('STOPPED')];
  const described = tasks.map((task) =>
    ecs.handle('DescribeTasks', { cluster: ecsCluster, tasks: [task], include: ['TAGS'] }, now),
  );
  const describedDefinitions = definitions.taskDefinitionArns.map((taskDefinition) =>
    ecs.handle('DescribeTaskDefinition', { taskDefinition, include: ['TAGS'] }, now),
  );
  const printed = logs.handle('FilterLogEvents', { logGroupName: logGroup }, now);
  return [
    ...described.map((task) => ({ where: 'task', text: JSON.stringify(task) })),
    ...describedDefinitions.map((one) => ({ where: 'task definition', text: JSON.stringify(one) })),
    ...eventBridge.events().map((event) => ({ where: 'event', text: JSON.stringify(event) })),
    { where: 'names of S3 objects', text: JSON.stringify(s3.keys(FILES_BUCKET)) },
    { where: 'list of secrets', text: JSON.stringify(secretsManager.handle('ListSecrets', {}, now)) },
    { where: 'log of pods', text: JSON.stringify(printed) },
  ];
}
