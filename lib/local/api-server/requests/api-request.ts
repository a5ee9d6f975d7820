import { ApiFailure, badRequest } from '../objects/api-failure.ts';
import { isObject } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { parse as parseYaml } from 'yaml';
import type { KubeletCall } from './ask-kubelet.ts';

/** A request without its socket. `path` has no query; header names are lower case. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The query as it came, for what may be in it several times. */
  readonly search?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it came, or JSON that is already parsed. */
  readonly body?: string | JsonObject;
}

/** The answer to a request. `text` is for the few paths that do not speak JSON. */
export interface ApiResponse {
  readonly code: number;
  readonly body: JsonObject;
  readonly text?: string;
  /** A kubelet has to answer instead. */
  readonly kubelet?: KubeletCall;
  /** Parameters of the media type, where the client tells answers apart by them. */
  readonly mediaParameters?: string;
  /** Sent as `Warning: 299 - "..."` headers. */
  readonly warnings?: readonly string[];
}

export function queryOf(request: ApiRequest, name: string): string {
  return request.query?.[name] ?? '';
}

export function flagOf(request: ApiRequest, name: string): boolean {
  const value = queryOf(request, name);
  return value === 'true' || value === '1';
}

/** A whole number of the query; anything else is 400 with Go's text. */
export function numberOf(request: ApiRequest, name: string): number | undefined {
  const text = queryOf(request, name);
  if (text === '') return undefined;
  if (!/^-?\d+$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** The media type without parameters. */
export function contentTypeOf(request: ApiRequest): string {
  return (request.headers?.['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The body as an object; `kind` is only for the message. An empty body is `undefined`. */
export function bodyOf(request: ApiRequest, kind: string): JsonObject | undefined {
  if (request.body === undefined || request.body === '') return undefined;
  if (typeof request.body !== 'string') return request.body;
  const type = contentTypeOf(request);
  if (type !== 'application/json' && type !== 'application/yaml') {
    const known = 'application/json, application/yaml';
    throw new ApiFailure(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${known}`,
    );
  }
  const value = parseText(request.body, type, kind);
  if (!isObject(value)) throw unrecognized(kind, 'json: cannot unmarshal into Go value of type struct');
  return value;
}

function parseText(text: string, type: string, kind: string): Json {
  try {
    return (type === 'application/yaml' ? parseYaml(text) : JSON.parse(text)) as Json;
  } catch (cause) {
    throw unrecognized(kind, `json parse error: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function unrecognized(kind: string, why: string): ApiFailure {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${why}`,
  );
}

/** Whether the client only wants to know what would happen. */
export function isDryRun(request: ApiRequest): boolean {
  return queryOf(request, 'dryRun') === 'All';
}
