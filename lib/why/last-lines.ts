import type { ContainerStatus, Pod } from '../core/kubernetes.ts';
import { allContainers } from '../core/pod-needs.ts';
import type { PodRecord } from '../core/record.ts';
import { isHelper } from '../core/task.ts';
import { chooseLog, type ChosenLog } from '../kubelet-api/logs/choose-log.ts';
import { readLog } from '../kubelet-api/logs/read-log.ts';
import type { LogLine, Logs } from '../ports/logs.ts';
import { logStreamOf } from '../providers/ecs-fargate/plan/log-stream.ts';

/** The end of the log of one run of a container. */
export interface LastLines {
  readonly container: string;
  /** Whether that run has ended. */
  readonly isOver: boolean;
  /** The oldest first; none: it has written nothing, or nothing has arrived yet. */
  readonly lines: readonly LogLine[];
}

/** Enough to see a panic and what came before it. */
const LINES = 10;

/** The run of a container whose log is most likely to say why the pod is as it is. */
export interface TellingRun {
  readonly container: string;
  readonly run: Extract<ChosenLog, { kind: 'log' }>;
}

/**
 * That run: of a container that failed, else of one that runs and is not ready, else of the one that kubectl takes. `undefined`: none of
 * the pod has run. Of a pod that is gone the record is asked.
 */
export function findTellingRun(pod: Pod | undefined, record: PodRecord | undefined): TellingRun | undefined {
  if (pod === undefined) return record === undefined ? undefined : runOnRecord(record);
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const byDefault = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const telling =
    statuses.find(hasFailed) ??
    statuses.find(({ ready, state }) => state?.running !== undefined && !ready) ??
    statuses.find(({ name }) => name === byDefault);
  const names = new Set([
    ...(telling === undefined ? [] : [telling.name]),
    ...pod.spec.containers.map(({ name }) => name),
    ...allContainers(pod.spec).map(({ name }) => name),
  ]);
  for (const container of names) {
    const run = chooseLog({ pod, record, believesStatus: true }, container, false);
    if (run.kind === 'log') return { container, run };
  }
  return undefined;
}

function hasFailed({ state, lastState }: ContainerStatus): boolean {
  const ended = state?.terminated ?? (state?.waiting === undefined ? undefined : lastState?.terminated);
  return ended !== undefined && ended.exitCode !== 0;
}

function runOnRecord({ task, taskArn }: PodRecord): TellingRun | undefined {
  const own = (task?.containers ?? []).filter((one) => !isHelper(one) && one.state !== 'pending');
  const [first] = own;
  const telling = own.find(({ exitCode = 0 }) => exitCode !== 0) ?? first;
  if (telling === undefined || taskArn === undefined) return undefined;
  const endedAt = telling.finishedAt ?? task?.stoppedAt;
  const run = { kind: 'log', task: { taskArn }, ...(endedAt !== undefined && { endedAt }) } as const;
  return { container: telling.name, run };
}

/** Reads the end of the log of a run. */
export async function readLastLines(
  logs: Logs,
  group: string,
  { container, run }: TellingRun,
): Promise<LastLines> {
  const stream = logStreamOf(group, run.task, container);
  const lines: LogLine[] = [];
  for await (const page of readLog(logs, stream, { tail: LINES, span: {} })) {
    lines.push(...page);
    lines.splice(0, lines.length - LINES);
  }
  return { container, isOver: run.endedAt !== undefined, lines };
}
