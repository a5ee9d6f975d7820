import { apiVersionOf } from '../kinds/kind-row.ts';
import { badRequest, conflict, invalid, invalidValue, notFound } from '../objects/api-failure.ts';
import { toTime, uidOf } from '../objects/api-object.ts';
import { listAt, numberAt, objectAt, textAt, withoutNulls } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import type { ApiContext } from './api-context.ts';
import { bodyOf } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { findObject } from './read-objects.ts';
import type { Route } from './route.ts';

const GROUPS = ['system:masters', 'system:authenticated'];
const ISSUER = 'https://kubernetes.default.svc';
const MINIMUM_SECONDS = 600;
const DEFAULT_SECONDS = 3_600;

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

/** POST of `serviceaccounts/<name>/token`: a token of the usual form whose signature nobody checks. */
export function createToken(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const body = bodyOf(request, 'TokenRequest');
  if (body === undefined)
    throw badRequest('the object provided is unrecognized (must be of type TokenRequest)');
  const account = findObject(api, route);
  const seconds = numberAt(body, 'spec', 'expirationSeconds') ?? DEFAULT_SECONDS;
  if (seconds < MINIMUM_SECONDS) {
    const cause = invalidValue(
      'spec.expirationSeconds',
      seconds,
      'may not specify a duration less than 10 minutes',
    );
    throw invalid({ kind: 'TokenRequest', group: 'authentication.k8s.io' }, '', [cause]);
  }
  const bound = boundPod(api, route, body);
  const given = listAt(body, 'spec', 'audiences');
  const audiences = given.length === 0 ? [ISSUER] : given;
  const claims = {
    aud: audiences,
    exp: Math.floor(now / 1_000) + seconds,
    iat: Math.floor(now / 1_000),
    iss: ISSUER,
    jti: api.world.ids.uid(),
    'kubernetes.io': withoutNulls({
      namespace: route.namespace,
      pod: bound,
      serviceaccount: { name: route.name, uid: uidOf(account) },
    }),
    sub: `system:serviceaccount:${route.namespace}:${route.name ?? ''}`,
  };
  const encode = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const token = `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.${encode('unsigned')}`;
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {
        name: route.name,
        namespace: route.namespace,
        uid: uidOf(account),
        creationTimestamp: toTime(now),
      },
      spec: {
        audiences,
        expirationSeconds: seconds,
        boundObjectRef: objectAt(body, 'spec')['boundObjectRef'] ?? null,
      },
      status: { token, expirationTimestamp: toTime(now + seconds * 1_000) },
    },
  };
}

function boundPod(api: ApiContext, route: Route, body: JsonObject): JsonObject | undefined {
  const reference = objectAt(body, 'spec', 'boundObjectRef');
  if (textAt(reference, 'kind') !== 'Pod') return undefined;
  const name = textAt(reference, 'name');
  const pod = api.world.store.get('pods', route.namespace, name);
  if (pod === undefined) throw notFound({ group: '', resource: 'pods' }, name);
  const uid = textAt(reference, 'uid');
  if (uid !== '' && uid !== uidOf(pod)) {
    throw conflict(
      { group: '', resource: 'Pod' },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { name, uid: uidOf(pod) };
}
