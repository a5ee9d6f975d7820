import { systemClock } from '../../adapters/clock/system-clock.ts';
import { failureOf } from '../../core/failure.ts';
import { toTime, type Node } from '../../core/kubernetes.ts';
import { isOwnNode } from '../../core/node.ts';
import type { PodRecord } from '../../core/record.ts';
import { lookAt } from '../../doctor/fact.ts';
import type { GrowingLog } from '../../kubelet-api/logs/log-feed.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Records } from '../../ports/records.ts';
import { logStreamOf } from '../../providers/ecs-fargate/plan/log-stream.ts';
import { findRecords } from '../find-records.ts';
import { CommandFault } from '../usage-error.ts';
import { chooseRecordedLog, defaultRecorded, recordedContainers } from './choose-recorded-log.ts';
import type { PodName } from './name-pod.ts';
import { openRecords } from './open-records.ts';
import type { OpenCluster } from './open-cluster.ts';
import type { LogSource } from './log-source.ts';

/** Where a pod that is gone is looked for. */
export interface GoneDeps {
  readonly records: Pick<Records, 'get' | 'list'>;
  readonly nodes: readonly string[];
  readonly logGroup: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The logs of a pod that the API server does not have (any more), by its record.
 * @throws CommandFault where there is no record either, or none can be read
 */
export async function findGonePod(
  opened: OpenCluster,
  named: PodName,
  uid: string | undefined,
): Promise<LogSource> {
  const absent = absenceOf(named, uid);
  const deps = await lookAt(async () => ({
    ...{ records: await openRecords(opened), nodes: await nodesOf(opened) },
    ...{ logGroup: opened.logGroup, clock: systemClock },
  }));
  if (deps.kind === 'unknown') throw untold(absent, deps.why);
  const found = await lookAt(() => goneSource(deps.value, named, uid));
  if (found.kind === 'unknown') throw untold(absent, found.why);
  return found.value;
}

function untold(absent: string, why: string): CommandFault {
  return new CommandFault(`${absent}, and whether a virtual node remembers one cannot be told: ${why}`, 1);
}

function absenceOf({ namespace, name }: PodName, uid: string | undefined): string {
  return `pods "${name}" not found in ${namespace}${uid === undefined ? '' : ` with the UID ${uid}`}`;
}

/** @throws CommandFault where there is no record, FailureError where it cannot be read */
export async function goneSource(
  deps: GoneDeps,
  named: PodName,
  uid: string | undefined,
): Promise<LogSource> {
  const [record, others] = await demandRecord(deps, named, uid);
  const when = record.task?.stoppedAt;
  const notices = [
    `pod ${record.namespace}/${record.name} is gone: this is of its record (uid ${record.uid}${when === undefined ? '' : `, its task ended at ${toTime(when)}`})`,
    ...(others.length === 0 ? [] : [tellOthers(others)]),
  ];
  return {
    containers: recordedContainers(record),
    notices,
    defaultContainer: () => defaultContainer(record),
    findLog: (container, previous) => {
      const chosen = chooseRecordedLog(record, container, previous);
      if (chosen.kind === 'none') return Promise.reject(new CommandFault(chosen.message, 1));
      const stream = logStreamOf(deps.logGroup, chosen.task, container);
      return Promise.resolve({ stream, endedAt: endOf(deps, record, { container, previous }) });
    },
  };
}

function tellOthers(others: readonly PodRecord[]): string {
  const uids = others.slice(0, 5).map(({ uid }) => `--uid ${uid}`);
  const more = others.length > 5 ? `, and ${others.length - 5} older ones` : '';
  return others.length === 1
    ? `another pod of this name is remembered: ${uids.join('')}`
    : `${others.length} other pods of this name are remembered, the newest first: ${uids.join(', ')}${more}`;
}

const KEPT =
  'a record is kept for an hour after its pod is gone, and lambdalet history tells of pods before that';

async function demandRecord(
  { records, nodes }: GoneDeps,
  named: PodName,
  uid: string | undefined,
): Promise<readonly [PodRecord, readonly PodRecord[]]> {
  const absent = absenceOf(named, uid);
  const on =
    nodes.length === 0
      ? 'there is no virtual node that could remember one'
      : `no record of one is on ${nodes.join(', ')}`;
  if (uid !== undefined) {
    for (const node of nodes) {
      const record = await records.get(node, uid);
      if (record?.namespace === named.namespace && record.name === named.name) return [record, []];
    }
    throw new CommandFault(`${absent}, and ${on}; ${KEPT}`, 1);
  }
  const { records: found, unreadable } = await findRecords(records, nodes, named);
  const [first, ...others] = found;
  if (first !== undefined) return [first, others];
  const spoilt = unreadable === 0 ? '' : `; ${unreadable} of the records there cannot be read`;
  throw new CommandFault(`${absent}, and ${on}${spoilt}; ${KEPT}`, 1);
}

function defaultContainer(record: PodRecord): { readonly container: string; readonly notice?: string } {
  const all = recordedContainers(record);
  const container = defaultRecorded(record);
  if (container === undefined)
    throw new CommandFault(`nothing of pod "${record.name}", which is gone, was ever seen to run`, 1);
  return all.length === 1
    ? { container }
    : { container, notice: `Defaulted container "${container}" out of: ${all.join(', ')}` };
}

/** The task of a pod that is gone may still be stopping: its record says when that is over. */
function endOf(
  { records, clock }: Pick<GoneDeps, 'records' | 'clock'>,
  { node, uid }: PodRecord,
  { container, previous }: { readonly container: string; readonly previous: boolean },
): GrowingLog['endedAt'] {
  return async () => {
    try {
      const record = await records.get(node, uid);
      const chosen = record === undefined ? undefined : chooseRecordedLog(record, container, previous);
      return chosen?.kind === 'log' ? chosen.endedAt : clock.now();
    } catch (error) {
      const { kind } = failureOf(error);
      if (kind === 'transient' || kind === 'throttled' || kind === 'ambiguous') return undefined;
      throw error;
    }
  };
}

/** Those of the deployment file; without one those that the cluster shows. */
async function nodesOf({ nodes, kubernetes }: OpenCluster): Promise<readonly string[]> {
  if (nodes !== undefined) return nodes;
  const list = await kubernetes.list('/api/v1/nodes');
  return ((list ?? []) as unknown as readonly Node[]).filter(isOwnNode).map(({ metadata }) => metadata.name);
}
