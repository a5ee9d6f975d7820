import { apiVersionOf } from '../kinds/kind-row.ts';
import { toTime, uidOf } from '../objects/api-object.ts';
import { listAt, numberAt, objectAt, textAt } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import type { ApiContext } from './api-context.ts';
import { bodyOf } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { ISSUER } from './create-token.ts';
import type { Route } from './route.ts';

const GROUPS = ['system:masters', 'system:authenticated'];

/** POST of a review: whoever has the token may do everything, and so may the masters; of others no rights are kept here. */
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
  if (kind === 'TokenReview') return reviewToken(api, spec, now);
  if (kind === 'SubjectAccessReview' || kind === 'LocalSubjectAccessReview') return reviewAccess(api, spec);
  if (kind !== 'SelfSubjectRulesReview') return { allowed: true };
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  return {
    resourceRules: [everything],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  };
}

function reviewAccess({ user }: ApiContext, spec: JsonObject): JsonObject {
  const isMaster = textAt(spec, 'user') === user || listAt(spec, 'groups').includes('system:masters');
  return isMaster ? { allowed: true } : { allowed: false, reason: 'no rights are kept here' };
}

/** Knows the tokens that this server has signed, until they end or what they are bound to is gone. */
function reviewToken(api: ApiContext, spec: JsonObject, now: number): JsonObject {
  if (api.token !== '' && textAt(spec, 'token') === api.token)
    return { authenticated: true, user: { username: api.user, groups: GROUPS }, audiences: [ISSUER] };
  const claims = api.signer.verify(textAt(spec, 'token'));
  if (claims === undefined || !isAlive(api, claims, now)) return { user: {}, error: 'invalid bearer token' };
  const given = listAt(spec, 'audiences');
  const wanted = given.length === 0 ? [ISSUER] : given;
  const own = listAt(claims, 'aud');
  const audiences = own.filter((audience) => wanted.includes(audience));
  if (audiences.length === 0) {
    const why = `token audiences ${JSON.stringify(own)} is invalid for the target audiences ${JSON.stringify(wanted)}`;
    return { user: {}, error: `[invalid bearer token, ${why}]` };
  }
  return { authenticated: true, user: userOf(claims), audiences };
}

function isAlive(api: ApiContext, claims: JsonObject, now: number): boolean {
  const own = objectAt(claims, 'kubernetes.io');
  const isThere = (storage: string, kind: string): boolean => {
    const [name, uid] = [textAt(own, kind, 'name'), textAt(own, kind, 'uid')];
    if (name === '') return true;
    const object = api.world.store.get(storage, textAt(own, 'namespace'), name);
    return object !== undefined && uidOf(object) === uid;
  };
  const hasEnded = (numberAt(claims, 'exp') ?? 0) * 1_000 <= now;
  const isBound = isThere('pods', 'pod') && isThere('secrets', 'secret');
  return !hasEnded && isBound && isThere('serviceaccounts', 'serviceaccount');
}

/** The service account, and in `extra` what its token is bound to. */
function userOf(claims: JsonObject): JsonObject {
  const own = objectAt(claims, 'kubernetes.io');
  const namespace = textAt(own, 'namespace');
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const bound = ['node', 'pod'].flatMap((kind) =>
    ['name', 'uid'].map((field) => [`${kind}-${field}`, textAt(own, kind, field)] as const),
  );
  const known = [['credential-id', `JTI=${textAt(claims, 'jti')}`] as const, ...bound].filter(
    ([, value]) => value !== '',
  );
  const extra = Object.fromEntries(
    known.map(([name, value]) => [`authentication.kubernetes.io/${name}`, [value]]),
  );
  return { username: textAt(claims, 'sub'), uid: textAt(own, 'serviceaccount', 'uid'), groups, extra };
}
