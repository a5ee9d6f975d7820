import { generateKeyPairSync, sign } from 'node:crypto';

/** A key and a certificate that is its own authority, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const OID = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
} as const;
const BASIC_CONSTRAINTS_CA = Buffer.from('30030101ff', 'hex');

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
const nameOf = (commonName: string): Buffer =>
  element(
    SEQUENCE,
    element(SET, element(SEQUENCE, oid(OID.commonName), element(0x0c, Buffer.from(commonName)))),
  );

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    /^[\d.]+$/.test(host)
      ? element(0x87, Buffer.from(host.split('.').map(Number)))
      : element(0x82, Buffer.from(host)),
  );
  return element(SEQUENCE, ...names);
}

/**
 * A fresh self-signed certificate for the hosts (IPv4 addresses and names). kubectl sends a token only over TLS, and Node has no
 * maker of certificates: this writes the few DER elements of an X.509 v3 certificate (RFC 5280) with ECDSA on P-256.
 */
export function createSelfSignedCertificate(hosts: readonly string[]): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = element(SEQUENCE, oid(OID.ecdsaWithSha256));
  const name = nameOf('lambdalet-local');
  const extensions = element(
    SEQUENCE,
    element(SEQUENCE, oid(OID.basicConstraints), Buffer.from('0101ff', 'hex'), octets(BASIC_CONSTRAINTS_CA)),
    element(SEQUENCE, oid(OID.subjectAltName), octets(alternativeNames(hosts))),
  );
  const body = element(
    SEQUENCE,
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.from([1])),
    algorithm,
    name,
    element(SEQUENCE, element(0x17, Buffer.from(VALID_FROM)), element(0x17, Buffer.from(VALID_UNTIL))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = element(SEQUENCE, body, algorithm, element(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
