import type { Instant, Node, Pod } from '../../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../../lib/core/node-settings.ts';
import { createBenchClock, type BenchClock } from '../../bench/virtual/bench-clock.ts';
import { isLive, type TrueTask } from '../../simulation/true-tasks.ts';
import { aNodeSettings } from '../../support/vocabulary.ts';
import type { Deployment } from './execution-environment.ts';
import { createGauges, type Gauges } from './gauges.ts';
import { createStaff, type Staff } from './staff.ts';
import { createStageAccount, SECRET, type StageAccount } from './stage-account.ts';
import { createStageCluster, type StageCluster } from './stage-cluster.ts';
import { createStageTable, type StageTable } from './stage-table.ts';
import { createStageTelemetry, type StageTelemetry } from './stage-telemetry.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * A whole deployment on virtual time: the real loop, provider and Kubernetes client; the embedded API server with scheduler and
 * controllers; ECS at Fargate's own pace. An hour of it takes seconds.
 */
export interface Stage {
  readonly clock: BenchClock;
  readonly cluster: StageCluster;
  readonly account: StageAccount;
  readonly table: StageTable;
  readonly staff: Staff;
  readonly gauges: Gauges;
  readonly telemetry: StageTelemetry;
  /** That much time goes by. */
  seconds(count: number): Promise<void>;
  minutes(count: number): Promise<void>;
  /** Time goes by until it holds; fails after `withinS` seconds. Returns how many seconds it took. */
  until(what: string, holds: () => boolean, withinS?: number): Promise<number>;
  /** A new deploy id, with whatever else changes. */
  deploy(change?: Partial<Deployment>): void;
  /** Creates or scales a Deployment whose pods tolerate the virtual nodes and want them. */
  applyDeployment(name: string, replicas: number, spec?: object): void;
  /** Creates a pod that wants a virtual node. */
  createPod(name: string, spec: object): void;
  readonly pods: () => readonly Pod[];
  pod(name: string): Pod | undefined;
  /** Pods that are neither deleted nor over. */
  readonly living: () => readonly Pod[];
  readonly isReady: (pod: Pod) => boolean;
  node(name: string): Node | undefined;
  lease(name: string): object | undefined;
  readonly liveTasks: () => readonly TrueTask[];
  /** Seconds from the binding of a pod to its first task. */
  launchDelay(pod: Pod): number;
  setSecret(text: string): void;
  deleteSecret(): void;
}

/** What a stage may differ in. */
export interface StageWords {
  readonly nodes?: readonly string[];
}

/** The settings of a virtual node of the stage. */
export function stageNode(name: string): NodeSettings {
  return aNodeSettings({
    name,
    capacity: { cpu: '400', memory: '1600Gi', pods: '1000', 'ephemeral-storage': '10Ti' },
  });
}

/** Opens a stage whose virtual nodes are Ready, next to an ordinary node that is always well. */
export async function openStage({ nodes = ['virtual-1'] }: StageWords = {}): Promise<Stage> {
  const clock = createBenchClock();
  const gauges = createGauges(() => clock.now());
  const telemetry = createStageTelemetry(() => clock.now());
  const cluster = createStageCluster(clock, gauges.onChange);
  const account = createStageAccount(clock, (event, deliveries) => staff.handleEvent(event, deliveries));
  const table = createStageTable(['virtual-1', 'virtual-2']);
  const setSecret = (SecretString: string): void => {
    const isThere = account.secrets.names().includes(SECRET);
    const named = isThere ? { SecretId: SECRET } : { Name: SECRET };
    const operation = isThere ? 'PutSecretValue' : 'CreateSecret';
    account.secrets.handle(
      operation,
      { ...named, SecretString, ClientRequestToken: clock.newId() },
      clock.now(),
    );
  };
  setSecret(cluster.issueKubeconfig());
  const staff = createStaff(
    { clock, cluster, account, table, telemetry, onWrite: gauges.onWrite },
    { deployId: 'd1', nodes: nodes.map(stageNode), acceptNewCluster: false, ignorantOf: [] },
  );
  keepOrdinaryNode(clock, cluster);
  let deploys = 1;
  // The stored objects are frozen JSON: to look at them costs nothing.
  const find = (storage: string, namespace: string, name: string): unknown =>
    cluster.model().store.get(storage, namespace, name);
  const pods = (): readonly Pod[] => cluster.model().store.list('pods') as unknown as readonly Pod[];
  const stage: Stage = {
    ...{ clock, cluster, account, table, staff, gauges, telemetry, setSecret, isReady },
    seconds: (count) => clock.run(clock.now() + count * SECOND),
    minutes: (count) => clock.run(clock.now() + count * MINUTE),
    until: async (what, holds, withinS = 600) => {
      const begun = clock.now();
      const end = begun + withinS * SECOND;
      while (!holds()) {
        if (clock.now() >= end)
          throw new Error(`not within ${withinS} s: ${what}; complaints: ${lastOf(telemetry)}`);
        await clock.run(Math.min(end, clock.now() + SECOND / 4));
      }
      return (clock.now() - begun) / SECOND;
    },
    deploy: (change = {}) => staff.deploy({ ...staff.deployment, deployId: `d${(deploys += 1)}`, ...change }),
    applyDeployment: (name, replicas, spec) => applyDeployment(cluster, { name, replicas, spec: spec ?? {} }),
    createPod: (name, spec) =>
      demand(
        cluster.ask('POST', '/api/v1/namespaces/default/pods', {
          metadata: { name },
          spec: { ...PLACED, ...spec },
        }),
      ),
    pods,
    pod: (name) => find('pods', 'default', name) as Pod | undefined,
    living: () =>
      pods().filter(
        ({ metadata, status }) =>
          metadata.deletionTimestamp === undefined && !/Failed|Succeeded/.test(status?.phase ?? ''),
      ),
    node: (name) => find('nodes', '', name) as Node | undefined,
    lease: (name) => find('leases', 'kube-node-lease', name) as object | undefined,
    liveTasks: () => [...account.tasks.all()].filter(isLive),
    launchDelay: ({ metadata: { uid, name } }) => {
      const [bound, first] = [gauges.boundAt(uid), account.tasks.of(uid)[0]];
      if (bound === undefined || first === undefined) throw new Error(`${name} was not launched`);
      return (first.createdAt - bound) / SECOND;
    },
    deleteSecret: () =>
      void account.secrets.handle(
        'DeleteSecret',
        { SecretId: SECRET, ForceDeleteWithoutRecovery: true },
        clock.now(),
      ),
  };
  await stage.until('the virtual nodes are Ready', () =>
    nodes.every((name) => isNodeReady(stage.node(name))),
  );
  return stage;
}

/** Whether the Node says Ready. */
export function isNodeReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

function lastOf({ complaints }: StageTelemetry): string {
  return complaints
    .slice(-3)
    .map(({ text }) => text)
    .join(' | ');
}

function applyDeployment(
  cluster: StageCluster,
  { name, replicas, spec }: { readonly name: string; readonly replicas: number; readonly spec: object },
): void {
  const path = '/apis/apps/v1/namespaces/default/deployments';
  if (cluster.ask('GET', `${path}/${name}`).status === 200) {
    demand(cluster.ask('PATCH', `${path}/${name}`, { spec: { replicas } }, 'application/merge-patch+json'));
    return;
  }
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: {
      containers: [{ name: 'main', image: 'public.ecr.aws/docker/library/busybox:1.37', command: FOREVER }],
      ...PLACED,
      ...spec,
    },
  };
  const body = { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } };
  demand(cluster.ask('POST', path, body));
}

/** Pods want a virtual node, and may be there. */
const PLACED = {
  nodeSelector: { type: 'virtual-kubelet' },
  tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }],
} as const;
const FOREVER = ['sh', '-c', 'sleep infinity'];

function demand({ status, body }: { readonly status: number; readonly body: string }): void {
  if (status >= 300) throw new Error(`the API server refused it (${status}): ${body}`);
}

/** With every node silent at once the cluster would evict nothing: one other is well, as in a real cluster. */
function keepOrdinaryNode(clock: BenchClock, cluster: StageCluster): void {
  const name = 'worker-1';
  const conditions = (at: Instant): object[] => [
    { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: new Date(at).toISOString() },
  ];
  const beat = (): void => {
    if (cluster.reach() !== 'gone') {
      const status = { conditions: conditions(clock.now()) };
      const posted = cluster.ask(
        'PATCH',
        `/api/v1/nodes/${name}/status`,
        { status },
        'application/merge-patch+json',
      );
      if (posted.status === 404)
        demand(cluster.ask('POST', '/api/v1/nodes', { metadata: { name }, spec: {}, status }));
    }
    clock.at(clock.now() + 10 * SECOND, beat);
  };
  clock.at(clock.now(), beat);
}
