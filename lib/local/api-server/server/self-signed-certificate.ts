import {
  certify,
  makeKey,
  selfSign,
  type CertificateText,
  type Validity,
} from '../../../adapters/x509/make-certificate.ts';

/** A key and its certificate, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** Of whom and for what a certificate is. */
export interface Asked extends Pick<CertificateText, 'subject' | 'usage'> {
  /** By default it never ends. */
  readonly until?: Date;
}

/** Whoever signs certificates, with one of its own. */
export interface Authority {
  readonly certificate: string;
  issue(asked: Asked): Certificate;
}

/** Fixed, so that a certificate does not depend on a clock. */
const ALWAYS: Validity = { from: new Date('2020-01-01T00:00:00Z'), until: new Date('2049-12-31T23:59:59Z') };

/** A fresh self-signed certificate for the hosts (IPv4 addresses and names): kubectl sends a token only over TLS. */
export function createSelfSignedCertificate(hosts: readonly string[]): Certificate {
  const key = makeKey();
  return { key: key.pem, certificate: selfSign({ commonName: 'lambdalet-local', hosts }, key, ALWAYS) };
}

/** A fresh authority. */
export function createAuthority(commonName: string): Authority {
  const { privateKey, publicKey } = makeKey();
  const issuer = { commonName };
  return {
    certificate: selfSign(issuer, { privateKey, publicKey }, ALWAYS),
    issue: ({ until = ALWAYS.until, ...asked }) => {
      const own = makeKey();
      const validity = { ...ALWAYS, until };
      const text = { ...asked, issuer, validity, publicKey: own.publicKey, isAuthority: false };
      return { key: own.pem, certificate: certify(text, privateKey) };
    },
  };
}
