import { isTerminal, type ContainerStatus, type Pod } from '../../core/kubernetes.ts';
import type { Pods } from '../../ports/pods.ts';
import type { TaskName } from '../../ports/provider.ts';
import type { Records } from '../../ports/records.ts';
import { textAnswer, type ApiAnswer, type ApiRequest } from '../exchange.ts';
import type { ContainerPath, PodPath } from '../handlers.ts';
import { chooseLog } from '../logs/choose-log.ts';

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

/** The task that a container runs in; `undefined`: not known yet. The record is read only where the status does not name it. */
export async function findTask(
  records: Pick<Records, 'get'>,
  node: string,
  pod: Pod,
  container: string,
): Promise<TaskName | undefined> {
  const chosen = chooseLog({ pod }, container, false);
  if (chosen.kind === 'log') return chosen.task;
  const record = await records.get(node, pod.metadata.uid);
  const again = chooseLog({ pod, record }, container, false);
  return again.kind === 'log' ? again.task : undefined;
}

/** Where connections to ports of the pod go; else why there is no such place, in the words of the kubelet. */
export function addressOf(pod: Pod): Found<{ readonly address: string }> {
  const words = `pod not found ("${pod.metadata.name}_${pod.metadata.namespace}")`;
  if (isTerminal(pod)) return refuse(500, `${words}; it is over, its phase is ${pod.status?.phase ?? ''}`);
  const address = pod.status?.podIP;
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
