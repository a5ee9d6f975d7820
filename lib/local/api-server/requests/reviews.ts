import { apiVersionOf } from '../kinds/kind-row.ts';
import { toTime, uidOf } from '../objects/api-object.ts';
import { listAt, numberAt, objectAt, textAt } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import type { ApiContext } from './api-context.ts';
import { bodyOf } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import type { Route } from './route.ts';

const GROUPS = ['system:masters', 'system:authenticated'];

/** POST of a review: whoever has the token may do everything. */
export function answerReview(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const body = bodyOf(request, route.row.kind) ?? {};
  const spec = objectAt(body, 'spec');
  const answer = {
    kind: route.row.kind,
    apiVersion: apiVersionOf(route.row),
    metadata: objectAt(body, 'metadata'),
  };
  const status = statusOf(api, route.row.kind, spec, now);
  if (route.row.kind === 'SelfSubjectReview')
    return { code: 201, body: { ...answer, metadata: { creationTimestamp: toTime(now) }, status } };
  return { code: 201, body: { ...answer, spec, status } };
}

function statusOf(api: ApiContext, kind: string, spec: JsonObject, now: number): JsonObject {
  const user = { username: api.user, groups: GROUPS };
  if (kind === 'SelfSubjectReview') return { userInfo: user };
  if (kind === 'TokenReview') return reviewToken(api, textAt(spec, 'token'), now);
  if (kind !== 'SelfSubjectRulesReview') return { allowed: true };
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  return {
    resourceRules: [everything],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  };
}

/** Knows the tokens that this server has signed, until they end or what they are bound to is gone. */
function reviewToken(api: ApiContext, token: string, now: number): JsonObject {
  const claims = api.signer.verify(token);
  if (claims === undefined) return { user: {}, error: 'invalid bearer token' };
  const own = objectAt(claims, 'kubernetes.io');
  const namespace = textAt(own, 'namespace');
  const isThere = (storage: string, kind: string): boolean => {
    const [name, uid] = [textAt(own, kind, 'name'), textAt(own, kind, 'uid')];
    if (name === '') return true;
    const object = api.world.store.get(storage, namespace, name);
    return object !== undefined && uidOf(object) === uid;
  };
  const hasEnded = (numberAt(claims, 'exp') ?? 0) * 1_000 <= now;
  const bound = isThere('pods', 'pod') && isThere('secrets', 'secret');
  if (hasEnded || !bound || !isThere('serviceaccounts', 'serviceaccount'))
    return { user: {}, error: 'invalid bearer token' };
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const user = { username: textAt(claims, 'sub'), uid: textAt(own, 'serviceaccount', 'uid'), groups };
  return { authenticated: true, user, audiences: listAt(claims, 'aud') };
}
