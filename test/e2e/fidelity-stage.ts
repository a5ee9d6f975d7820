import type { Pod } from '../../lib/core/kubernetes.ts';
import type { TaskFile } from '../../lib/local/aws/ecs/container-files.ts';
import type { World } from '../../lib/local/world/world.ts';
import { eventually, type Namespace } from './world-under-test.ts';

/** Where a story is told. */
export interface Stage {
  readonly world: World;
  /** What kubectl prints there, where it is. */
  readonly kubectl?: (...argv: readonly string[]) => Promise<string>;
}

/** What a simulated container really got. */
export interface Inside {
  readonly environment: Readonly<Record<string, string>>;
  /** Text and permission bits by absolute path. */
  readonly files: Readonly<Record<string, { readonly text: string; readonly mode: string }>>;
}

/** A task as DescribeTasks shows it, as far as a story looks at it. */
export interface SeenTask {
  readonly taskArn: string;
  readonly startedBy: string;
  readonly lastStatus: string;
  readonly createdAt: number;
  /** Epoch seconds. */
  readonly stoppingAt?: number;
  readonly taskDefinitionArn: string;
}

export const IMAGE = 'public.ecr.aws/docker/library/busybox:1.37';

/** The tasks that were started for a pod, the oldest first. */
export async function allTasksOf(world: World, pod: Pod): Promise<readonly SeenTask[]> {
  const arns = [...(await world.listTasks('RUNNING')), ...(await world.listTasks('STOPPED'))];
  const pages = Array.from({ length: Math.ceil(arns.length / 100) }, (_, page) =>
    arns.slice(page * 100, page * 100 + 100),
  );
  const tasks = pages.flatMap((page) => {
    const input = { cluster: world.ecsCluster, tasks: page };
    return (world.models.ecs.handle('DescribeTasks', input, Date.now()) as { tasks: SeenTask[] }).tasks;
  });
  return tasks
    .filter(({ startedBy }) => startedBy.startsWith(pod.metadata.uid))
    .sort((one, other) => one.createdAt - other.createdAt);
}

/** The newest task of a pod. Throws when there is none. */
export async function taskOf(world: World, pod: Pod): Promise<SeenTask> {
  const found = (await allTasksOf(world, pod)).at(-1);
  if (found === undefined) throw new Error(`no task was started for pod ${pod.metadata.name}`);
  return found;
}

/** What a container of the newest task of a pod was started with, and the files that it has. */
export async function insideOf(world: World, pod: Pod, container = 'main'): Promise<Inside> {
  const { taskArn } = await taskOf(world, pod);
  return insideTask(world, taskArn, container);
}

/** The same of a certain task. */
export function insideTask({ models: { ecs } }: World, taskArn: string, container: string): Inside {
  const files = [...ecs.filesOf(taskArn, container)].map(([path, file]) => [path, toSeen(file)] as const);
  return {
    environment: Object.fromEntries(ecs.environmentOf(taskArn, container)),
    files: Object.fromEntries(files),
  };
}

function toSeen({ content, mode }: TaskFile): { readonly text: string; readonly mode: string } {
  return { text: Buffer.from(content).toString(), mode: mode.toString(8).padStart(4, '0') };
}

/** Makes an object of the core group or of another one in a namespace. */
export async function make(
  { world }: Stage,
  { name: namespace }: Pick<Namespace, 'name'>,
  plural: string,
  object: object,
): Promise<unknown> {
  const [resource = '', ...group] = plural.split('/').reverse();
  const root = group.length === 0 ? '/api/v1' : `/apis/${group.reverse().join('/')}`;
  return world.user.demand('POST', `${root}/namespaces/${namespace}/${resource}`, object);
}

/** Waits for an event about a pod; gives its message. */
export async function eventOf(
  { world }: Stage,
  pods: Namespace,
  pod: string,
  reason: string,
  including = '',
): Promise<string> {
  const told = await eventually(world, `event ${reason} "${including}" about ${pod}`, async () =>
    (await pods.events(pod)).find((event) => event.reason === reason && event.message.includes(including)),
  );
  return told.message;
}

/** Waits until a Job of a namespace has a condition with the status True. */
export async function jobIs(
  { world }: Stage,
  { name: namespace }: Namespace,
  job: string,
  wanted: string,
): Promise<void> {
  await eventually(
    world,
    `job ${namespace}/${job} is ${wanted}`,
    async () => {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${job}`;
      const { status } = (await world.user.demand('GET', path)) as {
        status?: { conditions?: { type: string; status: string }[] };
      };
      const found = status?.conditions?.some((one) => one.type === wanted && one.status === 'True');
      return found === true ? true : undefined;
    },
    90_000,
  );
}

/** The pods of a Job. */
export async function podsOfJob({ world }: Stage, { name }: Namespace, job: string): Promise<readonly Pod[]> {
  const query = new URLSearchParams({ labelSelector: `job-name=${job}` });
  const list = await world.user.demand('GET', `/api/v1/namespaces/${name}/pods?${query.toString()}`);
  return (list as { items: Pod[] }).items;
}

/** What stands in the column STATUS of `kubectl get pod`: as kubectl prints it where it is, else as the server gives it to it. */
export async function columnOf({ world, kubectl }: Stage, { name }: Namespace, pod: string): Promise<string> {
  if (kubectl !== undefined) {
    const line = await kubectl('get', 'pod', pod, '--namespace', name, '--no-headers');
    return line.split(/\s+/)[2] ?? '';
  }
  const table = await world.user.table(`/api/v1/namespaces/${name}/pods/${pod}`);
  const at = table.columnDefinitions.findIndex((column) => column.name === 'Status');
  return String(table.rows[0]?.cells[at]);
}

type Condition = NonNullable<NonNullable<Pod['status']>['conditions']>[number];

/** A condition of a pod. */
export function conditionOf(pod: Pod | undefined, wanted: string): Condition | undefined {
  return pod?.status?.conditions?.find(({ type }) => type === wanted);
}

/** A container that runs a script. */
export function shell(name: string, script: string, more: object = {}): object {
  return { name, image: IMAGE, command: ['sh', '-c', script], ...more };
}
