import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { createLogs } from '../adapters/cloudwatch-logs/create-logs.ts';
import { createFindLines, type FindLines } from '../adapters/cloudwatch-logs/find-lines.ts';
import { systemClock } from '../adapters/clock/system-clock.ts';
import { createDynamo } from '../adapters/dynamodb/create-dynamo.ts';
import { trimPod } from '../adapters/kubernetes/trim-pod.ts';
import { findRecords } from '../cli/find-records.ts';
import { fromTime, keyOfPod, type Lease, type Node, type Pod } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import { AwsRefusal } from '../doctor/aws/aws-refusal.ts';
import type { Aws, AwsSession } from '../doctor/aws/ask-aws.ts';
import { lookFurther, type Fact } from '../doctor/fact.ts';
import type { Kubernetes } from '../doctor/kubernetes/ask-kubernetes.ts';
import type { NodeState } from '../doctor/probes/probe-cluster.ts';
import { resourcesOf } from '../doctor/probes/probe-deployment.ts';
import { listAt, read, textOf, type JsonLike } from '../local/explain/read-path.ts';
import { viewOf } from '../loop/observe-pod.ts';
import type { Logs } from '../ports/logs.ts';
import type { Provider } from '../ports/provider.ts';
import type { Records } from '../ports/records.ts';
import type { Marks, Slot } from '../ports/slot.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { createEcsFargateProvider } from '../providers/ecs-fargate/provider.ts';
import { findTellingRun, readLastLines } from './last-lines.ts';
import { knownOf, type AskedPod, type Evidence, type PodEvent, type WhyDeployment } from './evidence.ts';

/** What is looked through. Only what reads is in these types, so that nothing else can be called. */
export interface Sources {
  readonly kubernetes: Fact<Kubernetes>;
  readonly table: Fact<Table>;
  readonly provider: Fact<Pick<Provider, 'describe' | 'findByContainer'>>;
  readonly assess: Pick<Provider, 'assess'>;
  readonly logs: Fact<Logs>;
  /** The lines of log groups, by patterns. */
  readonly lines: Fact<FindLines>;
}

/** The product's table, for questions only. */
export interface Table {
  readonly records: Pick<Records, 'get' | 'list'>;
  readonly marks: Pick<Marks, 'node'>;
  readonly slot: Pick<Slot, 'read'>;
}

/** How the sources are opened. */
export interface WaysToAsk {
  readonly kubernetes: Fact<Kubernetes>;
  readonly session: Fact<AwsSession>;
  readonly aws: Fact<Aws>;
  /** The name of the table; without it CloudFormation is asked. */
  readonly table: string | undefined;
  readonly stackPrefix: string;
  readonly executionRole: string;
}

/** A command tells by its answer, not by log lines. */
const SILENT: Telemetry = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  trouble: () => undefined,
  count: () => undefined,
  flush: () => undefined,
};

/** Opens everything that is looked through; sends nothing but the question for the name of the table. */
export async function openSources(ways: WaysToAsk, deployment: WhyDeployment): Promise<Sources> {
  const table = await lookFurther(ways.aws, (aws) => tableOf(aws, ways));
  const session = ways.aws.kind === 'unknown' ? ways.aws : ways.session;
  const { cluster } = deployment;
  return {
    kubernetes: ways.kubernetes,
    table: await lookFurther(session, ({ region, credentials }) =>
      lookFurther(table, (name) => {
        const client = new DynamoDBClient({ region, credentials, ...PATIENCE, maxAttempts: 3 });
        return Promise.resolve(createDynamo({ client, table: name, cluster, telemetry: SILENT }));
      }),
    ).then(flat),
    provider: await lookFurther(session, ({ region, credentials }) => {
      const client = new ECSClient({ region, credentials, ...PATIENCE, maxAttempts: 1 });
      return Promise.resolve(providerOf(ways, deployment, client));
    }),
    logs: await lookFurther(session, ({ region, credentials }) => {
      const client = new CloudWatchLogsClient({ region, credentials, ...PATIENCE, maxAttempts: 2 });
      return Promise.resolve(createLogs({ client }));
    }),
    lines: await lookFurther(session, ({ region, credentials }) => {
      const client = new CloudWatchLogsClient({ region, credentials, ...PATIENCE, maxAttempts: 8 });
      return Promise.resolve(createFindLines(client));
    }),
    assess: providerOf(ways, deployment, { send: neverSent } as unknown as ECSClient),
  };
}

const PATIENCE = {
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

function flat<T>(fact: Fact<Fact<T>>): Fact<T> {
  return fact.kind === 'unknown' ? fact : fact.value;
}

function neverSent(): never {
  throw new TypeError('judging a pod asks nobody');
}

function providerOf({ executionRole }: WaysToAsk, deployment: WhyDeployment, client: ECSClient): Provider {
  const { cluster, ecsCluster, logGroup, networkProbes: probes, nodes } = deployment;
  return createEcsFargateProvider({
    ...{ client, cluster, ecsCluster, logGroup, executionRole, probes, nodes },
    // Only whether there is one decides about a pod.
    filesBucket: 'files',
    ...{ clock: systemClock, telemetry: SILENT },
  });
}

async function tableOf(aws: Aws, { table, stackPrefix }: WaysToAsk): Promise<string> {
  const name = table ?? (await resourcesOf(aws, `${stackPrefix}-state`)).table;
  if (name !== '') return name;
  throw new AwsRefusal('NoTable', `the stack ${stackPrefix}-state names no table`);
}

/** Reads everything about one pod: the pod first, what it leads to at once, the task last. */
export async function readEvidence(
  sources: Sources,
  deployment: WhyDeployment,
  asked: AskedPod,
): Promise<Evidence> {
  const { kubernetes, table } = sources;
  const pod = await lookFurther(kubernetes, (known) => readPod(known, asked));
  const seen = knownOf(pod);
  const [record, slot, events] = await Promise.all([
    lookFurther(table, ({ records }) => readRecord(records, deployment, asked, seen)),
    lookFurther(table, (known) => known.slot.read()),
    lookFurther(kubernetes, (known) => readEvents(known, asked, seen?.metadata.uid)),
  ]);
  const remembered = knownOf(record);
  const name = seen === undefined ? remembered?.node : seen.spec.nodeName;
  const isOurs = deployment.nodes.some((node) => node.name === name);
  const none = { kind: 'known', value: undefined } as const;
  const [node, mark, task, log] = await Promise.all([
    name === undefined ? none : lookFurther(kubernetes, (known) => readNode(known, name)),
    name === undefined || !isOurs ? none : lookFurther(table, ({ marks }) => marks.node(name)),
    readTask(sources, record, seen),
    readLastLog(sources, deployment, seen, remembered),
  ]);
  return {
    ...{ asked, deployment, pod, record, slot, events, node, mark, task, log },
    ...(isOurs && name !== undefined && seen !== undefined && record.kind === 'known'
      ? assessmentOf(sources, { pod: seen, record: remembered, node: name }, deployment)
      : {}),
  };
}

function assessmentOf(
  { assess }: Sources,
  { pod, record, node }: { readonly pod: Pod; readonly record: PodRecord | undefined; readonly node: string },
  { cluster, nodes, networkProbes }: WhyDeployment,
): Pick<Evidence, 'assessment'> {
  const settings = { cluster, nodes, networkProbes, acceptNewCluster: false };
  const deps = { provider: assess as Provider, settings };
  const { assessment } = viewOf(deps, node, keyOfPod(pod), { pod, record });
  return assessment === undefined ? {} : { assessment };
}

/** The pod of that name. */
export async function readPod(
  kubernetes: Kubernetes,
  { namespace, name }: AskedPod,
): Promise<Pod | undefined> {
  const found = await kubernetes.get(`${inNamespace(namespace)}/pods/${encodeURIComponent(name)}`);
  return found === undefined ? undefined : trimPod(found as unknown as Pod);
}

function inNamespace(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
}

/** The record of the pod; of one that is gone the last of its name, on whichever node. */
async function readRecord(
  records: Table['records'],
  { nodes }: WhyDeployment,
  { namespace, name }: AskedPod,
  pod: Pod | undefined,
): Promise<PodRecord | undefined> {
  if (pod !== undefined) {
    const { nodeName } = pod.spec;
    const isOurs = nodes.some((node) => node.name === nodeName);
    return isOurs && nodeName !== undefined ? records.get(nodeName, pod.metadata.uid) : undefined;
  }
  const names = nodes.map((node) => node.name);
  return (await findRecords(records, names, { namespace, name })).records[0];
}

/** By the record; where that could not be read, by the container id that the pod shows. */
async function readTask(
  { provider }: Sources,
  record: Fact<PodRecord | undefined>,
  pod: Pod | undefined,
): Promise<Evidence['task']> {
  if (record.kind === 'known') {
    const arn = record.value?.taskArn;
    if (arn === undefined) return { kind: 'known', value: undefined };
    return lookFurther(provider, async (known) => (await known.describe([arn])).get(arn));
  }
  const shown = pod?.status?.containerStatuses?.find(({ containerID = '' }) => containerID !== '');
  if (shown?.containerID === undefined) return record;
  const runtimeId = shown.containerID.replace(/^[a-z]+:\/\//, '');
  return lookFurther(provider, (known) => known.findByContainer(runtimeId));
}

/** Only a pod that ran has one, and only the right to read the log group is needed: it is asked for by the name of the stream. */
function readLastLog(
  { logs }: Sources,
  { logGroup }: WhyDeployment,
  pod: Pod | undefined,
  record: PodRecord | undefined,
): Promise<Evidence['log']> | Evidence['log'] {
  const telling = findTellingRun(pod, record);
  if (telling === undefined) return { kind: 'known', value: undefined };
  return lookFurther(logs, (known) => readLastLines(known, logGroup, telling));
}

async function readNode(kubernetes: Kubernetes, name: string): Promise<NodeState> {
  const [node, lease] = await Promise.all([
    kubernetes.get(`/api/v1/nodes/${encodeURIComponent(name)}`),
    kubernetes.get(
      `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${encodeURIComponent(name)}`,
    ),
  ]);
  return { name, node: node as Node | undefined, lease: lease as Lease | undefined };
}

/** Events of this pod, not of an earlier one of its name; without a UID those of all. */
export async function readEvents(
  kubernetes: Kubernetes,
  { namespace, name }: AskedPod,
  uid: string | undefined,
): Promise<readonly PodEvent[]> {
  const selector = encodeURIComponent(`involvedObject.kind=Pod,involvedObject.name=${name}`);
  const list = await kubernetes.get(`${inNamespace(namespace)}/events?fieldSelector=${selector}`);
  return (listAt(list, ['items']) as readonly JsonLike[])
    .filter((event) => uid === undefined || read(event, ['involvedObject', 'uid']) === uid)
    .map(toEvent)
    .toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0));
}

function toEvent(event: JsonLike): PodEvent {
  const times = [
    ['series', 'lastObservedTime'],
    ['lastTimestamp'],
    ['eventTime'],
    ['metadata', 'creationTimestamp'],
  ];
  const at = times.map((path) => fromTime(textOf(read(event, path), ''))).find((one) => one !== undefined);
  const count = [['series', 'count'], ['count']]
    .map((path) => read(event, path))
    .find((one) => typeof one === 'number');
  return {
    at,
    type: textOf(event['type'], 'Normal'),
    reason: textOf(event['reason'], ''),
    message: textOf(event['message'], textOf(event['note'], '')),
    count: typeof count === 'number' ? count : 1,
    uid: textOf(read(event, ['involvedObject', 'uid']), ''),
    component: textOf(event['reportingComponent'], textOf(read(event, ['source', 'component']), '')),
  };
}
