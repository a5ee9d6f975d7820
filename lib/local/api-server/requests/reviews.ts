import { apiVersionOf } from '../kinds/kind-row.ts';
import { toTime } from '../objects/api-object.ts';
import { listAt, objectAt, textAt } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
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
  const status = statusOf(api, route.row.kind, spec);
  if (route.row.kind === 'SelfSubjectReview')
    return { code: 201, body: { ...answer, metadata: { creationTimestamp: toTime(now) }, status } };
  return { code: 201, body: { ...answer, spec, status } };
}

function statusOf(api: ApiContext, kind: string, spec: JsonObject): JsonObject {
  const user = { username: api.user, groups: GROUPS };
  if (kind === 'SelfSubjectReview') return { userInfo: user };
  if (kind === 'TokenReview') return reviewToken(textAt(spec, 'token'));
  if (kind !== 'SelfSubjectRulesReview') return { allowed: true };
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  return {
    resourceRules: [everything],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  };
}

function reviewToken(token: string): JsonObject {
  const claims = claimsOf(token);
  const subject = textAt(claims, 'sub');
  if (subject === '') return { user: {}, error: 'invalid bearer token' };
  const namespace = textAt(claims, 'kubernetes.io', 'namespace');
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const uid = textAt(claims, 'kubernetes.io', 'serviceaccount', 'uid');
  return { authenticated: true, user: { username: subject, uid, groups }, audiences: listAt(claims, 'aud') };
}

function claimsOf(token: string): Json {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json;
  } catch {
    return null;
  }
}
