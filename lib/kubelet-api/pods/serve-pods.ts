import { isDeleting, isTerminal, type Pod } from '../../core/kubernetes.ts';
import type { PodRecord } from '../../core/record.ts';
import type { Pods } from '../../ports/pods.ts';
import type { Records } from '../../ports/records.ts';
import type { ApiAnswer } from '../exchange.ts';

/** What lists of pods are made of. */
export interface ServePodsDeps {
  readonly pods: Pick<Pods, 'list' | 'get'>;
  readonly records: Pick<Records, 'get' | 'getMany'>;
}

/** Every pod that is bound to the node, as the API server has it now. */
export function servePods({ pods }: ServePodsDeps, node: string): Promise<ApiAnswer> {
  return answerWith(eachPage(pods, node, (page) => Promise.resolve(page)));
}

/** The pods that have a task which is not over, and that nobody has asked to go: by a fresh list and fresh records. */
export function serveRunningPods({ pods, records }: ServePodsDeps, node: string): Promise<ApiAnswer> {
  const runningOf = async (page: readonly Pod[]): Promise<readonly Pod[]> => {
    const alive = page.filter((pod) => !isDeleting(pod) && !isTerminal(pod));
    const found = await records.getMany(
      node,
      alive.map(({ metadata }) => metadata.uid),
    );
    const running = new Set(found.records.filter(hasLiveTask).map(({ uid }) => uid));
    return alive.filter(({ metadata }) => running.has(metadata.uid));
  };
  return answerWith(eachPage(pods, node, runningOf));
}

function hasLiveTask({ state, taskArn, task }: PodRecord): boolean {
  return state === 'launched' && taskArn !== undefined && task?.state !== 'stopped';
}

async function* eachPage(
  pods: Pick<Pods, 'list'>,
  node: string,
  choose: (page: readonly Pod[]) => Promise<readonly Pod[]>,
): AsyncGenerator<readonly Pod[]> {
  for await (const page of pods.list(node)) yield await choose(page.pods);
}

/** A PodList that is written page by page; a list that cannot be begun throws. */
async function answerWith(pages: AsyncGenerator<readonly Pod[]>): Promise<ApiAnswer> {
  const first = await pages.next();
  const body = writeList(first.done === true ? [] : first.value, pages);
  return { kind: 'answer', status: 200, contentType: 'application/json', body };
}

async function* writeList(
  first: readonly Pod[],
  rest: AsyncGenerator<readonly Pod[]>,
): AsyncGenerator<string> {
  yield '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[';
  yield first.map(writePod).join(',');
  let hasPods = first.length > 0;
  for await (const pods of rest) {
    if (pods.length === 0) continue;
    yield `${hasPods ? ',' : ''}${pods.map(writePod).join(',')}`;
    hasPods = true;
  }
  yield ']}\n';
}

/** Items of a list do not say what they are; those of a PodList are pods. */
function writePod(pod: Pod): string {
  return JSON.stringify(pod);
}
