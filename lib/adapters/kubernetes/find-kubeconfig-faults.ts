import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { certificatesIn } from './certificates.ts';

/** One entry of a kubeconfig list, with the path that a reader finds it under. */
export interface Entry {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const INLINE = 'a function has no such file';
const RUNS_PROGRAMS = 'a function cannot run programs of the kubeconfig';
const USE_TOKEN = 'use a service account token or an inline client certificate';

/** Fields that are refused when they are set, and what to do about each. */
const REFUSED_CLUSTER_FIELDS: Readonly<Record<string, string>> = {
  'certificate-authority': `${INLINE}; put its base64 into certificate-authority-data (kubectl config view --raw --flatten)`,
  'insecure-skip-tls-verify':
    'the server would not be verified; remove it and set certificate-authority-data',
  'proxy-url': 'proxies are not supported; give the functions a route to the API server instead',
};
const REFUSED_USER_FIELDS: Readonly<Record<string, string>> = {
  exec: `${RUNS_PROGRAMS}; ${USE_TOKEN}, or the identity kind "eks" on EKS`,
  'auth-provider': `${RUNS_PROGRAMS}; ${USE_TOKEN}`,
  'client-certificate': `${INLINE}; put its base64 into client-certificate-data (kubectl config view --raw --flatten)`,
  'client-key': `${INLINE}; put its base64 into client-key-data (kubectl config view --raw --flatten)`,
  tokenFile: `${INLINE}; put the token itself into token`,
  'token-file': `${INLINE}; put the token itself into token`,
  username: `Kubernetes has no basic authentication since 1.19; ${USE_TOKEN}`,
  password: `Kubernetes has no basic authentication since 1.19; ${USE_TOKEN}`,
  'as-uid': 'only as and as-groups are supported; remove it',
  'as-user-extra': 'only as and as-groups are supported; remove it',
};

/** Everything that is wrong with the chosen cluster. */
export function faultsOfCluster(cluster: Entry): string[] {
  const ca = pemOf(cluster, 'certificate-authority-data');
  return [
    ...refusedFields(cluster, REFUSED_CLUSTER_FIELDS),
    ...faultsOfServer(cluster),
    ...(ca.fault ? [ca.fault] : []),
    ...(ca.pem
      ? faultsOfPem(`${cluster.path}.certificate-authority-data`, () => readCertificates(ca.pem))
      : []),
  ];
}

/** Everything that is wrong with the chosen user. */
export function faultsOfUser(user: Entry): string[] {
  const faults = refusedFields(user, REFUSED_USER_FIELDS);
  const cert = pemOf(user, 'client-certificate-data');
  const key = pemOf(user, 'client-key-data');
  for (const { fault } of [cert, key]) if (fault) faults.push(fault);
  if (cert.pem && key.pem)
    faults.push(
      ...faultsOfPem(`${user.path}.client-certificate-data and client-key-data`, () =>
        createSecureContext({ cert: cert.pem, key: key.pem }),
      ),
    );
  const hasCert = isSet(user.fields['client-certificate-data']);
  const hasKey = isSet(user.fields['client-key-data']);
  if (hasCert && !hasKey)
    faults.push(`${user.path}.client-key-data is missing; the certificate needs its key`);
  if (hasKey && !hasCert)
    faults.push(`${user.path}.client-certificate-data is missing; the key needs its certificate`);
  const hasToken = isSet(user.fields['token']);
  if (hasToken && typeof user.fields['token'] !== 'string')
    faults.push(`${user.path}.token is not a text; quote it`);
  if (faults.length === 0 && !hasToken && !hasCert)
    faults.push(`${user.path} has no credential; set token, or client-certificate-data and client-key-data`);
  return faults;
}

/** Whether a field says something: an empty one is as good as none. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

function refusedFields(entry: Entry, refused: Readonly<Record<string, string>>): string[] {
  return Object.entries(refused)
    .filter(([field]) => isSet(entry.fields[field]))
    .map(([field, advice]) => `${entry.path}.${field} is not accepted: ${advice}`);
}

function faultsOfServer(cluster: Entry): string[] {
  const path = `${cluster.path}.server`;
  const server = cluster.fields['server'];
  if (typeof server !== 'string' || !URL.canParse(server))
    return [`${path} is not a URL; set it to the https:// URL of the API server`];
  const url = new URL(server);
  if (url.username !== '' || url.password !== '')
    return [`${path} holds a user name or a password; remove them and set the user's token`];
  if (url.protocol === 'https:') return [];
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return [];
  if (url.protocol === 'http:')
    return [`${path} is ${url.origin}: http:// is accepted on loopback addresses only; use https://`];
  return [`${path} begins with ${url.protocol}; use https://`];
}

/** Whether traffic to this host cannot leave the machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The PEM in a base64 field; nothing when the field is not set. */
function pemOf(entry: Entry, field: string): { readonly pem?: string; readonly fault?: string } {
  const value = entry.fields[field];
  if (!isSet(value)) return {};
  const pem = typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
  if (pem.includes('-----BEGIN ')) return { pem };
  return {
    fault: `${entry.path}.${field} is not base64 of a PEM text; copy it from kubectl config view --raw --flatten`,
  };
}

/** Reads every certificate: a TLS context would pass over a CA that it cannot read. */
function readCertificates(pem = ''): void {
  const certificates = certificatesIn(pem);
  if (certificates.length === 0) throw new Error('it holds no certificate');
  for (const certificate of certificates) new X509Certificate(certificate);
}

/** What OpenSSL has against the PEM that `use` gives it: its words name no content. */
function faultsOfPem(path: string, use: () => unknown): string[] {
  try {
    use();
    return [];
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return [`${path} cannot be used (${words}); copy it again from kubectl config view --raw --flatten`];
  }
}
