import { createHash } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Instant } from '../../core/kubernetes.ts';
import type { ClientCertificate } from '../../kubelet-api/identity/identify-caller.ts';

/** The SHA-256 of a certificate (DER). */
export type Fingerprint = string;

/** By what a certificate is judged that was good when its connection began. */
export interface CertificateRules {
  /** Whom certificates must be from now. */
  readonly authorities: ReadonlySet<Fingerprint>;
  readonly now: Instant;
}

/**
 * What TLS found of the certificate that the other side showed, if any. A name is one only when there is exactly one.
 *
 * TLS judges when a connection begins, which may be long ago: with each request it is seen anew whether all of the chain is still valid and
 * its authority still trusted, as a kubelet does, which verifies with each request.
 */
export function clientCertificateOf(
  socket: Pick<TLSSocket, 'authorized' | 'authorizationError' | 'getPeerCertificate'>,
  rules: CertificateRules,
): ClientCertificate {
  const certificate: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true);
  if (certificate.raw === undefined) return { kind: 'none' };
  if (!socket.authorized) return { kind: 'refused', why: String(socket.authorizationError) };
  const chain = [...chainOf(certificate as DetailedPeerCertificate)];
  if (!chain.every((one) => isValid(one, rules.now))) return { kind: 'refused', why: 'CERT_HAS_EXPIRED' };
  if (!chain.some(({ raw }) => rules.authorities.has(fingerprintOf(raw))))
    return { kind: 'refused', why: 'its authority is no longer trusted' };
  const { CN, O } = (certificate.subject ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  if (typeof CN !== 'string')
    return { kind: 'refused', why: 'the certificate does not have one common name' };
  return { kind: 'verified', commonName: CN, organisations: O === undefined ? [] : [O].flat() };
}

/** As certificates of a chain are compared. */
export function fingerprintOf(raw: Uint8Array): Fingerprint {
  return createHash('sha256').update(raw).digest('base64url');
}

/** From the certificate to its authority, which Node shows as its own issuer. */
function chainOf(leaf: DetailedPeerCertificate): ReadonlySet<DetailedPeerCertificate> {
  const chain = new Set([leaf]);
  for (let one = issuerOf(leaf); one !== undefined && !chain.has(one); one = issuerOf(one)) chain.add(one);
  return chain;
}

/** Node's types say that there always is one. */
function issuerOf(one: Partial<DetailedPeerCertificate>): DetailedPeerCertificate | undefined {
  return one.issuerCertificate;
}

function isValid({ valid_from: from, valid_to: to }: DetailedPeerCertificate, now: Instant): boolean {
  return Date.parse(from) <= now && now <= Date.parse(to);
}
