import { FailureError } from '../../core/failure.ts';
import type { PodPage, Pods, PodWatchEvent } from '../../ports/pods.ts';
import type { Apis } from './act-as-node.ts';
import type { Api } from './call-api.ts';
import { brokenWatch, decodeWatch } from './decode-watch.ts';
import { lookAsNode, lookByName, type PodList } from './look-up-pod.ts';
import { trimPod } from './trim-pod.ts';
import { patchStatus, removePod } from './write-pod.ts';

/** Pods a page, about 1 MB of JSON: larger ones only cost memory, and one read of the table takes as many records. */
const PAGE_SIZE = 100;
/** The server ends a watch after this time, so that a broken one is found; the holder lives for 14 minutes. */
const WATCH_SECONDS = 420;

const EXPIRED: PodWatchEvent = { kind: 'expired' };

/** {@link Pods} of a cluster. */
export function createPods({ asNode, confined }: Pick<Apis, 'asNode' | 'confined'>): Pods {
  const get: Pods['get'] = async (namespace, name, node) => {
    const look = confined ? lookAsNode : lookByName;
    const pod = await look(asNode(node), { namespace, name, node });
    return pod && trimPod(pod);
  };
  return {
    list: (node) => listPods(asNode(node), node),
    get,
    patchStatus: (pod, status, annotations) =>
      patchStatus({ api: asNode(pod.spec.nodeName), get, confined }, pod, { status, annotations }),
    remove: (key, node) => removePod({ api: asNode(node), get, confined }, { ...key, node }),
    watch: (node, resourceVersion, signal) => watchPods(asNode(node), node, resourceVersion, signal),
  };
}

function selectNode(node: string): { fieldSelector: string } {
  return { fieldSelector: `spec.nodeName=${node}` };
}

/** How far a list has been read. */
interface Cursor {
  /** Of the first page, and so of the whole list. */
  resourceVersion?: string;
  /** Where the next page begins; `undefined` on the first page and after the last. */
  token?: string | undefined;
}

/** The pages of one list. Of a page that was handed out nothing is kept: its pods may be garbage before the next one comes. */
async function* listPods(api: Api, node: string): AsyncGenerator<PodPage> {
  const cursor: Cursor = {};
  do {
    yield await readPage(api, node, cursor);
  } while (cursor.token);
}

/** The page at the cursor, which moves on. */
async function readPage(api: Api, node: string, cursor: Cursor): Promise<PodPage> {
  const { status, body } = await api.call({
    method: 'GET',
    path: '/api/v1/pods',
    // Without a resourceVersion a list is a consistent read, and its later pages show the moment of the first.
    query: {
      ...selectNode(node),
      limit: String(PAGE_SIZE),
      ...(cursor.token && { continue: cursor.token }),
    },
    expects: [410],
  });
  if (status === 410) throw brokenList(node, '410', 'it became too old while its pages were read');
  const { metadata, items } = body as PodList;
  const { resourceVersion } = metadata ?? {};
  if (!resourceVersion) throw brokenList(node, 'NoResourceVersion', 'a page has no resourceVersion');
  cursor.resourceVersion ??= resourceVersion;
  if (cursor.resourceVersion !== resourceVersion) {
    const moments = `${cursor.resourceVersion} and ${resourceVersion}`;
    throw brokenList(node, 'MixedList', `its pages are of different resourceVersions, ${moments}`);
  }
  cursor.token = metadata?.continue;
  return { pods: (items ?? []).map(trimPod), resourceVersion };
}

/** A list that ended before it was whole; another one may do better. */
function brokenList(node: string, code: string, why: string): FailureError {
  const message = `The list of the pods of ${node} is not complete: ${why}`;
  return new FailureError({ kind: 'transient', code, message });
}

async function* watchPods(
  api: Api,
  node: string,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<PodWatchEvent> {
  const query = {
    ...selectNode(node),
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(WATCH_SECONDS),
  };
  try {
    const stream = await api.open('/api/v1/pods', query, signal);
    const events = stream ? decodeWatch(stream) : [EXPIRED];
    for await (const event of events) {
      // What has come in but was not asked for any more is left unread: it comes again with the next watch.
      if (signal.aborted) return;
      yield event;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof FailureError ? error : brokenWatch(String(error), error);
  }
}
