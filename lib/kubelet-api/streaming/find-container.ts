import { isTerminal, type ContainerStatus, type Pod } from '../../core/kubernetes.ts';
import type { Pods } from '../../ports/pods.ts';
import type { TaskName } from '../../ports/provider.ts';
import type { Records } from '../../ports/records.ts';
import { textAnswer, type ApiAnswer, type ApiRequest } from '../exchange.ts';
import type { ContainerPath, PodPath } from '../handlers.ts';
import { chooseLog } from '../logs/choose-log.ts';
import { ownRecord } from '../own-record.ts';

/** Where pods are looked up. */
export interface PodLookUp {
  readonly pods: Pick<Pods, 'get'>;
}

type Found<T> = T | { readonly answer: ApiAnswer };

/** The pod of that name on the node of the request, whatever its UID. A throw (`FailureError`) means unknown. */
export async function findPod(
  { pods }: PodLookUp,
  { node }: ApiRequest,
  { namespace, pod: name }: PodPath,
): Promise<Found<{ readonly pod: Pod }>> {
  const pod = await pods.get(namespace, name, node);
  return pod?.spec.nodeName === node ? { pod } : refuse(404, 'pod does not exist');
}

/**
 * The pod of a container that runs.
 * @param words the kubelet's where it does not. They tell no more than that, so that why follows them, which the caller would ask next; it
 *   follows without a colon, because kubectl takes `text: text` for the YAML of a status without a message, and says nothing
 */
export async function findRunning(
  lookUp: PodLookUp,
  request: ApiRequest,
  of: ContainerPath,
  words: string,
): Promise<Found<{ readonly pod: Pod }>> {
  const found = await findPod(lookUp, request, of);
  if ('answer' in found) return found;
  const { pod } = found;
  if (of.uid !== undefined && pod.metadata.uid !== of.uid)
    return refuse(500, `${words}; the pod has the UID ${pod.metadata.uid}`);
  const status = statusOf(pod, of.container);
  if (status?.state?.running === undefined) return refuse(500, `${words}; ${whyNotRunning(status)}`);
  return found;
}

/**
 * The task that a container which runs by the status of its pod runs in, by the record of the pod. Throws `FailureError` where there is no
 * telling, and for a record of another pod.
 * @param words the kubelet's where there is none
 */
export async function findTask(
  records: Pick<Records, 'get'>,
  node: string,
  { pod, container }: { readonly pod: Pod; readonly container: string },
  words: string,
): Promise<Found<{ readonly task: TaskName }>> {
  const record = await ownRecord(records, node, pod);
  if (record === undefined) return refuse(500, `${words}; ${UNRECORDED}`);
  const chosen = chooseLog({ pod, record }, container, false);
  if (chosen.kind === 'none') return refuse(500, `${words}; its record knows no task in which it runs`);
  const isNow = 'taskArn' in chosen.task && chosen.task.taskArn === record.taskArn;
  if (record.state !== 'launched' || record.task?.state === 'stopped' || !isNow)
    return refuse(500, `${words}; its task is over`);
  return { task: chosen.task };
}

const UNRECORDED = 'no record of the pod says which task is its own';

/** Where connections to ports of the pod go by its record; else why there is no such place, in the words of the kubelet. Throws as {@link findTask}. */
export async function findAddress(
  records: Pick<Records, 'get'>,
  node: string,
  pod: Pod,
): Promise<Found<{ readonly address: string }>> {
  const words = `pod not found ("${pod.metadata.name}_${pod.metadata.namespace}")`;
  if (isTerminal(pod)) return refuse(500, `${words}; it is over, its phase is ${pod.status?.phase ?? ''}`);
  const record = await ownRecord(records, node, pod);
  if (record === undefined) return refuse(500, `${words}; ${UNRECORDED}`);
  if (record.task?.state === 'stopped') return refuse(500, `${words}; its task is over`);
  const address = record.state === 'launched' ? record.task?.podIP : undefined;
  return address === undefined ? refuse(500, `${words}; it has no address yet`) : { address };
}

/** An answer in place of what was looked for. */
function refuse(status: number, text: string): { readonly answer: ApiAnswer } {
  return { answer: textAnswer(status, text) };
}

function statusOf({ status }: Pod, container: string): ContainerStatus | undefined {
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === container,
  );
}

function whyNotRunning(status: ContainerStatus | undefined): string {
  const { waiting, terminated } = status?.state ?? {};
  if (terminated !== undefined) return `it does not run, it ended with exit code ${terminated.exitCode}`;
  if (waiting !== undefined) return `it does not run, it waits (${waiting.reason ?? 'to start'})`;
  return 'it does not run';
}
