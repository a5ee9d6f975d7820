import { createLogs, createLogsClient } from '../../adapters/cloudwatch-logs/create-logs.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { createLogHub } from '../../kubelet-api/logs/follow-log.ts';
import type { GrowingLog } from '../../kubelet-api/logs/log-feed.ts';
import { startOf } from '../../kubelet-api/logs/log-options.ts';
import type { OnPause } from '../../kubelet-api/logs/log-pace.ts';
import { createPatientLogs } from '../../kubelet-api/logs/patient-logs.ts';
import { readLog } from '../../kubelet-api/logs/read-log.ts';
import type { CommandIo } from '../command-io.ts';
import { defineCommand } from '../define-command.ts';
import { INTERRUPTED } from '../on-interrupt.ts';
import { CLUSTER, OUTPUT, type ValueRule } from '../option-table.ts';
import { CommandFault, UsageError } from '../usage-error.ts';
import { findSource } from './find-log.ts';
import { boundsOf, LOG_FLAGS } from './log-flags.ts';
import type { LogSource } from './log-source.ts';
import { namePod } from './name-pod.ts';
import { openCluster } from './open-cluster.ts';
import { writeLog, type LogForm } from './write-log.ts';

const UID: ValueRule = { pattern: /^[0-9A-Za-z-]{1,64}$/, allowed: 'the metadata.uid of a pod' };

/** `lambdalet logs` */
export const run = defineCommand({
  name: 'logs',
  synopsis: '([NAMESPACE/]POD | -n NAMESPACE POD) (--config FILE | --cluster NAME) [options]',
  about: `Shows the log of a container of a pod on a virtual node, as kubectl logs does, but straight from CloudWatch Logs: without
a gateway, with the rights of whoever asks. The pod is read from the API server; one that is gone is shown by its
record, which is kept for an hour from then on.`,
  takesOperands: true,
  options: {
    namespace: {
      type: 'string',
      short: 'n',
      value: 'NAME',
      about: 'the namespace of the pod; default: default',
    },
    container: {
      type: 'string',
      short: 'c',
      value: 'NAME',
      about: 'the container; the one that kubectl takes by default',
    },
    'all-containers': { type: 'boolean', about: 'of every container, init containers first' },
    prefix: { type: 'boolean', about: 'begin each line with [pod/POD/CONTAINER]' },
    uid: {
      type: 'string',
      value: 'UID',
      about: 'of several pods that had the name; default: the last one',
      like: UID,
    },
    ...LOG_FLAGS,
    config: { type: 'string', value: 'FILE', about: 'the deployment file; -c is the container here' },
    cluster: {
      ...CLUSTER,
      about: 'clusterName of one cluster in it; without a file: of the cluster that the kubeconfig is for',
    },
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      about:
        'your own kubeconfig; without it that of kubectl or, with --config, the credential of the secret, or on EKS your AWS identity',
    },
    context: { type: 'string', value: 'NAME', about: 'another context of it than the current one' },
    table: {
      type: 'string',
      value: 'NAME',
      about: 'the DynamoDB table, where CloudFormation may not be asked for its name',
    },
    output: { ...OUTPUT, about: 'text (default) or json: a document for each line' },
  },
  notes: `A log arrives some seconds late, and without empty lines: the log driver drops them. It needs get on the pod,
logs:GetLogEvents on the log group of the pods, and, where the status of the pod does not name a run,
cloudformation:DescribeStackResources (not with --table) and dynamodb:GetItem; of a pod that is gone dynamodb:Query and,
without a deployment file, list on nodes.
It ends with 0, with 1 when a log that was asked for is not there or cannot be read, with 2 when it was asked wrongly.`,
  run: async (given, io, operands) => {
    const bounds = boundsOf(given);
    if (given.container !== undefined && given['all-containers'])
      throw new UsageError(['--all-containers and -c say different things: leave one of them out']);
    const named = namePod(operands, given.namespace);
    const opened = await openCluster(given, io);
    const source = await findSource(opened, named, given.uid);
    const containers = given['all-containers']
      ? source.containers
      : [chooseContainer(source, given.container, io)];
    const isAlone = !given['all-containers'];
    for (const notice of source.notices) io.stderr.write(`${notice}\n`);
    const formOf = (container: string): LogForm => ({
      ...{ timestamps: given.timestamps, mostBytes: bounds.limitBytes },
      prefix: given.prefix ? `[pod/${named.name}/${container}] ` : '',
      json: given.output === 'json' ? { namespace: named.namespace, pod: named.name, container } : undefined,
    });
    const found = await findLogs(source, containers, { previous: given.previous, isAlone }, io);
    const logs = createLogs({ client: createLogsClient(opened.region) });
    const start = startOf(bounds, systemClock.now());
    const onPause: OnPause = ({ message }, ms) => {
      io.stderr.write(`${message}; asked again in ${Math.round(ms / 1_000)} s\n`);
    };
    if (!given.follow) {
      const patient = createPatientLogs(logs, systemClock, { onPause });
      for (const { container, log } of found)
        await writeLog(readLog(patient, log.stream, start), formOf(container), io);
      return found.length === containers.length ? 0 : 1;
    }
    const interrupts = io.interrupts();
    const abort = new AbortController();
    const { signal } = abort;
    void interrupts.first.then(() => abort.abort());
    const hub = createLogHub({ logs, clock: systemClock, onPause });
    await Promise.all(
      found.map(({ container, log }) =>
        writeLog(hub.follow(log, start, signal), formOf(container), io, signal),
      ),
    );
    if (interrupts.happened()) return INTERRUPTED;
    return found.length === containers.length ? 0 : 1;
  },
});

function chooseContainer(
  source: LogSource,
  given: string | undefined,
  { stderr }: Pick<CommandIo, 'stderr'>,
): string {
  if (given !== undefined) return given;
  const { container, notice } = source.defaultContainer();
  if (notice !== undefined) stderr.write(`${notice}\n`);
  return container;
}

/** The log of a container that has one. */
interface FoundLog {
  readonly container: string;
  readonly log: GrowingLog;
}

/** Of several containers those are left out that have no log, which is told: the others may say why. */
async function findLogs(
  source: LogSource,
  containers: readonly string[],
  { previous, isAlone }: { readonly previous: boolean; readonly isAlone: boolean },
  { stderr }: Pick<CommandIo, 'stderr'>,
): Promise<readonly FoundLog[]> {
  const found: FoundLog[] = [];
  for (const container of containers) {
    try {
      found.push({ container, log: await source.findLog(container, previous) });
    } catch (error) {
      if (isAlone || !(error instanceof CommandFault)) throw error;
      stderr.write(`${error.message}\n`);
    }
  }
  return found;
}
