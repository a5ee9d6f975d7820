import { describe, expect, it } from 'vitest';
import { parseTokenSecret, replaceToken } from '../../../lib/adapters/kubernetes/parse-token-secret.ts';
import { failureOf } from '../../../lib/core/failure.ts';
import { makeCertificate } from '../../support/make-certificate.ts';
import { aToken, CANARY } from './a-token.ts';

const PEM = makeCertificate('cluster').cert;
const NOON = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;

function aSecret(change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    server: 'https://api.example:6443',
    certificateAuthority: Buffer.from(PEM).toString('base64'),
    serviceAccount: 'lambdalet/lambdalet-prod',
    token: aToken({ iat: NOON / 1000, exp: (NOON + HOUR) / 1000 }),
    ...change,
  });
}

function faultsOf(text: string): readonly string[] {
  try {
    parseTokenSecret(text);
  } catch (error) {
    const failure = failureOf(error);
    expect(failure).toMatchObject({ kind: 'auth', code: 'TokenSecretRefused' });
    expect(failure.message).not.toContain(CANARY);
    return failure.message.split('\n- ').slice(1);
  }
  return [];
}

describe('a secret with a service account token', () => {
  it('gives server, CA, token, account and life', () => {
    const { access, namespace, name, life } = parseTokenSecret(aSecret());
    expect(access.endpoint).toEqual({ url: 'https://api.example:6443', ca: PEM });
    expect(access.headers['authorization']).toMatch(/^Bearer \S+$/);
    expect({ namespace, name }).toEqual({ namespace: 'lambdalet', name: 'lambdalet-prod' });
    expect(life).toEqual({ issuedAt: NOON, expiresAt: NOON + HOUR });
  });

  it('needs no CA where a public one signs, and no slash at the end of its server', () => {
    const { access } = parseTokenSecret(
      aSecret({ server: 'https://api.example/', certificateAuthority: undefined }),
    );
    expect(access.endpoint).toEqual({ url: 'https://api.example' });
  });

  it('tells the life of what is no JWT by what is noted beside it', () => {
    const noted = { issuedAt: '2026-11-22T12:00:00Z', expiresAt: '2026-11-22T13:00:00Z' };
    expect(parseTokenSecret(aSecret({ token: 'opaque', ...noted })).life).toEqual({
      issuedAt: NOON,
      expiresAt: NOON + HOUR,
    });
  });

  it('believes the token more than what is noted beside it', () => {
    const noted = { issuedAt: '2020-01-01T00:00:00Z', expiresAt: '2020-01-02T00:00:00Z' };
    expect(parseTokenSecret(aSecret(noted)).life).toEqual({ issuedAt: NOON, expiresAt: NOON + HOUR });
  });

  it.each([
    ['of a Secret, which does not end', aToken({})],
    ['that is opaque', 'abc.def'],
    ['whose claims are no object', `a.${Buffer.from('1').toString('base64url')}.c`],
  ])('knows no life of a token %s', (_what, token) => {
    expect(parseTokenSecret(aSecret({ token })).life).toBeUndefined();
  });

  it.each([
    ['server', 'api.example', /^server is not a URL; set it to the https/],
    ['server', 'http://api.example', /^server is http:\/\/api.example: http:\/\/ is accepted on loopback/],
    ['server', `https://${CANARY}@api.example`, /^server holds a user name or a password/],
    [
      'certificateAuthority',
      'no',
      /^certificateAuthority is not base64 of a PEM text; copy it from certificate-/,
    ],
    ['certificateAuthority', '', /^certificateAuthority is not base64/],
    ['serviceAccount', 'lambdalet', /^serviceAccount is not <namespace>\/<name>/],
    ['serviceAccount', 'a/b/c', /^serviceAccount is not/],
    [
      'serviceAccount',
      'lambdalet/other',
      /^serviceAccount is not the one that the token is of, lambdalet\/lambdalet-prod/,
    ],
    ['token', '', /^token is not a bearer token; set it to the output of kubectl create token/],
    ['token', `${CANARY}\n`, /^token is not a bearer token/],
    ['token', undefined, /^token is not a bearer token/],
    ['expiresAt', 'tomorrow', /^expiresAt is not a time such as/],
    ['issuedAt', 5, /^issuedAt is not a time such as/],
  ])('is refused for a bad %s (%s)', (field, value, fault) => {
    const faults = faultsOf(aSecret({ [field]: value }));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('is refused with every fault at once', () => {
    const faults = faultsOf(JSON.stringify({ token: 'two words', expiresAt: '' }));
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'server',
      'serviceAccount',
      'token',
      'expiresAt',
    ]);
  });

  it.each(['', 'null', '[]', `token: ${CANARY}`, `{"token":"${CANARY}"`])(
    'is refused when it is no JSON object, without showing it: %s',
    (text) => {
      expect(faultsOf(text)).toEqual([expect.stringContaining('it is not a JSON object; store {"server"')]);
    },
  );

  it('keeps all but the token when that is replaced', () => {
    const before = aSecret({ note: 'of a newer version' });
    const after = replaceToken(before, 'next', { issuedAt: NOON, expiresAt: NOON + HOUR });
    expect(JSON.parse(after)).toEqual({
      ...(JSON.parse(before) as object),
      token: 'next',
      issuedAt: '2026-11-22T12:00:00.000Z',
      expiresAt: '2026-11-22T13:00:00.000Z',
    });
  });
});
