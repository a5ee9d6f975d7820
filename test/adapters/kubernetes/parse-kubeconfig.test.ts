import { describe, expect, it } from 'vitest';
import { parseKubeconfig } from '../../../lib/adapters/kubernetes/parse-kubeconfig.ts';
import { failureOf } from '../../../lib/core/failure.ts';
import { makeCertificate } from '../../support/make-certificate.ts';

const { cert, key } = makeCertificate('admin');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SECRET = 'very-secret-token';
const CLUSTER = { server: 'https://api.example.com:6443/', 'certificate-authority-data': base64(cert) };
const CERTIFICATE = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly current?: unknown;
}

function kubeconfig({
  cluster = CLUSTER,
  user = { token: SECRET },
  context,
  current = 'work',
}: Parts = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    contexts: [
      { name: 'other', context: { cluster: 'nowhere', user: 'nobody' } },
      { name: 'work', context: context ?? { cluster: 'k8s', user: 'me' } },
    ],
    clusters: [{ name: 'k8s', cluster }],
    users: [
      { name: 'someone', user: { exec: { command: 'aws' } } },
      { name: 'me', user },
    ],
  });
}

/** The message with which a kubeconfig is refused. */
function refusalOf(text: string): string {
  try {
    parseKubeconfig(text);
  } catch (error) {
    const { kind, message } = failureOf(error);
    expect(kind).toBe('auth');
    expect(message).not.toContain(SECRET);
    return message;
  }
  throw new Error('the kubeconfig was accepted');
}

describe('kubeconfig that is accepted', () => {
  it('gives server, CA and token of the current context, whatever the others are', () => {
    expect(parseKubeconfig(kubeconfig())).toEqual({
      endpoint: { url: 'https://api.example.com:6443', ca: cert },
      headers: { authorization: `Bearer ${SECRET}` },
    });
  });

  it('gives the client certificate and its key', () => {
    const { endpoint, headers } = parseKubeconfig(kubeconfig({ user: CERTIFICATE }));
    expect(endpoint).toMatchObject({ cert, key });
    expect(headers).toEqual({});
  });

  it('may be YAML, with comments', () => {
    const yaml = `# mine
current-context: work
contexts: [{name: work, context: {cluster: k8s, user: me}}]
clusters:
- name: k8s
  cluster: {server: "https://api.example.com", insecure-skip-tls-verify: false}
users:
- name: me
  user: {token: ${SECRET}}
`;
    expect(parseKubeconfig(yaml).endpoint).toEqual({ url: 'https://api.example.com' });
  });

  it('verifies another server name when it says so', () => {
    const cluster = { ...CLUSTER, 'tls-server-name': 'kubernetes.default' };
    expect(parseKubeconfig(kubeconfig({ cluster })).endpoint.serverName).toBe('kubernetes.default');
  });

  it('acts as another user and its groups when it says so', () => {
    const user = { token: SECRET, as: 'system:node:fargate', 'as-groups': ['system:nodes', 'b'] };
    expect(parseKubeconfig(kubeconfig({ user })).headers).toMatchObject({
      'impersonate-user': 'system:node:fargate',
      'impersonate-group': ['system:nodes', 'b'],
    });
  });

  it.each(['http://127.0.0.1:8001', 'http://localhost:8001', 'http://[::1]:8001'])('may use %s', (server) => {
    expect(parseKubeconfig(kubeconfig({ cluster: { server } })).endpoint.url).toBe(server);
  });
});

describe('kubeconfig that is refused', () => {
  const user = (fields: object): Parts => ({ user: { token: SECRET, ...fields } });
  const cluster = (fields: object): Parts => ({ cluster: { ...CLUSTER, ...fields } });
  it.each<[why: string, parts: Parts, says: string]>([
    ['an exec plugin', user({ exec: { command: 'aws' } }), 'users[1].user.exec is not accepted'],
    ['an auth provider', user({ 'auth-provider': { name: 'gcp' } }), 'users[1].user.auth-provider is not'],
    [
      'a certificate file',
      user({ 'client-certificate': '/a' }),
      'put its base64 into client-certificate-data',
    ],
    ['a key file', user({ 'client-key': '/a' }), 'users[1].user.client-key is not accepted'],
    ['a token file', user({ tokenFile: '/etc/passwd' }), 'put the token itself into token'],
    [
      'a token file, as client-node spells it',
      user({ 'token-file': '/etc/passwd' }),
      'users[1].user.token-file',
    ],
    ['a password', user({ username: 'a', password: SECRET }), 'users[1].user.password is not accepted'],
    ['an extra of impersonation', user({ as: 'a', 'as-uid': 'b' }), 'users[1].user.as-uid is not accepted'],
    ['groups that are no list', user({ as: 'a', 'as-groups': 'b' }), 'users[1].user.as-groups is not a list'],
    ['groups without a user', user({ 'as-groups': ['b'] }), 'users[1].user.as is missing'],
    ['a token that is no text', { user: { token: 12345 } }, 'users[1].user.token is not a text'],
    ['a user without a credential', { user: {} }, 'users[1].user has no credential'],
    [
      'a certificate without key',
      { user: { ...CERTIFICATE, 'client-key-data': '' } },
      'client-key-data is missing',
    ],
    [
      'a key without certificate',
      { user: { 'client-key-data': base64(key) } },
      'client-certificate-data is missing',
    ],
    [
      'a key of another certificate',
      { user: { ...CERTIFICATE, 'client-key-data': base64(makeCertificate('b').key) } },
      'users[1].user.client-certificate-data and client-key-data cannot be used',
    ],
    [
      'a CA file',
      cluster({ 'certificate-authority': '/a' }),
      'put its base64 into certificate-authority-data',
    ],
    ['no verification', cluster({ 'insecure-skip-tls-verify': true }), 'the server would not be verified'],
    ['a proxy', cluster({ 'proxy-url': 'http://p' }), 'clusters[0].cluster.proxy-url is not accepted'],
    ['a CA that is no base64', cluster({ 'certificate-authority-data': '%%' }), 'is not base64 of a PEM'],
    [
      'a CA that is no certificate',
      cluster({
        'certificate-authority-data': base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
      }),
      'clusters[0].cluster.certificate-authority-data cannot be used',
    ],
    ['no server', cluster({ server: undefined }), 'clusters[0].cluster.server is not a URL'],
    [
      'plain http',
      cluster({ server: 'http://10.0.0.1:6443' }),
      'http:// is accepted on loopback addresses only',
    ],
    [
      'a look-alike of loopback',
      cluster({ server: 'http://127.0.0.1.example.com' }),
      'on loopback addresses only',
    ],
    ['another protocol', cluster({ server: 'ftp://a' }), 'begins with ftp:; use https://'],
    [
      'a password in the URL',
      cluster({ server: `https://a:${SECRET}@b` }),
      'holds a user name or a password',
    ],
    ['no current context', { current: '' }, 'current-context is missing'],
    ['an unknown context', { current: 'nope' }, 'contexts has no entry named "nope"'],
    ['an unknown cluster', { context: { cluster: 'x', user: 'me' } }, 'clusters has no entry named "x"'],
    ['an unknown user', { context: { cluster: 'k8s', user: 'x' } }, 'users has no entry named "x"'],
    ['a context without user', { context: { cluster: 'k8s' } }, 'contexts[1].context.user is missing'],
  ])('for %s', (_why, parts, says) => {
    expect(refusalOf(kubeconfig(parts))).toContain(says);
  });

  it('for every fault at once', () => {
    const message = refusalOf(
      kubeconfig({
        ...cluster({ server: 'http://a', 'proxy-url': 'x' }),
        ...user({ exec: {}, tokenFile: '/a' }),
      }),
    );
    expect(message.split('\n- ')).toHaveLength(5);
  });

  it.each([
    ['YAML that is broken', `users: [\n  token: ${SECRET}\n`],
    ['YAML whose fault quotes the secret', `token: *${SECRET}`],
    ['a list', '[]'],
    ['nothing', ''],
    ['a text', SECRET],
  ])('for %s, without quoting it', (_why, text) => {
    expect(refusalOf(text)).toContain('store the output of kubectl config view --raw --flatten');
  });

  it('for an entry that holds nothing', () => {
    const text = kubeconfig().replace(/"user":\{"token":"[^"]+"\}/, '"user":null');
    expect(refusalOf(text)).toContain('users[1].user is missing');
  });
});
