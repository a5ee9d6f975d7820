import { badRequest, conflict, invalid, invalidValue, notFound } from '../objects/api-failure.ts';
import { nameOf, namespaceOf, toTime, uidOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { listAt, numberAt, objectAt, textAt } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import type { ApiContext } from './api-context.ts';
import { bodyOf } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { findObject } from './read-objects.ts';
import type { Route } from './route.ts';

/** Whoever signs the tokens, which is also whom they are for when nobody else is named. */
export const ISSUER = 'https://kubernetes.default.svc';
const MINIMUM_SECONDS = 600;
const MAXIMUM_SECONDS = 2 ** 32;
const DEFAULT_SECONDS = 3_600;

interface TokenOrder {
  readonly account: ApiObject;
  /** The claims of what the token is bound to. */
  readonly bound: JsonObject;
  readonly audiences: readonly Json[];
  readonly seconds: number;
}

/** POST of `serviceaccounts/<name>/token`: a token with the claims of a real one, signed with the key of this server. */
export function createToken(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const body = bodyOf(request, 'TokenRequest');
  if (body === undefined)
    throw badRequest('the object provided is unrecognized (must be of type TokenRequest)');
  const given = listAt(body, 'spec', 'audiences');
  const account = findObject(api, route);
  checkName(account, body);
  const order: TokenOrder = {
    account,
    bound: boundObject(api, account, body),
    audiences: given.length === 0 ? [ISSUER] : given,
    seconds: secondsOf(body),
  };
  const { name, namespace, uid } = account.metadata;
  const boundObjectRef = objectAt(body, 'spec')['boundObjectRef'] ?? null;
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, uid, creationTimestamp: toTime(now) },
      spec: { audiences: order.audiences, expirationSeconds: order.seconds, boundObjectRef },
      status: {
        token: api.signer.sign(claimsFor(api, order, now)),
        expirationTimestamp: toTime(now + order.seconds * 1_000),
      },
    },
  };
}

const TOKEN_REQUEST = { kind: 'TokenRequest', group: 'authentication.k8s.io' };

function checkName(account: ApiObject, body: JsonObject): void {
  const name = textAt(body, 'metadata', 'name');
  if (name === '' || name === nameOf(account)) return;
  const why = 'must match the service account name if specified';
  throw invalid(TOKEN_REQUEST, nameOf(account), [invalidValue('metadata.name', name, why)]);
}

function secondsOf(body: JsonObject): number {
  const seconds = numberAt(body, 'spec', 'expirationSeconds') ?? DEFAULT_SECONDS;
  if (seconds >= MINIMUM_SECONDS && seconds <= MAXIMUM_SECONDS) return seconds;
  const bound = seconds < MINIMUM_SECONDS ? 'less than 10 minutes' : 'larger than 2^32 seconds';
  const why = `may not specify a duration ${bound}`;
  throw invalid(TOKEN_REQUEST, '', [invalidValue('spec.expirationSeconds', seconds, why)]);
}

function claimsFor(api: ApiContext, order: TokenOrder, now: number): JsonObject {
  const { name, namespace, uid } = order.account.metadata;
  const seconds = Math.floor(now / 1_000);
  return {
    aud: order.audiences,
    exp: seconds + order.seconds,
    iat: seconds,
    iss: ISSUER,
    jti: api.world.ids.uid(),
    'kubernetes.io': { namespace, ...order.bound, serviceaccount: { name, uid } },
    nbf: seconds,
    sub: `system:serviceaccount:${namespaceOf(order.account)}:${nameOf(order.account)}`,
  };
}

/** The kinds that a token may be bound to: where they are kept, and their claim. */
const BINDABLE: Readonly<Record<string, readonly [storage: string, claim: string]>> = {
  Node: ['nodes', 'node'],
  Pod: ['pods', 'pod'],
  Secret: ['secrets', 'secret'],
};

function boundObject(api: ApiContext, account: ApiObject, body: JsonObject): JsonObject {
  const reference = objectAt(body, 'spec', 'boundObjectRef');
  const [kind, name, uid] = ['kind', 'name', 'uid'].map((field) => textAt(reference, field));
  if (kind === undefined || kind === '') return {};
  const [storage, claim] = BINDABLE[kind] ?? [];
  if (storage === undefined || claim === undefined)
    throw badRequest(`cannot bind token to object of type /v1, Kind=${kind}`);
  const namespace = kind === 'Node' ? '' : namespaceOf(account);
  const object = api.world.store.get(storage, namespace, name ?? '');
  if (object === undefined) throw notFound({ group: '', resource: storage }, name ?? '');
  if (kind === 'Pod') checkAccount(account, object);
  if (uid !== '' && uid !== uidOf(object)) throw replaced(kind, name ?? '', uid ?? '');
  const identity = { name: nameOf(object), uid: uidOf(object) };
  return { ...nodeOf(api, object), [claim]: identity };
}

function checkAccount(account: ApiObject, pod: ApiObject): void {
  if (textAt(pod, 'spec', 'serviceAccountName') === nameOf(account)) return;
  const own = JSON.stringify(nameOf(account));
  throw badRequest(
    `cannot bind token for serviceaccount ${own} to pod running with different serviceaccount name.`,
  );
}

function replaced(kind: string, name: string, uid: string): Error {
  const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  return conflict({ group: '', resource: kind }, name, why);
}

/** The node of a bound pod, without a UID where there is no such node. */
function nodeOf(api: ApiContext, pod: ApiObject): JsonObject {
  const name = textAt(pod, 'spec', 'nodeName');
  if (name === '') return {};
  const node = api.world.store.get('nodes', '', name);
  return { node: node === undefined ? { name } : { name, uid: uidOf(node) } };
}
