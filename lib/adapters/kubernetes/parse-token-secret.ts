import { FailureError } from '../../core/failure.ts';
import { fromTime, type Instant } from '../../core/kubernetes.ts';
import { faultsOfAuthority, faultsOfServer } from './find-endpoint-faults.ts';
import type { Access } from './identity.ts';

/** What the secret of an identity of kind `token` says; docs/identity.md has the format. */
export interface TokenSecret {
  readonly access: Access;
  /** Of the service account that the token is of. */
  readonly namespace: string;
  readonly name: string;
  /** `undefined`: the token does not say when it ends, as those of Secrets do not. */
  readonly life: TokenLife | undefined;
}

/** From when until when a token is good. */
export interface TokenLife {
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

type Fields = Readonly<Record<string, unknown>>;

const SOURCE = 'certificate-authority-data of kubectl config view --raw --flatten';
const ACCOUNT = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)\/([a-z0-9]([-.a-z0-9]*[a-z0-9])?)$/;
/** What a header can carry: `Bearer` takes base64 and its variants (RFC 6750, 2.1). */
const TOKEN = /^[\w.~+/=-]+$/;

/**
 * Reads the JSON of the secret. Fields that are not known are left alone.
 * @throws FailureError `auth` that lists every fault with its field and what to do; it shows nothing of the token
 */
export function parseTokenSecret(text: string): TokenSecret {
  const fields = readJson(text);
  const { server, certificateAuthority, serviceAccount, token } = fields;
  const faults = [
    ...faultsOfServer('server', server),
    ...(certificateAuthority === undefined
      ? []
      : faultsOfAuthority('certificateAuthority', certificateAuthority, SOURCE)),
    ...faultsOfAccount(serviceAccount),
    ...faultsOfToken(token, serviceAccount),
    ...['issuedAt', 'expiresAt'].flatMap((field) => faultsOfTime(field, fields[field])),
  ];
  if (faults.length > 0) throw refusal(faults);
  const [namespace = '', name = ''] = String(serviceAccount).split('/');
  const endpoint = {
    url: String(server).replace(/\/$/, ''),
    ...(typeof certificateAuthority === 'string' && {
      ca: Buffer.from(certificateAuthority, 'base64').toString('utf8'),
    }),
  };
  const access = { endpoint, headers: { authorization: `Bearer ${String(token)}` } };
  return { access, namespace, name, life: lifeOf(fields) };
}

/** The text of the secret with the token that follows; whatever else it holds stays. */
export function replaceToken(text: string, token: string, { issuedAt, expiresAt }: TokenLife): string {
  const [from, until] = [issuedAt, expiresAt].map((at) => new Date(at).toISOString());
  return JSON.stringify({ ...readJson(text), token, issuedAt: from, expiresAt: until });
}

function refusal(faults: readonly string[]): FailureError {
  const list = faults.map((fault) => `- ${fault}`).join('\n');
  return new FailureError({
    kind: 'auth',
    code: 'TokenSecretRefused',
    message: `The secret with the service account token cannot be used:\n${list}`,
  });
}

/** The parser's own words are not repeated: they quote the source, and with it perhaps the token. */
function readJson(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw refusal([
    'it is not a JSON object; store {"server":..,"certificateAuthority":..,"serviceAccount":"<namespace>/<name>","token":..}',
  ]);
}

function faultsOfAccount(account: unknown): string[] {
  if (typeof account === 'string' && ACCOUNT.test(account)) return [];
  return ['serviceAccount is not <namespace>/<name>; name the service account that the token is of'];
}

function faultsOfToken(token: unknown, account: unknown): string[] {
  if (typeof token !== 'string' || !TOKEN.test(token))
    return ['token is not a bearer token; set it to the output of kubectl create token'];
  const { sub } = claimsOf(token);
  const owner = typeof sub === 'string' ? /^system:serviceaccount:([^:]+):([^:]+)$/.exec(sub) : null;
  const isNamed = typeof account === 'string' && ACCOUNT.test(account);
  if (owner === null || !isNamed || `${owner[1]}/${owner[2]}` === account) return [];
  return [`serviceAccount is not the one that the token is of, ${owner[1]}/${owner[2]}; correct one of them`];
}

function faultsOfTime(field: string, value: unknown): string[] {
  if (value === undefined || timeOf(value) !== undefined) return [];
  return [`${field} is not a time such as 2026-11-22T12:00:00Z; correct it, or leave it out`];
}

function timeOf(value: unknown): Instant | undefined {
  return typeof value === 'string' ? fromTime(value) : undefined;
}

/** What the token itself says goes before what was noted beside it, which may be left over from another one. */
function lifeOf({ token, issuedAt, expiresAt }: Fields): TokenLife | undefined {
  const { iat, exp } = claimsOf(String(token));
  if (typeof iat === 'number' && typeof exp === 'number')
    return { issuedAt: iat * 1000, expiresAt: exp * 1000 };
  const [from, until] = [timeOf(issuedAt), timeOf(expiresAt)];
  return from === undefined || until === undefined ? undefined : { issuedAt: from, expiresAt: until };
}

/** The claims of a JWT, which are believed only as far as they tell when to renew; none of any other token. */
function claimsOf(token: string): Fields {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Fields) : {};
  } catch {
    return {};
  }
}
