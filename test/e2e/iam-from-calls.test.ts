import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_NAMES, type FunctionName } from '../../infra/names.ts';
import { VirtualCluster } from '../../infra/virtual-cluster.ts';
import { systemClock } from '../../lib/adapters/clock/system-clock.ts';
import { SERVICE_VARIABLES } from '../../lib/local/world/choose-endpoints.ts';
import {
  FILES_BUCKET,
  functionEnvironment,
  NAMES,
  PLACE,
  SECRET,
  TABLE,
} from '../../lib/local/world/function-environment.ts';
import { waitForNode } from '../../lib/local/world/wait-for-node.ts';
import type { World } from '../../lib/local/world/world.ts';
import { wirePodSync } from '../../lib/wiring.ts';
import { askIam } from '../infra/iam/ask-iam.ts';
import { allowing, matches, type IamRequest, type PolicyStatement } from '../infra/iam/evaluate-policy.ts';
import { statementsByRole } from '../infra/iam/resolve-template.ts';
import { make } from './fidelity-stage.ts';
import { newCanaries, podOfAllWays, secretEnv, secretsOf } from './secret-canary-pods.ts';
import { tableClient } from './secret-canary-world.ts';
import { recordAws, type Recorder } from './secret-canary-wire.ts';
import {
  eventually,
  isRunning,
  openNamespace,
  openUnready,
  podOf,
  type Namespace,
} from './world-under-test.ts';

/** The queue that sets off each function. */
const QUEUES = {
  'node-heartbeat': 'local-heartbeat',
  'pod-sync': 'local-pod-sync',
  'task-events': 'local-task-events',
} as const;

/** Rights that no call of this test uses, each with its reason. By function, or `*` for each of them. */
const EXCUSED: readonly {
  readonly of: FunctionName | '*';
  readonly action: string;
  /** Part of the ARN of the resource. */
  readonly on?: string;
  readonly why: string;
}[] = [
  { of: '*', action: 'logs:CreateLogStream', why: 'the runtime of Lambda writes the log' },
  { of: '*', action: 'logs:PutLogEvents', why: 'the runtime of Lambda writes the log' },
  ...(['pod-sync', 'node-teardown'] as const).map((of) => ({
    ...{ of, action: 'sqs:GetQueueAttributes', on: QUEUES['task-events'] },
    why: 'asked before a task is declared lost that ECS has forgotten (test/loop/lost-task.test.ts)',
  })),
  ...(['node-heartbeat', 'pod-sync', 'task-events'] as const).flatMap((of) =>
    ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'].map((action) => ({
      ...{ of, action, on: QUEUES[of] },
      why: 'the pollers of Lambda take the messages of its queue with the role of the function',
    })),
  ),
];

interface Asked {
  readonly by: FunctionName;
  readonly request: IamRequest;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ROLE = `arn:aws:iam::${PLACE.account}:role/pods`;
let asked: readonly Asked[];
let statements: ReadonlyMap<FunctionName, readonly PolicyStatement[]>;

beforeAll(async () => {
  statements = synthesizeStatements();
  asked = await liveThroughEverything();
}, 240_000);

describe('the policies of the functions', () => {
  it('allow every call that the functions make', () => {
    const refused = asked.filter(
      ({ by, request }) => allowing(statements.get(by) ?? [], request).length === 0,
    );
    const told = new Set(refused.map(({ by, request }) => `${by}: ${JSON.stringify(request)}`));
    expect([...told], 'calls that IAM would refuse').toEqual([]);
  });

  it.each(FUNCTION_NAMES)('allow %s nothing that it never does', (name) => {
    const own = asked.filter(({ by }) => by === name).map(({ request }) => request);
    const excused = EXCUSED.filter(({ of }) => of === '*' || of === name);
    const unused = (statements.get(name) ?? []).flatMap((statement) => unusedIn(statement, own));
    const covers = ({ action, on = '' }: (typeof EXCUSED)[number], right: (typeof unused)[number]): boolean =>
      action === right.action && right.resource.includes(on);
    const surplus = unused.filter((right) => !excused.some((excuse) => covers(excuse, right)));
    expect(surplus, `rights of ${name} that no call used`).toEqual([]);
    const needless = excused.filter((excuse) => !unused.some((right) => covers(excuse, right)));
    expect(needless, `exceptions of ${name} that are not needed`).toEqual([]);
  });

  it('were asked by every function', () => {
    expect(new Set(asked.map(({ by }) => by))).toEqual(new Set(FUNCTION_NAMES));
  });
});

/** Each action of a statement with each of its resources for which no request was made; actions on `*` have none to name. */
function unusedIn(
  statement: PolicyStatement,
  requests: readonly IamRequest[],
): readonly { readonly action: string; readonly resource: string }[] {
  const used = requests.filter((request) => allowing([statement], request).length > 0);
  const isUsed = (action: string, resource?: string): boolean =>
    used.some((one) => one.action === action && (resource === undefined || matches(resource, one.resource)));
  const actions = statement.actions.filter((action) => !isUsed(action));
  const resources = statement.resources.filter(
    (resource) => !used.some((one) => matches(resource, one.resource)),
  );
  return [
    ...actions.map((action) => ({ action, resource: statement.resources.join() })),
    ...(actions.length === statement.actions.length
      ? []
      : resources.map((resource) => ({ action: statement.actions.join(), resource }))),
  ];
}

/** The virtual cluster in one stack, as it would be deployed into the account of the emulators. */
function synthesizeStatements(): ReadonlyMap<FunctionName, readonly PolicyStatement[]> {
  const stack = new Stack(new App({ outdir: mkdtempSync(join(tmpdir(), 'lambdalet-iam-')) }), 'All');
  new VirtualCluster(stack, 'Local', {
    clusterName: 'local',
    identityMode: 'kubeconfig',
    secret: SECRET,
    nodes: [{ name: 'lambdalet', subnets: ['subnet-00000000000000001'], defaultTaskRole: ROLE, exec: true }],
    functionsPath: emptyFunctions(),
  });
  const template = Template.fromStack(stack);
  const roles = statementsByRole(template, { ...PLACE, nameOf });
  return new Map(
    FUNCTION_NAMES.map((name) => {
      const id = name.replace(/-/g, '');
      const [, own] = [...roles].find(([role]) => role.toLowerCase().includes(`controlloop${id}role`)) ?? [];
      if (own === undefined) throw new Error(`There is no role of ${name} in the template`);
      return [name, own];
    }),
  );
}

/** Policies do not depend on the code. */
function emptyFunctions(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lambdalet-functions-'));
  for (const name of FUNCTION_NAMES) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.mjs'), '');
  }
  return folder;
}

/** What the emulated resources are called, where CloudFormation would choose the name. */
function nameOf(type: string, logicalId: string): string | undefined {
  switch (type) {
    case 'AWS::DynamoDB::Table':
      return TABLE;
    case 'AWS::S3::Bucket':
      return FILES_BUCKET;
    case 'AWS::IAM::Role':
      if (logicalId.includes('ExecRole')) return `${NAMES.stackPrefix}-exec`;
      return logicalId.includes('ExecutionRole') ? `${NAMES.stackPrefix}-execution` : undefined;
    case 'AWS::SQS::Queue':
      return `${NAMES.stackPrefix}-${queueOf(logicalId)}`;
  }
  return undefined;
}

function queueOf(logicalId: string): string {
  if (logicalId.includes('DeadLetters')) return 'dead-letters';
  if (logicalId.includes('TaskEvents')) return 'task-events';
  return logicalId.includes('PodSync') ? 'pod-sync' : 'heartbeat';
}

/** A deployment from its first beat to its teardown, with everything in between that makes the functions call AWS. */
async function liveThroughEverything(): Promise<readonly Asked[]> {
  let only: FunctionName | undefined;
  const targets = SERVICE_VARIABLES.map((name) => ({ name, target: Promise.withResolvers<string>() }));
  const recorders = await Promise.all(
    targets.map(async ({ name, target }) => {
      const admits = (key: string | undefined): boolean => only === undefined || key === only;
      return [name, await recordAws(target.promise, admits)] as const;
    }),
  );
  const calls = (): readonly Asked[] => recorders.flatMap(([, recorder]) => askedIn(recorder));
  const endpoints = Object.fromEntries(recorders.map(([name, { url }]) => [name, url]));
  const world = await openUnready({
    settings: { ...endpoints, ...withTaskRole() },
    settingsOf: (name) => ({ AWS_ACCESS_KEY_ID: name }),
  });
  try {
    for (const { name, target } of targets) target.resolve(world.endpoints[name] ?? '');
    await waitForNode(world);
    const pods = await runPods(world);
    await syncLater(world, endpoints, 10 * MINUTE_MS, () => releaseWaiting(world, pods));
    leaveADeadLetter(world);
    world.models.serviceQuotas.forgetApplied();
    await syncLater(world, endpoints, 9 * DAY_MS);
    await letTheHeartbeatBeFirst(world, calls);
    await launch(world, pods, 'late');
    // As when a stack goes: the schedules and event sources first.
    only = 'node-teardown';
    await forget(world, 'REBUILT');
    await tearDown(world);
  } finally {
    await world.close();
    await Promise.all(recorders.map(([, recorder]) => recorder.close()));
  }
  return calls();
}

function withTaskRole(): Readonly<Record<string, string>> {
  const node = { name: 'lambdalet', simulated: false, podsReady: true };
  const { LAMBDALET_NODES = '[]' } = functionEnvironment(node, { AWS_ENDPOINT_URL_SQS: '' }, {});
  const nodes = JSON.parse(LAMBDALET_NODES) as readonly object[];
  return { LAMBDALET_NODES: JSON.stringify(nodes.map((one) => ({ ...one, defaultTaskRole: ROLE }))) };
}

function askedIn(recorder: Recorder): readonly Asked[] {
  return recorder.exchanges().flatMap(({ what, body, method, url, headers, signature }) => {
    const by = FUNCTION_NAMES.find((name) => name === signature?.key);
    if (by === undefined || signature === undefined) return [];
    const { service } = signature;
    const operation = operationOf(service, what, url);
    const call = { service, operation, method, url, headers, body: Buffer.from(body, 'latin1') };
    return askIam(call, PLACE).map((request) => ({ by, request }));
  });
}

/** By the target of the JSON protocols, or the path of the RPC protocol; S3 has neither. */
function operationOf(service: string, what: string, url: string): string {
  if (service === 's3') return '';
  return /\/operation\/(\w+)$/.exec(url)?.[1] ?? what;
}

async function runPods(world: World): Promise<Namespace> {
  const pods = await openNamespace(world, 'rights');
  await make({ world }, pods, 'serviceaccounts', { metadata: { name: 'robot' } });
  for (const secret of secretsOf(newCanaries())) await make({ world }, pods, 'secrets', secret);
  await pods.create(podOfAllWays());
  await pods.until('all', 'runs', isRunning, 90_000);
  await pods.create(podOf('ends', 'exit 0', { restartPolicy: 'Never' }));
  await pods.until('ends', 'has ended', ({ status }) => status?.phase === 'Succeeded');
  const stays = podOf('stays') as { readonly metadata: object };
  await pods.create({ ...stays, metadata: { ...stays.metadata, labels: { team: 'rights' } } });
  await pods.until('stays', 'runs', isRunning);
  await pods.create(podWith('waits', [secretEnv('PEM', 'lines', 'pem'), secretEnv('KEY', 'to-come')]));
  await pods.until(
    'waits',
    'waits for its Secret',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
  );
  await pods.remove('all', 1);
  await pods.gone('all');
  await pods.remove('ends');
  await pods.gone('ends');
  return pods;
}

function podWith(name: string, env: readonly object[]): object {
  return podOf(name, undefined, { containers: [{ name: 'main', image: 'busybox', env }] });
}

/** A pod whose task has been asked for and does not run yet: its files are still in the bucket. */
async function launch(world: World, pods: Namespace, name: string): Promise<void> {
  const before = await world.listTasks('RUNNING');
  await pods.create(podWith(name, [secretEnv('KEY', 'env')]));
  await eventually(world, `${name} has a task`, async () =>
    (await world.listTasks('RUNNING')).length > before.length ? true : undefined,
  );
}

/** The Secret that a pod waits for comes, and the one that it has been copied from changes. */
async function releaseWaiting(world: World, pods: Namespace): Promise<void> {
  const path = `/api/v1/namespaces/${pods.name}/secrets`;
  await world.user.demand('DELETE', `${path}/lines`);
  await make({ world }, pods, 'secrets', { metadata: { name: 'lines' }, stringData: { pem: 'one\ntwo\n' } });
  await make({ world }, pods, 'secrets', { metadata: { name: 'to-come' }, stringData: { key: 'come' } });
}

/** Whoever comes first notes which cluster this is. */
async function letTheHeartbeatBeFirst(world: World, calls: () => readonly Asked[]): Promise<void> {
  await eventually(world, 'the heartbeat has noted the identity', async () => {
    await forget(world, 'IDENTITY');
    await world.invoke('node-heartbeat', {});
    return calls().some(
      ({ by, request }) => by === 'node-heartbeat' && request.action === 'dynamodb:UpdateItem',
    )
      ? true
      : undefined;
  });
}

/** Takes an item of the cluster out of the table. */
async function forget(world: World, sk: string): Promise<void> {
  const client = tableClient(world);
  await client.send(
    new DeleteItemCommand({ TableName: TABLE, Key: { pk: { S: 'CLUSTER#local' }, sk: { S: sk } } }),
  );
  client.destroy();
}

/** An event that was given up on for a passing reason: here it is put where it would end. */
function leaveADeadLetter({ models, queues }: World): void {
  const file = join(import.meta.dirname, '../../events/samples/ecs-task-state-change/deprovisioning.json');
  const MessageBody = readFileSync(file, 'utf8');
  models.sqs.handle('SendMessage', { QueueUrl: queues.deadLetters.url, MessageBody }, Date.now());
}

/** pod-sync as it looks once more in a process of its own, with a clock that is ahead: much is done only after a day or a week. */
async function syncLater(
  world: World,
  endpoints: Readonly<Record<string, string>>,
  ahead: number,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const clock = {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    sleep: (until: number, signal?: AbortSignal) => systemClock.sleep(until - ahead, signal),
  };
  const node = { name: world.node, simulated: false, podsReady: true };
  const environment = {
    ...functionEnvironment(node, world.endpoints, {}),
    ...endpoints,
    AWS_ACCESS_KEY_ID: 'pod-sync',
    LAMBDALET_MODE: 'economy',
    LAMBDALET_DEPLOY_ID: `later-${ahead}`,
    ...withTaskRole(),
  };
  const own = { ...process.env };
  Object.assign(process.env, environment);
  try {
    const sync = wirePodSync(environment, { clock });
    await before();
    await sync();
  } finally {
    for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, own);
  }
}

async function tearDown(world: World): Promise<void> {
  const answers = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => answers.listen(0, '127.0.0.1', resolve));
  const ResponseURL = `http://127.0.0.1:${(answers.address() as AddressInfo).port}/`;
  const event = {
    ResponseURL,
    StackId: 's',
    RequestId: 'r',
    LogicalResourceId: 'l',
    PhysicalResourceId: world.node,
  };
  const ResourceProperties = { ServiceToken: 't', Node: world.node };
  try {
    await world.invoke('node-teardown', { ...event, ResourceProperties, RequestType: 'Create' });
    await world.invoke('node-teardown', { ...event, ResourceProperties, RequestType: 'Delete' });
  } finally {
    answers.close();
  }
}
