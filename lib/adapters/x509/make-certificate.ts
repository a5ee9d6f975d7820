import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, element, integer, octets, oid, pem, sequence, set, tagged, text, time } from './der.ts';

// Node has no maker of certificates. What is made here is the little of RFC 5280 and RFC 2986 that a server and its callers need, with ECDSA
// on P-256; the tests hold it to OpenSSL and to kube-controller-manager.

/** A name in a certificate. */
export interface DistinguishedName {
  readonly commonName: string;
  readonly organisations?: readonly string[];
}

/** Whose certificate it is, and for which hosts: IPv4 addresses and names. */
export interface Subject extends DistinguishedName {
  readonly hosts?: readonly string[];
}

/** When a certificate is good. */
export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

/** What a certificate says. */
export interface CertificateText {
  readonly subject: Subject;
  readonly issuer: DistinguishedName;
  readonly publicKey: KeyObject;
  readonly isAuthority: boolean;
  readonly validity: Validity;
  /** What it is good for; absent: whatever. */
  readonly usage?: 'server' | 'client';
}

const ALGORITHM = sequence(oid('ecdsaWithSha256'));
const TRUE = Buffer.from('0101ff', 'hex');

/** A new key of ECDSA on P-256, in PEM (PKCS #8), and as what signs. */
export function makeKey(): {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly pem: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

type Key = Pick<ReturnType<typeof makeKey>, 'privateKey' | 'publicKey'>;

/** A certificate in PEM, signed with its issuer's key. */
export function certify(
  { subject, issuer, publicKey, isAuthority, validity, usage }: CertificateText,
  issuerKey: KeyObject,
): string {
  const { from, until } = validity;
  const { hosts = [] } = subject;
  const extensions = sequence(
    sequence(oid('basicConstraints'), TRUE, octets(isAuthority ? sequence(TRUE) : sequence())),
    ...(hosts.length === 0 ? [] : [alternativeNames(hosts)]),
    ...(usage === undefined ? [] : [sequence(oid('extendedKeyUsage'), octets(sequence(oid(usage))))]),
  );
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    // The first byte is never 0: DER wants the shortest form.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ALGORITHM,
    nameOf(issuer),
    sequence(time(from), time(until)),
    nameOf(subject),
    encoded(publicKey),
    tagged(3, extensions),
  );
  return pem('CERTIFICATE', signed(body, issuerKey));
}

/** A certificate that is its own authority, in PEM. */
export function selfSign(subject: Subject, { publicKey, privateKey }: Key, validity: Validity): string {
  return certify({ subject, issuer: subject, publicKey, isAuthority: true, validity }, privateKey);
}

/** A request for a certificate (PKCS #10), in PEM. */
export function requestCertificate(subject: Subject, { publicKey, privateKey }: Key): string {
  const names = sequence(alternativeNames(subject.hosts ?? []));
  const extensions = sequence(oid('extensionRequest'), set(names));
  const body = sequence(
    integer(Buffer.from([0])),
    nameOf(subject),
    encoded(publicKey),
    tagged(0, extensions),
  );
  return pem('CERTIFICATE REQUEST', signed(body, privateKey));
}

function signed(body: Buffer, key: KeyObject): Buffer {
  return sequence(body, ALGORITHM, bits(sign('sha256', body, { key, dsaEncoding: 'der' })));
}

function encoded(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function nameOf({ commonName, organisations = [] }: DistinguishedName): Buffer {
  return sequence(
    ...organisations.map((one) => set(sequence(oid('organisation'), text(one)))),
    set(sequence(oid('commonName'), text(commonName))),
  );
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? element(0x87, Buffer.from(host.split('.').map(Number))) : element(0x82, Buffer.from(host)),
  );
  return sequence(oid('subjectAltName'), octets(sequence(...names)));
}
