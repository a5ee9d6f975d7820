import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { startWorld, type WorldOptions } from '../../lib/local/start-world.ts';
import { describeError } from '../../lib/local/world/open-log.ts';
import { waitForNode } from '../../lib/local/world/wait-for-node.ts';
import type { World } from '../../lib/local/world/world.ts';

/** A whole world with the embedded cluster, its node Ready. Nothing of the developer's environment gets into it. */
export async function openWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await openUnready(options);
  try {
    await waitForNode(world);
  } catch (error) {
    await world.close();
    throw error;
  }
  return world;
}

/** What has a log of errors. */
interface Complaining {
  readonly log: Pick<World['log'], 'errors'>;
}

/** The same, without a wait for a node that may never come. It leaves no folder behind. */
export async function openUnready(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await startWorld({
    ...{ cluster: { kind: 'embedded' }, node: 'lambdalet', podsReady: true },
    ...{ pace: 'fast', environment: {} },
    ...options,
  });
  const close = async (): Promise<void> => {
    await world.close();
    await rm(world.folder, { recursive: true, force: true });
  };
  return { ...world, close };
}

/** Asks again until `look` gives something; fails with `what`, what it last gave instead, and what the functions complained about. */
export async function eventually<T>(
  world: Complaining,
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 60_000,
): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > until) {
      const complaints = world.log.errors().map(describeError).join('\n') || 'nothing';
      throw new Error(
        `not within ${withinMs / 1000} s: ${what}; the functions complained about: ${complaints}`,
      );
    }
    await sleep(100);
  }
}

/** A namespace of its own, so that tests in one world do not see each other; one that is there already is taken as it is. */
export async function openNamespace(
  world: Pick<World, 'user'> & Partial<Pick<World, 'cluster'>> & Complaining,
  name: string,
): Promise<Namespace> {
  const known = await world.user.ask('GET', `/api/v1/namespaces/${name}`);
  if (known.status === 404) await world.user.demand('POST', '/api/v1/namespaces', { metadata: { name } });
  // Where there are controllers, no pod is admitted before they have made the account that it runs as.
  await eventually(world, `service account default of ${name}`, async () => {
    const { status } = await world.user.ask('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`);
    return status === 200 || world.cluster?.hasScheduler === false ? true : undefined;
  });
  const path = `/api/v1/namespaces/${name}/pods`;
  const find = async (pod: string): Promise<Pod | undefined> => {
    const { status, body } = await world.user.ask('GET', `${path}/${pod}`);
    return status === 200 ? (body as Pod) : undefined;
  };
  return {
    name,
    create: async (pod) => (await world.user.demand('POST', path, pod)) as Pod,
    find,
    remove: async (pod, graceSeconds) => {
      const options = graceSeconds === undefined ? undefined : { gracePeriodSeconds: graceSeconds };
      await world.user.demand('DELETE', `${path}/${pod}`, options);
    },
    until: (pod, what, holds, withinMs) =>
      eventually(
        world,
        `pod ${name}/${pod} ${what}`,
        async () => {
          const seen = await find(pod);
          return seen !== undefined && holds(seen) ? seen : undefined;
        },
        withinMs,
      ),
    gone: async (pod, withinMs) => {
      const look = async (): Promise<true | undefined> =>
        (await find(pod)) === undefined ? true : undefined;
      await eventually(world, `pod ${name}/${pod} is gone`, look, withinMs);
    },
    events: async (pod) => {
      const selector = new URLSearchParams({ fieldSelector: `involvedObject.name=${pod}` });
      const list = await world.user.demand('GET', `/api/v1/namespaces/${name}/events?${selector.toString()}`);
      return (list as { items: KubernetesEvent[] }).items;
    },
  };
}

export interface KubernetesEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
}

/** Pods of one namespace, in the words of a test. */
export interface Namespace {
  readonly name: string;
  create(pod: object): Promise<Pod>;
  find(pod: string): Promise<Pod | undefined>;
  remove(pod: string, graceSeconds?: number): Promise<void>;
  until(pod: string, what: string, holds: (pod: Pod) => boolean, withinMs?: number): Promise<Pod>;
  gone(pod: string, withinMs?: number): Promise<void>;
  events(pod: string): Promise<readonly KubernetesEvent[]>;
}

/** A pod for the virtual node; `spec` overrides what it says. */
export function podOf(name: string, script?: string, spec: object = {}): object {
  return {
    metadata: { name },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'public.ecr.aws/docker/library/busybox:1.37',
          ...(script !== undefined && { command: ['sh', '-c', script] }),
        },
      ],
      nodeSelector: { type: 'virtual-kubelet' },
      tolerations: [{ operator: 'Exists' }],
      ...spec,
    },
  };
}

export const isRunning = (pod: Pod): boolean => pod.status?.phase === 'Running';

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** The states of the tasks that were started for a pod, the oldest first. */
export async function tasksOf(world: World, pod: Pod): Promise<readonly string[]> {
  const arns = [...(await world.listTasks('RUNNING')), ...(await world.listTasks('STOPPED'))];
  if (arns.length === 0) return [];
  const { tasks } = world.models.ecs.handle(
    'DescribeTasks',
    { cluster: world.ecsCluster, tasks: arns.slice(0, 100) },
    Date.now(),
  ) as { tasks: { startedBy: string; lastStatus: string; createdAt: number }[] };
  return tasks
    .filter(({ startedBy }) => startedBy.startsWith(pod.metadata.uid))
    .sort((one, other) => one.createdAt - other.createdAt)
    .map(({ lastStatus }) => lastStatus);
}
