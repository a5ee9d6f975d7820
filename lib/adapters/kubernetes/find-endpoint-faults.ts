import { X509Certificate } from 'node:crypto';
import { certificatesIn } from './certificates.ts';

/** What is wrong with the URL of an API server at `path`. A name or password in it is not shown. */
export function faultsOfServer(path: string, server: unknown): string[] {
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

/** What is wrong with base64 of the PEM of a CA at `path`; `source` is where to copy it from. */
export function faultsOfAuthority(path: string, base64: unknown, source: string): string[] {
  const { pem, fault } = pemOf(path, base64, source);
  return fault === undefined ? faultsOfPem(path, () => readCertificates(pem), source) : [fault];
}

/** The PEM in base64. */
export function pemOf(
  path: string,
  base64: unknown,
  source: string,
): { readonly pem?: string; readonly fault?: string } {
  const pem = typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString('utf8') : '';
  if (pem.includes('-----BEGIN ')) return { pem };
  return { fault: `${path} is not base64 of a PEM text; copy it from ${source}` };
}

/** What OpenSSL has against the PEM that `use` gives it: its words name no content. */
export function faultsOfPem(path: string, use: () => unknown, source: string): string[] {
  try {
    use();
    return [];
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return [`${path} cannot be used (${words}); copy it again from ${source}`];
  }
}

/** Reads every certificate: a TLS context would pass over a CA that it cannot read. */
function readCertificates(pem = ''): void {
  const certificates = certificatesIn(pem);
  if (certificates.length === 0) throw new Error('it holds no certificate');
  for (const certificate of certificates) new X509Certificate(certificate);
}
