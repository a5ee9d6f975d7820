import { badRequest, conflict, invalid, invalidValue, notFound } from '../objects/api-failure.ts';
import { toTime, uidOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { listAt, numberAt, objectAt, textAt, withoutNulls } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import type { ApiContext } from './api-context.ts';
import { bodyOf } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { findObject } from './read-objects.ts';
import type { Route } from './route.ts';

const ISSUER = 'https://kubernetes.default.svc';
const MINIMUM_SECONDS = 600;
const DEFAULT_SECONDS = 3_600;

interface TokenOrder {
  readonly account: ApiObject;
  readonly pod: JsonObject | undefined;
  readonly audiences: readonly Json[];
  readonly seconds: number;
}

/** POST of `serviceaccounts/<name>/token`: a token of the usual form whose signature nobody checks. */
export function createToken(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const body = bodyOf(request, 'TokenRequest');
  if (body === undefined)
    throw badRequest('the object provided is unrecognized (must be of type TokenRequest)');
  const given = listAt(body, 'spec', 'audiences');
  const order: TokenOrder = {
    account: findObject(api, route),
    pod: boundPod(api, route, body),
    audiences: given.length === 0 ? [ISSUER] : given,
    seconds: secondsOf(body),
  };
  const { name, namespace, uid } = order.account.metadata;
  const boundObjectRef = objectAt(body, 'spec')['boundObjectRef'] ?? null;
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, uid, creationTimestamp: toTime(now) },
      spec: { audiences: order.audiences, expirationSeconds: order.seconds, boundObjectRef },
      status: {
        token: writeToken(api, order, now),
        expirationTimestamp: toTime(now + order.seconds * 1_000),
      },
    },
  };
}

function secondsOf(body: JsonObject): number {
  const seconds = numberAt(body, 'spec', 'expirationSeconds') ?? DEFAULT_SECONDS;
  if (seconds >= MINIMUM_SECONDS) return seconds;
  const cause = invalidValue(
    'spec.expirationSeconds',
    seconds,
    'may not specify a duration less than 10 minutes',
  );
  throw invalid({ kind: 'TokenRequest', group: 'authentication.k8s.io' }, '', [cause]);
}

function writeToken(api: ApiContext, order: TokenOrder, now: number): string {
  const { name, namespace, uid } = order.account.metadata;
  const claims = {
    aud: order.audiences,
    exp: Math.floor(now / 1_000) + order.seconds,
    iat: Math.floor(now / 1_000),
    iss: ISSUER,
    jti: api.world.ids.uid(),
    'kubernetes.io': withoutNulls({ namespace, pod: order.pod, serviceaccount: { name, uid } }),
    sub: `system:serviceaccount:${textAt(order.account.metadata, 'namespace')}:${textAt(order.account.metadata, 'name')}`,
  };
  const encode = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.${encode('unsigned')}`;
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
