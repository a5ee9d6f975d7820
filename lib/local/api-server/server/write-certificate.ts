import { sign, type KeyObject } from 'node:crypto';

/** Who a certificate is of, or from. */
export interface CertificateName {
  readonly commonName: string;
  readonly organisations?: readonly string[];
}

/** What a certificate says. */
export interface CertificateText {
  readonly subject: CertificateName;
  readonly issuer: CertificateName;
  readonly publicKey: KeyObject;
  readonly isAuthority: boolean;
  /** IPv4 addresses and names that it is good for. */
  readonly hosts?: readonly string[];
  readonly usage?: 'server' | 'client';
  /** UTCTime, `YYMMDDHHMMSSZ`; by default one that never comes. */
  readonly validUntil?: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const OID = {
  commonName: '550403',
  organisation: '55040a',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
  extendedKeyUsage: '551d25',
  server: '2b06010505070301',
  client: '2b06010505070302',
} as const;
const BASIC_CONSTRAINTS_CA = Buffer.from('30030101ff', 'hex');
const TRUE = Buffer.from('0101ff', 'hex');

// Fixed, so that the certificate does not depend on a clock; UTCTime ends with 2049.
const VALID_FROM = '200101000000Z';
const VALID_UNTIL = '491231235959Z';

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), content]);
  const bytes = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const oid = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer): Buffer => element(0x04, content);

function nameOf({ commonName, organisations = [] }: CertificateName): Buffer {
  const part = (type: string, value: string): Buffer =>
    element(SET, element(SEQUENCE, oid(type), element(0x0c, Buffer.from(value))));
  return element(
    SEQUENCE,
    ...organisations.map((value) => part(OID.organisation, value)),
    part(OID.commonName, commonName),
  );
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    /^[\d.]+$/.test(host)
      ? element(0x87, Buffer.from(host.split('.').map(Number)))
      : element(0x82, Buffer.from(host)),
  );
  return element(SEQUENCE, ...names);
}

function extensionsOf({ isAuthority, hosts = [], usage }: CertificateText): Buffer {
  const extension = (type: string, content: Buffer, ...critical: readonly Buffer[]): Buffer =>
    element(SEQUENCE, oid(type), ...critical, octets(content));
  return element(
    SEQUENCE,
    extension(OID.basicConstraints, isAuthority ? BASIC_CONSTRAINTS_CA : element(SEQUENCE), TRUE),
    ...(hosts.length === 0 ? [] : [extension(OID.subjectAltName, alternativeNames(hosts))]),
    ...(usage === undefined ? [] : [extension(OID.extendedKeyUsage, element(SEQUENCE, oid(OID[usage])))]),
  );
}

let serial = 0;

/**
 * The PEM of a certificate, signed with the issuer's key. Node has no maker of certificates: this writes the few DER elements of X.509 v3
 * (RFC 5280) with ECDSA on P-256.
 */
export function writeCertificate(text: CertificateText, issuerKey: KeyObject): string {
  serial += 1;
  const algorithm = element(SEQUENCE, oid(OID.ecdsaWithSha256));
  const time = (value: string): Buffer => element(0x17, Buffer.from(value));
  const body = element(
    SEQUENCE,
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.from(serial < 0x80 ? [serial] : [(serial >> 8) & 0x7f, serial & 0xff])),
    algorithm,
    nameOf(text.issuer),
    element(SEQUENCE, time(VALID_FROM), time(text.validUntil ?? VALID_UNTIL)),
    nameOf(text.subject),
    text.publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, extensionsOf(text)),
  );
  const signature = sign('sha256', body, issuerKey);
  const whole = element(SEQUENCE, body, algorithm, element(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
