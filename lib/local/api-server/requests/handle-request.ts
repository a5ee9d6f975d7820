import { discover } from '../discovery/discover.ts';
import type { Verb } from '../kinds/kind-row.ts';
import { methodNotAllowed } from '../objects/api-failure.ts';
import { isObject } from '../objects/json.ts';
import { applyParsedPatch } from '../patches/apply-patch.ts';
import type { ApiContext } from './api-context.ts';
import { checkWriteOptions } from './check-options.ts';
import { bodyOf, isDryRun } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { createObject } from './create-object.ts';
import { deleteCollection, deleteObject } from './delete-object.ts';
import { patchObject, patchTypeOf, readPatch } from './patch-object.ts';
import { createBinding, createEviction, isKubeletPath, readScale, writeScale } from './pod-subresources.ts';
import { findObject, listObjects, readObject } from './read-objects.ts';
import { askKubeletOfNode, askKubeletOfPod } from './ask-kubelet.ts';
import { createToken } from './create-token.ts';
import { answerReview } from './reviews.ts';
import { routeOf } from './route.ts';
import type { Route } from './route.ts';
import { replaceObject, writeUpdate } from './update-object.ts';

type Handler = (api: ApiContext, request: ApiRequest, route: Route, now: number) => ApiResponse;

const ok = (body: ApiResponse['body']): ApiResponse => ({ code: 200, body });

const COLLECTION: Readonly<Record<string, readonly [Verb, Handler]>> = {
  GET: ['list', (api, request, route, now) => ok(listObjects(api, request, route, now))],
  POST: ['create', createObject],
  DELETE: ['deletecollection', deleteCollection],
};
const SINGLE: Readonly<Record<string, readonly [Verb, Handler]>> = {
  GET: ['get', (api, request, route, now) => ok(readObject(api, request, route, now))],
  PUT: ['update', replaceObject],
  PATCH: ['patch', patchObject],
  DELETE: ['delete', deleteObject],
};
const POSTED: Readonly<Record<string, Handler>> = {
  binding: createBinding,
  eviction: createEviction,
  token: createToken,
};

/** Answers everything but watches; a refusal is thrown as an `ApiFailure`. */
export function handleRequest(api: ApiContext, request: ApiRequest, now: number): ApiResponse {
  const discovered = discover(api, request);
  if (discovered !== undefined) return discovered;
  const proxied = askKubeletOfNode(api, request);
  if (proxied !== undefined) return proxied;
  const route = routeOf(request.path, api.kinds);
  checkWriteOptions(request);
  if (route.row.storage === '') return handleReview(api, request, route, now);
  if (route.subresource !== undefined) return handleSubresource(api, request, route, now);
  const [verb, handler] = (route.name === undefined ? COLLECTION : SINGLE)[request.method] ?? [];
  if (verb === undefined || handler === undefined || !isAllowed(route, verb)) throw methodNotAllowed();
  return handler(api, request, route, now);
}

function handleReview(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  if (request.method !== 'POST' || route.name !== undefined) throw methodNotAllowed();
  return answerReview(api, request, route, now);
}

// Across all namespaces objects can only be read.
function isAllowed({ row, namespace }: Route, verb: Verb): boolean {
  return row.verbs.includes(verb) && (!row.namespaced || namespace !== '' || verb === 'list');
}

function handleSubresource(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  if (isKubeletPath(route)) return askKubeletOfPod(api, request, route);
  if (route.subresource === 'scale') return handleScale(api, request, route, now);
  const posted = POSTED[route.subresource ?? ''];
  if (posted !== undefined) {
    if (request.method !== 'POST') throw methodNotAllowed();
    return posted(api, request, route, now);
  }
  const handler = request.method === 'DELETE' ? undefined : SINGLE[request.method]?.[1];
  if (handler === undefined) throw methodNotAllowed();
  return handler(api, request, route, now);
}

function handleScale(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const object = findObject(api, route);
  const before = readScale(object);
  if (request.method === 'GET') return ok(before);
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  const scale = request.method === 'PUT' ? (bodyOf(request, 'Scale') ?? {}) : patched(before, request);
  const { subresource: _scale, ...main } = route;
  const next = writeScale(object, scale);
  return ok(
    readScale(writeUpdate(api, { route: main, next, previous: object, now, isDryRun: isDryRun(request) })),
  );
}

function patched(before: ApiResponse['body'], request: ApiRequest): ApiResponse['body'] {
  const type = patchTypeOf(request);
  const patch = readPatch(request, type);
  // A scale has no merged lists, so that a strategic patch is a merge patch.
  const scale = applyParsedPatch(before, type === 'strategic' ? 'merge' : type, patch, 'V1Scale');
  return isObject(scale) ? scale : before;
}
