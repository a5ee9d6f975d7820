import type { Pod, PodStatus } from '../../core/kubernetes.ts';
import { FailureError } from '../../core/failure.ts';
import type { PatchOutcome, PodPage, Pods, PodWatchEvent } from '../../ports/pods.ts';
import type { Api } from './call-api.ts';
import { brokenWatch, decodeWatch } from './decode-watch.ts';
import { replaceList, wholeConditions } from './patch-status.ts';
import { trimPod } from './trim-pod.ts';

/** Pods a page: about 3 MB of JSON with the largest usual pods. */
const PAGE_SIZE = 250;
/** The server ends a watch after this time, so that a broken one is found; the holder lives for 14 minutes. */
const WATCH_SECONDS = 420;

const EXPIRED: PodWatchEvent = { kind: 'expired' };

interface PodList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly Pod[] | null;
}

/** {@link Pods} of a cluster. */
export function createPods(api: Api): Pods {
  const get = async (namespace: string, name: string): Promise<Pod | undefined> => {
    const { status, body } = await api.call({ method: 'GET', path: pathOf(namespace, name), expects: [404] });
    return status === 404 ? undefined : trimPod(body as Pod);
  };
  return {
    list: (node) => listPods(api, node),
    get,
    patchStatus: (pod, status, annotations) => patchStatus(api, get, pod, { status, annotations }),
    remove: async ({ namespace, name, uid }) => {
      const { status } = await api.call({
        method: 'DELETE',
        path: pathOf(namespace, name),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } },
        // 409: another pod has the name by now.
        expects: [404, 409],
        repeatable: true,
      });
      return status === 404 || status === 409 ? 'gone' : 'removed';
    },
    watch: (node, resourceVersion, signal) => watchPods(api, node, resourceVersion, signal),
  };
}

function pathOf(namespace: string, name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
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

async function patchStatus(
  api: Api,
  get: Pods['get'],
  pod: Pod,
  wanted: {
    readonly status: Partial<PodStatus>;
    readonly annotations: Readonly<Record<string, string>> | undefined;
  },
): Promise<PatchOutcome> {
  const { namespace, name, uid, resourceVersion } = pod.metadata;
  const answer = await api.call({
    method: 'PATCH',
    path: `${pathOf(namespace, name)}/status`,
    contentType: 'application/strategic-merge-patch+json',
    body: {
      metadata: { uid, resourceVersion, ...(wanted.annotations && { annotations: wanted.annotations }) },
      status: toPatch(wanted.status),
    },
    expects: [400, 404, 409, 422],
    repeatable: true,
  });
  if (answer.status < 300) return { kind: 'patched', pod: trimPod(answer.body as Pod) };
  if (answer.status === 404) return { kind: 'gone' };
  // Another UID is answered with 422 (the field is immutable), like a bad status: only the pod itself tells them apart.
  const now = await get(namespace, name);
  if (now?.metadata.uid !== uid) return { kind: 'gone' };
  if (answer.status === 409) return { kind: 'conflict' };
  const { message } = answer.body as { message?: string };
  return { kind: 'invalid', message: message ?? `the API server refused the status (${answer.status})` };
}

function toPatch(status: Partial<PodStatus>): object {
  return {
    ...status,
    ...(status.conditions && { conditions: wholeConditions(status.conditions) }),
    ...(status.podIPs && { podIPs: replaceList(status.podIPs) }),
    ...(status.hostIPs && { hostIPs: replaceList(status.hostIPs) }),
  };
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
