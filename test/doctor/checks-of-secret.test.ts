import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/make-certificate.ts';
import { kubeconfigOf, openPractice, type Practice, type Trouble } from './doctor-here.ts';
import { ACCOUNT, REGION } from './deployment-fixture.ts';
import { Refusal } from './script-aws.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

const DAY = 86_400_000;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/0b0b0b0b-1111-2222-3333-444444444444`;
const AWS_KEY = { aws: { 'secretsmanager:DescribeSecret': { KmsKeyId: KEY } } };
const named = (secretKeyArn: string): Trouble => ({ deployment: { cluster: { secretKeyArn } } });
const tokenMode = { deployment: { cluster: { identityMode: 'token' } } };

/** A JWT with these times. */
function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.token-canary`;
}

/** The secret of the mode `token`, for the server of the kubeconfig. */
const tokenSecret =
  (issued: number, expires: number) =>
  (kubeconfig: string): string => {
    const [, server = ''] = /server: (\S+)/.exec(kubeconfig) ?? [];
    const [, certificateAuthority = ''] =
      /certificate-authority-data: (?:\|-?\s*|>-?\s*)?(\S+)/.exec(kubeconfig) ?? [];
    const token = jwt({
      sub: 'system:serviceaccount:lambdalet-shop:lambdalet-shop',
      iat: Math.floor(issued / 1000),
      exp: Math.floor(expires / 1000),
    });
    return JSON.stringify({
      server,
      certificateAuthority,
      serviceAccount: 'lambdalet-shop/lambdalet-shop',
      token,
    });
  };

const expiring =
  (after: number) =>
  (kubeconfig: string): string =>
    kubeconfig.replace('token-canary', jwt({ exp: Math.floor((Date.now() + after) / 1000) }));

type Row = [what: string, trouble: Trouble, status: string, message: RegExp, fix?: RegExp];

const rows: readonly Row[] = [
  ['can be used', {}, 'ok', /lambdalet\/shop\/kubeconfig holds a kubeconfig that can be used/],
  [
    'is not there',
    { aws: { 'secretsmanager:DescribeSecret': new Refusal('ResourceNotFoundException') } },
    'fault',
    /lambdalet\/shop\/kubeconfig is not there/,
    /aws secretsmanager create-secret --name lambdalet\/shop\/kubeconfig/,
  ],
  [
    'is marked for deletion',
    { aws: { 'secretsmanager:DescribeSecret': { DeletedDate: 1 } } },
    'fault',
    /marked for deletion/,
    /restore-secret/,
  ],
  [
    'is encrypted with a key that the file does not name',
    AWS_KEY,
    'fault',
    /which the functions may not use/,
    /set secretKeyArn: arn:aws:kms/,
  ],
  ['is encrypted with the key that the file names', { ...AWS_KEY, ...named(KEY) }, 'ok', /can be used/],
  [
    'is encrypted with the key of AWS',
    { aws: { 'secretsmanager:DescribeSecret': { KmsKeyId: 'alias/aws/secretsmanager' } } },
    'ok',
    /can be used/,
  ],
  [
    'is encrypted with the key of AWS, and the file names another',
    named(KEY),
    'fault',
    /the secret is encrypted with the key of AWS/,
    /leave secretKeyArn out/,
  ],
  [
    'is named by an alias of its key',
    {
      ...named(KEY),
      aws: {
        'secretsmanager:DescribeSecret': { KmsKeyId: 'alias/mine' },
        'kms:DescribeKey': { KeyMetadata: { Arn: KEY, KeyState: 'Enabled' } },
      },
    },
    'ok',
    /can be used/,
  ],
  [
    'has a key that is disabled',
    {
      ...named(KEY),
      aws: { ...AWS_KEY.aws, 'kms:DescribeKey': { KeyMetadata: { Arn: KEY, KeyState: 'Disabled' } } },
    },
    'fault',
    /is Disabled: nobody can read the secret/,
    /enable-key/,
  ],
  ['holds no kubeconfig', { secret: () => 'hello' }, 'fault', /the content cannot be used/],
  [
    'holds a kubeconfig with a plugin',
    { secret: (text) => text.replace(/token: .*/, 'exec: { command: aws }') },
    'fault',
    /the content cannot be used: users\[0\]\.user\.exec is not accepted/,
  ],
  ['ends soon', { secret: expiring(3 * DAY) }, 'warning', /the credential ends at 20/],
  ['has ended', { secret: expiring(-DAY) }, 'fault', /the credential has ended at 20/],
  ['ends late', { secret: expiring(90 * DAY) }, 'ok', /can be used/],
  [
    'holds a token that renews itself',
    { ...tokenMode, secret: tokenSecret(Date.now() - DAY, Date.now() + 9 * DAY) },
    'ok',
    /holds a token that can be used/,
  ],
  [
    'holds a token that nobody renewed',
    { ...tokenMode, secret: tokenSecret(Date.now() - 9 * DAY, Date.now() + DAY) },
    'warning',
    /was not renewed at half of its life/,
  ],
  [
    'holds a token that has ended',
    { ...tokenMode, secret: tokenSecret(Date.now() - 9 * DAY, Date.now() - DAY) },
    'fault',
    /the token has ended at 20/,
    /create token/,
  ],
  [
    'holds a kubeconfig where a token is said to be',
    tokenMode,
    'fault',
    /the content cannot be used: it is not a JSON object/,
  ],
];

describe('the secret of the cluster', () => {
  it.each<Row>(rows)('%s', async (_what, trouble, status, message, fix) => {
    const findings = await practice.findings('secret', trouble);
    const found = findings.find((one) => one.status === status && message.test(one.message));
    expect(found, JSON.stringify(findings, null, 2)).toBeDefined();
    if (fix !== undefined) expect(found?.fix).toMatch(fix);
  });

  it('tells of a client certificate that ends', async () => {
    // Good to 2049, as all certificates of the tests.
    const { cert, key } = makeCertificate('client');
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    const findings = await practice.findings('secret', {
      secret: () => kubeconfigOf(practice.api.url, cert, user),
    });
    expect(findings).toMatchObject([{ status: 'ok' }]);
  });

  it.each<Row>(rows.filter(([, , status]) => status === 'fault'))(
    'is never shown, when it %s',
    async (_what, trouble) => {
      for (const argv of [[], ['-o', 'json']]) {
        const { out, err } = await practice.run({ ...trouble, argv });
        expect(out + err).not.toMatch(/token-canary|secret-canary-key/);
      }
    },
  );
});
