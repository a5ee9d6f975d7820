import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, element, integer, octets, oid, pem, sequence, set, tagged, text, time } from './der.ts';

// Node has no maker of certificates. What is made here is the little of RFC 5280 and RFC 2986 that a server needs, with ECDSA on P-256;
// the tests hold it to OpenSSL and to kube-controller-manager.

/** Whose certificate it is, and for which hosts: IPv4 addresses and names. */
export interface Subject {
  readonly commonName: string;
  readonly organisation?: string;
  readonly hosts: readonly string[];
}

/** When a certificate is good. */
interface Validity {
  readonly from: Date;
  readonly until: Date;
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

/** A certificate that is its own authority, in PEM. */
export function selfSign(subject: Subject, key: Key, { from, until }: Validity): string {
  const serial = randomBytes(15);
  const name = nameOf(subject);
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    // The first byte is never 0: DER wants the shortest form.
    integer(Buffer.concat([Buffer.from([1]), serial])),
    ALGORITHM,
    name,
    sequence(time(from), time(until)),
    name,
    publicKeyOf(key),
    tagged(
      3,
      sequence(sequence(oid('basicConstraints'), TRUE, octets(sequence(TRUE))), alternativeNames(subject)),
    ),
  );
  return pem('CERTIFICATE', signed(body, key));
}

/** A request for a certificate (PKCS #10), in PEM. */
export function requestCertificate(subject: Subject, key: Key): string {
  const extensions = sequence(oid('extensionRequest'), set(sequence(alternativeNames(subject))));
  const body = sequence(integer(Buffer.from([0])), nameOf(subject), publicKeyOf(key), tagged(0, extensions));
  return pem('CERTIFICATE REQUEST', signed(body, key));
}

function signed(body: Buffer, { privateKey }: Key): Buffer {
  return sequence(body, ALGORITHM, bits(sign('sha256', body, { key: privateKey, dsaEncoding: 'der' })));
}

function publicKeyOf({ publicKey }: Key): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function nameOf({ commonName, organisation }: Subject): Buffer {
  return sequence(
    ...(organisation === undefined ? [] : [set(sequence(oid('organisation'), text(organisation)))]),
    set(sequence(oid('commonName'), text(commonName))),
  );
}

function alternativeNames({ hosts }: Subject): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? element(0x87, Buffer.from(host.split('.').map(Number))) : element(0x82, Buffer.from(host)),
  );
  return sequence(oid('subjectAltName'), octets(sequence(...names)));
}
