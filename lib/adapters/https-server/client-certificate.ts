import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../../kubelet-api/identity/identify-caller.ts';

/** What TLS found of the certificate that the other side showed, if any. A name is one only when there is exactly one. */
export function clientCertificateOf(
  socket: Pick<TLSSocket, 'authorized' | 'authorizationError' | 'getPeerCertificate'>,
): ClientCertificate {
  const certificate = socket.getPeerCertificate() as Partial<ReturnType<TLSSocket['getPeerCertificate']>>;
  if (certificate.raw === undefined) return { kind: 'none' };
  if (!socket.authorized) return { kind: 'refused', why: String(socket.authorizationError) };
  const { CN, O } = (certificate.subject ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  if (typeof CN !== 'string')
    return { kind: 'refused', why: 'the certificate does not have one common name' };
  return { kind: 'verified', commonName: CN, organisations: O === undefined ? [] : [O].flat() };
}
