import { failureOf } from '../../core/failure.ts';
import type { KubernetesTable } from '../world/ask-cluster.ts';
import type { World } from '../world/world.ts';
import type { Screen } from './create-screen.ts';
import { DEMO_PODS, toPod, type DemoPod } from './demo-pods.ts';
import { formatTable } from './format-table.ts';
import { tellTimes } from './tell-times.ts';
import { rowsOf, watchTable, type TableRow } from './watch-table.ts';

const PODS = '/api/v1/namespaces/default/pods';
const NODES = '/api/v1/nodes';
const EVENTS = '/api/v1/namespaces/default/events';
const WIDE = ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node'] as const;

/** How much longer each step may take than with the fast pace: Fargate needs half a minute where the emulator needs two seconds. */
const PATIENCE = { fast: 1, real: 10 } as const;

/**
 * The life of five pods on a virtual node, from nothing to nothing, checked at every step.
 * @throws Error that says what was expected and did not come
 */
export async function tellStory(world: World, screen: Screen): Promise<void> {
  const story = { world, screen, patience: PATIENCE[world.pace] };
  try {
    for (const tell of CHAPTERS) await tell(story);
  } catch (error) {
    const { message } = failureOf(error);
    throw new Error(`${message}; ${world.lastErrors()} (${world.log.file})`, { cause: error });
  }
}

const CHAPTERS: readonly ((story: Story) => Promise<void> | void)[] = [
  showNode,
  deploy,
  showPods,
  showEvents,
  showLog,
  deleteAll,
  proveNothingLeft,
  showTimes,
];

interface Story {
  readonly world: World;
  readonly screen: Screen;
  readonly patience: number;
}

async function showNode({ world, screen, patience }: Story): Promise<void> {
  screen.chapter('A node appears');
  screen.say('A schedule fills a queue, the queue calls node-heartbeat, and that makes the node.');
  screen.command('kubectl get nodes');
  await watchTable(world.user, screen, {
    path: NODES,
    view: {},
    withinMs: 20_000 * patience,
    missing: (rows) =>
      statusOf(rows, world.node) === 'Ready' ? undefined : `node ${world.node} is not Ready`,
  });
}

async function deploy({ world, screen }: Story): Promise<void> {
  screen.chapter('Five pods');
  const width = Math.max(...DEMO_PODS.map(({ name }) => name.length));
  for (const { name, about } of DEMO_PODS) screen.say(`${name.padEnd(width)}  ${about}`);
  screen.command('kubectl apply -f pods.yaml');
  for (const pod of DEMO_PODS) {
    await world.user.demand('POST', PODS, toPod(pod, world.cluster.hasScheduler ? undefined : world.node));
    screen.say(`pod/${pod.name} created`);
  }
}

async function showPods({ world, screen, patience }: Story): Promise<void> {
  screen.chapter('They run');
  screen.say('pod-sync starts a Fargate task for each; task-events tells the cluster how they are.');
  screen.command('kubectl get pods --watch -o wide');
  await watchTable(world.user, screen, {
    path: PODS,
    view: { columns: WIDE },
    withinMs: 25_000 * patience,
    missing: expectStatuses(DEMO_PODS),
  });
  for (const pod of DEMO_PODS) await checkExit(world, screen, pod);
}

/**
 * Judges looks at the table: each pod must have shown its status once. Not all at the same time, because one that backs off is
 * tried again in between. The one that fails again and again must have been started again.
 */
function expectStatuses(pods: readonly DemoPod[]): (rows: readonly TableRow[]) => string | undefined {
  const open = new Map(pods.map((pod) => [pod.name, pod]));
  return (rows) => {
    for (const { name, status, restarts = 0 } of [...open.values()]) {
      const row = rows.find((one) => one['Name'] === name);
      if (row?.['Status'] === status && Number.parseInt(row['Restarts'] ?? '', 10) >= restarts)
        open.delete(name);
    }
    const missing = [...open.values()].map(
      ({ name, status }) => `pod ${name} should be ${status} and is ${statusOf(rows, name) ?? 'not there'}`,
    );
    return missing.length === 0 ? undefined : missing.join(', ');
  };
}

/** What the table does not show: the code with which a container ended. */
async function checkExit({ user }: World, screen: Screen, { name, exitCode }: DemoPod): Promise<void> {
  if (exitCode === undefined) return;
  const pod = (await user.demand('GET', `${PODS}/${name}`)) as PodWithStatus;
  const { state, lastState } = pod.status.containerStatuses?.[0] ?? {};
  const seen = state?.terminated?.exitCode ?? lastState?.terminated?.exitCode;
  if (seen !== exitCode)
    throw new Error(`Container of pod ${name} should have ended with ${exitCode} and ended with ${seen}`);
  if (exitCode !== 0) screen.good(`the container of ${name} ended with exit code ${exitCode}`);
}

interface PodWithStatus {
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly state?: { readonly terminated?: { readonly exitCode: number } };
      readonly lastState?: { readonly terminated?: { readonly exitCode: number } };
    }[];
  };
}

async function showEvents({ world, screen }: Story): Promise<void> {
  screen.chapter('What is wrong with typo');
  screen.command('kubectl events --for pod/typo');
  const selector = new URLSearchParams({ fieldSelector: 'involvedObject.name=typo' });
  const table = await world.user.table(`${EVENTS}?${selector.toString()}`);
  screen.show(formatTable(oldestFirst(table), { columns: ['Type', 'Reason', 'Message'] }));
  if (!rowsOf(table).some((row) => row['Type'] === 'Warning'))
    throw new Error('The failing pull of pod typo was not told by a Warning event');
}

/** As `kubectl events` sorts; the API server itself lists by name. */
function oldestFirst(table: KubernetesTable): KubernetesTable {
  const timeOf = ({ object }: KubernetesTable['rows'][number]): string =>
    object?.metadata?.creationTimestamp ?? '';
  return { ...table, rows: table.rows.toSorted((one, other) => timeOf(one).localeCompare(timeOf(other))) };
}

async function showLog({ world, screen }: Story): Promise<void> {
  screen.chapter('What report said');
  screen.command(`aws logs tail ${world.logGroup}`);
  const lines = await world.readLog('items counted');
  for (const line of lines) screen.say(line);
  if (lines.length === 0) throw new Error('The line of pod report is not in CloudWatch Logs');
}

async function deleteAll({ world, screen, patience }: Story): Promise<void> {
  screen.chapter('All gone');
  screen.command('kubectl delete pods --all');
  for (const { name } of DEMO_PODS) await world.user.demand('DELETE', `${PODS}/${name}`);
  await watchTable(world.user, screen, {
    path: PODS,
    view: { columns: WIDE },
    withinMs: 15_000 * patience,
    missing: (rows) =>
      rows.length === 0 ? undefined : `still there: ${rows.map((row) => row['Name']).join(', ')}`,
  });
}

async function proveNothingLeft({ world, screen }: Story): Promise<void> {
  screen.command(`aws ecs list-tasks --cluster ${world.ecsCluster}`);
  const running = await world.listTasks('RUNNING');
  const stopped = await world.listTasks('STOPPED');
  if (running.length > 0) throw new Error(`${running.length} tasks still run: ${running.join(', ')}`);
  screen.good(`no task runs any more; ${stopped.length} have stopped`);
  const status = statusOf(rowsOf(await world.user.table(NODES)), world.node);
  if (status !== 'Ready') throw new Error(`node ${world.node} should still be Ready and is ${status}`);
  screen.good(`the node is still Ready`);
}

function showTimes({ world, screen }: Story): void {
  screen.chapter('Where the time went');
  screen.say('From the events that the functions published on EventBridge (source lambdalet.pod):');
  screen.show(
    tellTimes(
      world.notices(),
      DEMO_PODS.map(({ name }) => name),
    ),
  );
  if (world.pace === 'fast')
    screen.say("TASK -> RUNNING is the emulator's; Fargate takes about half a minute.");
}

function statusOf(rows: readonly TableRow[], name: string): string | undefined {
  return rows.find((row) => row['Name'] === name)?.['Status'];
}
