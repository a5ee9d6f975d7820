import { systemClock } from '../../adapters/clock/system-clock.ts';
import { failureOf } from '../../core/failure.ts';
import type { Pod } from '../../core/kubernetes.ts';
import { allContainers } from '../../core/pod-needs.ts';
import type { PodRecord } from '../../core/record.ts';
import { lookAt, type Fact } from '../../doctor/fact.ts';
import { findLog as find, type LogSources } from '../../kubelet-api/logs/find-log.ts';
import type { GrowingLog } from '../../kubelet-api/logs/log-feed.ts';
import { logStreamOf } from '../../providers/ecs-fargate/plan/log-stream.ts';
import { CommandFault } from '../usage-error.ts';
import { findGonePod } from './find-gone-pod.ts';
import type { LogSource } from './log-source.ts';
import type { PodName } from './name-pod.ts';
import type { OpenCluster } from './open-cluster.ts';
import { openRecords } from './open-records.ts';

/**
 * The logs of the pod of that name: of the one that is there, else of the last one that a virtual node remembers; with a UID of no other.
 * @throws CommandFault where there is none
 */
export async function findSource(
  opened: OpenCluster,
  named: PodName,
  uid: string | undefined,
): Promise<LogSource> {
  const pod = await getPod(opened, named);
  if (pod === undefined || (uid !== undefined && pod.metadata.uid !== uid))
    return findGonePod(opened, named, uid);
  return {
    containers: allContainers(pod.spec).map(({ name }) => name),
    notices: [],
    defaultContainer: () => defaultContainer(pod),
    findLog: (container, previous) => findLog(opened, pod, container, previous),
  };
}

/** The container that kubectl takes when none is named, and, where there are several, what it says of that. */
function defaultContainer(pod: Pod): { readonly container: string; readonly notice?: string } {
  const { containers, initContainers = [] } = pod.spec;
  const wanted = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const isThere = allContainers(pod.spec).some(({ name }) => name === wanted);
  if (wanted !== undefined && isThere) return { container: wanted };
  const container = containers[0]?.name ?? '';
  const all = [...containers.map(({ name }) => name), ...initContainers.map(({ name }) => `${name} (init)`)];
  if (all.length === 1) return { container };
  return { container, notice: `Defaulted container "${container}" out of: ${all.join(', ')}` };
}

/**
 * The log of a run of a container, and when that ends. The record is read only where the status does not name the run.
 * @throws CommandFault in the kubelet's words where there is none
 */
export async function findLog(
  opened: OpenCluster,
  pod: Pod,
  container: string,
  previous: boolean,
): Promise<GrowingLog> {
  demandOurs(pod);
  const readings: Fact<PodRecord | undefined>[] = [];
  const sources: LogSources = {
    podNow: createPodReader(opened),
    recordOf: async (of) => {
      const record = await lookAt(() => readRecord(opened, of));
      readings.push(record);
      return record.kind === 'known' ? record.value : undefined;
    },
    streamOf: (task, name) => logStreamOf(opened.logGroup, task, name),
    clock: systemClock,
    believesStatus: true,
  };
  const found = await find(sources, pod, container, previous);
  if (found.kind === 'log') return found.log;
  const [record] = readings;
  const unread = record?.kind === 'unknown' ? ` (it cannot be read: ${record.why})` : '';
  throw new CommandFault(`${found.message}${unread}`, 1);
}

/** `docker://..`, `containerd://..`: what runs it writes its log elsewhere. */
const OTHER_RUNTIME = /^(?!ecs:)[a-z0-9-]+:\/\//;

/** @throws CommandFault for a pod that a kubelet with a machine runs, of which no record can know either */
function demandOurs({ metadata, spec, status }: Pod): void {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  if (!all.some(({ containerID }) => OTHER_RUNTIME.test(containerID ?? ''))) return;
  const { namespace, name } = metadata;
  throw new CommandFault(
    `pod "${name}" runs on ${spec.nodeName ?? ''}, which is no virtual node: kubectl logs -n ${namespace} ${name} shows its log`,
    1,
  );
}

/** Reads a pod again and again. A credential that has come to its end is renewed once before that is a fault. */
export function createPodReader(
  opened: Pick<OpenCluster, 'kubernetes' | 'renewKubernetes'>,
): (pod: Pod) => Promise<Pod | undefined> {
  let { kubernetes } = opened;
  return async ({ metadata }) => {
    try {
      return await getPod({ kubernetes }, metadata);
    } catch (error) {
      if (failureOf(error).code !== '401') throw error;
      kubernetes = await opened.renewKubernetes();
      return getPod({ kubernetes }, metadata);
    }
  };
}

async function readRecord(opened: OpenCluster, pod: Pod): Promise<PodRecord | undefined> {
  const records = await openRecords(opened);
  return records.get(pod.spec.nodeName ?? '', pod.metadata.uid);
}

async function getPod(
  { kubernetes }: Pick<OpenCluster, 'kubernetes'>,
  { namespace, name }: PodName,
): Promise<Pod | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  return (await kubernetes.get(path)) as Pod | undefined;
}
