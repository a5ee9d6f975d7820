import { systemClock } from '../../adapters/clock/system-clock.ts';
import { createApi, type Api, type ApiCall } from '../../adapters/kubernetes/call-api.ts';
import type { Access } from '../../adapters/kubernetes/identity.ts';
import { FailureError } from '../../core/failure.ts';
import { listAt, read, textOf, type JsonLike } from '../../local/explain/read-path.ts';

/** As whom the API server is asked. `functions`: with the credential of the secret, as the functions are; `user`: as whoever asks. */
export type Asker = 'functions' | 'user';

/** The API server, for questions only. Everything thrown is a `FailureError`. */
export interface Kubernetes {
  readonly asker: Asker;
  /** Where the credential is from, in words. */
  readonly source: string;
  /** One object, or `undefined` where there is none. */
  get(path: string): Promise<JsonLike | undefined>;
  /** All items of a list; `undefined` where the server knows no such kind. */
  list(path: string): Promise<readonly JsonLike[] | undefined>;
  /** The answer to a review, which changes nothing. */
  review(review: ReviewPath, spec: JsonLike): Promise<JsonLike>;
  /** The same, as a node: for what only a node may see where nodes are impersonated. */
  asNode(node: string): Kubernetes;
}

/** Reviews are POSTs that store nothing: their answer is all that there is of them. */
const REVIEWS = {
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': 'SelfSubjectAccessReview',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews': 'SubjectAccessReview',
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': 'SelfSubjectReview',
} as const;
export type ReviewPath = keyof typeof REVIEWS;

const PAGE = 250;

/** Asks with an access that was opened before. */
export function askKubernetes(
  access: Access,
  {
    asker,
    source,
    impersonates,
  }: { readonly asker: Asker; readonly source: string; readonly impersonates: boolean },
): Kubernetes {
  const api = apiOf(access);
  return {
    asker,
    source,
    get: async (path) => {
      const { status, body } = await ask(api, { method: 'GET', path });
      return status === 404 ? undefined : (body as JsonLike);
    },
    list: (path) => listAll(api, path),
    review: async (path, spec) => {
      const [group = '', version = ''] = path.split('/').slice(2);
      const body = { apiVersion: `${group}/${version}`, kind: REVIEWS[path], spec };
      return (await ask(api, { method: 'POST', path, body, repeatable: true })).body as JsonLike;
    },
    asNode: (node) => {
      const headers = { 'impersonate-user': `system:node:${node}`, 'impersonate-group': 'system:nodes' };
      const asNode = { ...access, headers: { ...access.headers, ...headers } };
      return askKubernetes(impersonates ? asNode : access, { asker, source, impersonates });
    },
  };
}

function apiOf(access: Access): Api {
  return createApi({
    identity: { current: () => Promise.resolve(access), renewed: () => Promise.resolve(access) },
    clock: systemClock,
    telemetry: { warn: () => undefined, count: () => undefined },
  });
}

/** The one place from which anything is sent: nothing but reads, and reviews, leaves it. */
async function ask(api: Api, call: ApiCall): Promise<{ readonly status: number; readonly body: unknown }> {
  const isRead = call.method === 'GET' || (call.method === 'POST' && call.path in REVIEWS);
  if (!isRead) throw new TypeError(`${call.method} ${call.path} is no question: it is never sent`);
  const { status, body } = await api.call({ ...call, expects: [401, 403, 404] }).catch(unknownPath);
  if (status === 401 || status === 403) throw refusal(call, status, body);
  return { status, body };
}

/** A group that the server does not have is told as a plain text. */
function unknownPath(error: unknown): { readonly status: number; readonly body: unknown } {
  if (error instanceof FailureError && error.failure.code === '404') return { status: 404, body: {} };
  throw error;
}

function refusal({ method, path }: ApiCall, status: 401 | 403, body: unknown): FailureError {
  const said = textOf(read(body, ['message']), 'without a word');
  const message =
    status === 401
      ? `the API server does not accept the credential (401: ${said})`
      : `the credential may not ${method} ${path} (403: ${said})`;
  return new FailureError({ kind: 'auth', code: String(status), message });
}

async function listAll(api: Api, path: string): Promise<readonly JsonLike[] | undefined> {
  const items: JsonLike[] = [];
  let next = '';
  do {
    const query = { limit: String(PAGE), ...(next !== '' && { continue: next }) };
    const { status, body } = await ask(api, { method: 'GET', path, query });
    if (status === 404) return undefined;
    items.push(...(listAt(body, ['items']) as readonly JsonLike[]));
    next = textOf(read(body, ['metadata', 'continue']), '');
  } while (next !== '');
  return items;
}
