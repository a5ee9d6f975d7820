import type { Reading } from '../../core/pod-inputs.ts';
import type { Api, ApiAnswer, ApiCall } from './call-api.ts';

const ABSENT = { kind: 'absent' } as const;

/**
 * The object at `path`, made into what a launch needs of it. 404 is `absent`; 403 is `unreadable` in the server's words, which
 * name user, verb and object but never content. Everything else throws a `FailureError`.
 */
export async function readObject<Value>(
  api: Pick<Api, 'call'>,
  path: string,
  decode: (body: unknown) => Value,
): Promise<Reading<Value>> {
  return readingOf(await ask(api, { method: 'GET', path, expects: [403, 404] }), decode);
}

/** The reading that an answer makes: its body decoded, 404 absent, any other error status unreadable. */
export function readingOf<Value>(
  { status, body }: ApiAnswer,
  decode: (body: unknown) => Value,
): Reading<Value> {
  if (status < 300) return { kind: 'found', value: decode(body) };
  if (status === 404) return ABSENT;
  const { message } = body as { readonly message?: string };
  return { kind: 'unreadable', message: message ?? `the API server answered with ${status}` };
}

/** `/api/v1/namespaces/<namespace>/<plural>/<name>` */
export function pathOfObject(plural: string, namespace: string, name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`;
}

/** Paths of names that Kubernetes may have: letters and digits, with dashes and dots between them. */
const NAMES = /^(\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)+$/i;

/**
 * Answers itself for what is no name: pods may refer by any text, and `..` or an empty one would make the path of another
 * resource or of a list.
 */
async function ask(api: Pick<Api, 'call'>, call: ApiCall): Promise<ApiAnswer> {
  return NAMES.test(call.path) ? api.call(call) : { status: 404, body: {} };
}
