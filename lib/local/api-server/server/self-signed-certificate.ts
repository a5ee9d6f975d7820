import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeCertificate, type CertificateText } from './write-certificate.ts';

/** A key and its certificate, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** Whoever signs certificates, with one of its own. */
export interface Authority {
  readonly certificate: string;
  issue(text: Pick<CertificateText, 'subject' | 'hosts' | 'usage' | 'validUntil'>): Certificate;
}

/** A fresh self-signed certificate for the hosts (IPv4 addresses and names): kubectl sends a token only over TLS. */
export function createSelfSignedCertificate(hosts: readonly string[]): Certificate {
  const { privateKey, publicKey } = newKey();
  const name = { commonName: 'lambdalet-local' };
  const text = { subject: name, issuer: name, publicKey, isAuthority: true, hosts };
  return { key: pemOf(privateKey), certificate: writeCertificate(text, privateKey) };
}

/** A fresh authority. */
export function createAuthority(commonName: string): Authority {
  const { privateKey, publicKey } = newKey();
  const issuer = { commonName };
  return {
    certificate: writeCertificate({ subject: issuer, issuer, publicKey, isAuthority: true }, privateKey),
    issue: (asked) => {
      const own = newKey();
      const text = { ...asked, issuer, publicKey: own.publicKey, isAuthority: false };
      return { key: pemOf(own.privateKey), certificate: writeCertificate(text, privateKey) };
    },
  };
}

function newKey(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
