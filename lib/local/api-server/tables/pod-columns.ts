import type { Column } from '../kinds/kind-row.ts';
import { isTerminating } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { isObject, numberAt, objectAt, objectsAt, textAt, valueAt } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { AGE, ageOf, NAME } from './common-columns.ts';

/** What the pod printer of the API server finds out about a pod. */
interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  readonly lastRestart: string;
}

const summaries = new WeakMap<ApiObject, PodSummary>();

function summaryOf(pod: ApiObject): PodSummary {
  const known = summaries.get(pod);
  if (known !== undefined) return known;
  const summary = summarise(pod);
  summaries.set(pod, summary);
  return summary;
}

/** The STATUS column: the phase, or what is more telling than the phase. */
function podStatusText(pod: ApiObject): string {
  return summaryOf(pod).status;
}

function summarise(pod: ApiObject): PodSummary {
  const sidecars = new Set(
    objectsAt(pod, 'spec', 'initContainers')
      .filter((one) => one['restartPolicy'] === 'Always')
      .map((one) => textAt(one, 'name')),
  );
  const init = summariseInit(pod, sidecars);
  const base =
    textAt(pod, 'status', 'reason') || (hasGate(pod) ? 'SchedulingGated' : textAt(pod, 'status', 'phase'));
  const main = summariseMain(pod, base);
  const isInitializing = init.reason !== undefined && conditionOf(pod, 'Initialized') !== 'True';
  const statuses = [
    ...objectsAt(pod, 'status', 'containerStatuses'),
    ...objectsAt(pod, 'status', 'initContainerStatuses').filter((one) => sidecars.has(textAt(one, 'name'))),
  ];
  const counted = isInitializing ? objectsAt(pod, 'status', 'initContainerStatuses') : statuses;
  return {
    ready: init.ready + (isInitializing ? 0 : main.ready),
    total: objectsAt(pod, 'spec', 'containers').length + sidecars.size,
    status: statusOf(pod, isInitializing ? (init.reason ?? base) : main.reason),
    restarts: counted.reduce((sum, one) => sum + (numberAt(one, 'restartCount') ?? 0), 0),
    lastRestart:
      counted
        .map((one) => textAt(one, 'lastState', 'terminated', 'finishedAt'))
        .sort()
        .at(-1) ?? '',
  };
}

function statusOf(pod: ApiObject, reason: string): string {
  if (!isTerminating(pod)) return reason;
  if (textAt(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  return ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase')) ? reason : 'Terminating';
}

function hasGate(pod: ApiObject): boolean {
  return objectsAt(pod, 'status', 'conditions').some(
    (one) => one['type'] === 'PodScheduled' && one['reason'] === 'SchedulingGated',
  );
}

function conditionOf(pod: ApiObject, type: string): string {
  return textAt(
    objectsAt(pod, 'status', 'conditions').find((one) => one['type'] === type),
    'status',
  );
}

// Init containers run one after another: the first that is neither done nor a started sidecar says where the pod stands.
function summariseInit(
  pod: ApiObject,
  sidecars: ReadonlySet<string>,
): { readonly reason?: string; readonly ready: number } {
  const statuses = objectsAt(pod, 'status', 'initContainerStatuses');
  const total = objectsAt(pod, 'spec', 'initContainers').length;
  let ready = 0;
  for (const [index, status] of statuses.entries()) {
    const terminated = valueAt(status, 'state', 'terminated');
    if (isObject(terminated) && numberAt(terminated, 'exitCode') === 0) continue;
    if (sidecars.has(textAt(status, 'name')) && status['started'] === true) {
      if (status['ready'] === true) ready += 1;
      continue;
    }
    return { ready, reason: `Init:${initReason(status, `${index}/${total}`)}` };
  }
  return { ready };
}

function initReason(status: JsonObject, progress: string): string {
  const terminated = valueAt(status, 'state', 'terminated');
  if (isObject(terminated)) return textAt(terminated, 'reason') || exitText(terminated);
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  return waiting !== '' && waiting !== 'PodInitializing' ? waiting : progress;
}

function exitText(terminated: JsonObject): string {
  const signal = numberAt(terminated, 'signal') ?? 0;
  return signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode') ?? 0}` : `Signal:${signal}`;
}

// The first container that has something to say wins, so the list is walked from behind.
function summariseMain(pod: ApiObject, base: string): { readonly reason: string; readonly ready: number } {
  let reason = base;
  let ready = 0;
  let isRunning = false;
  for (const status of [...objectsAt(pod, 'status', 'containerStatuses')].reverse()) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    const terminated = valueAt(status, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (isObject(terminated)) reason = textAt(terminated, 'reason') || exitText(terminated);
    else if (status['ready'] === true && valueAt(status, 'state', 'running') !== undefined) {
      isRunning = true;
      ready += 1;
    }
  }
  if (reason === 'Completed' && isRunning)
    reason = conditionOf(pod, 'Ready') === 'True' ? 'Running' : 'NotReady';
  return { reason, ready };
}

function restartsText(pod: ApiObject, now: number): string {
  const { restarts, lastRestart } = summaryOf(pod);
  return restarts === 0 || lastRestart === ''
    ? String(restarts)
    : `${restarts} (${ageOf(now, { lastRestart }, 'lastRestart')} ago)`;
}

function ipOf(pod: ApiObject): string {
  return textAt(objectsAt(pod, 'status', 'podIPs')[0], 'ip') || textAt(pod, 'status', 'podIP');
}

function gatesText(pod: ApiObject): Json {
  const gates = objectsAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  return `${gates.filter((gate) => conditionOf(pod, textAt(gate, 'conditionType')) === 'True').length}/${gates.length}`;
}

const orNone = (text: string): string => (text === '' ? '<none>' : text);

/** `kubectl get pods`. */
export const POD_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Ready', cell: (pod) => `${summaryOf(pod).ready}/${summaryOf(pod).total}` },
  { name: 'Status', cell: podStatusText },
  { name: 'Restarts', cell: restartsText },
  AGE,
  { name: 'IP', wide: true, cell: (pod) => orNone(ipOf(pod)) },
  { name: 'Node', wide: true, cell: (pod) => orNone(textAt(objectAt(pod, 'spec'), 'nodeName')) },
  { name: 'Nominated Node', wide: true, cell: (pod) => orNone(textAt(pod, 'status', 'nominatedNodeName')) },
  { name: 'Readiness Gates', wide: true, cell: gatesText },
];
