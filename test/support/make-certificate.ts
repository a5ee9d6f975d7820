import { generateKeyPairSync, sign } from 'node:crypto';

/** A key and its self-signed certificate, in PEM: at once a server's, a client's and their authority's. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
}

type Bytes = Uint8Array;

/** One DER element. */
function der(tag: number, ...parts: readonly Bytes[]): Bytes {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.from(body.length.toString(16).padStart(4, '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x82), length, body]);
}

const sequence = (...parts: readonly Bytes[]): Bytes => der(0x30, ...parts);
const object = (hex: string): Bytes => der(0x06, Buffer.from(hex, 'hex'));
const text = (value: string): Bytes => der(0x0c, Buffer.from(value));
const octets = (value: Bytes): Bytes => der(0x04, value);
const bits = (value: Bytes): Bytes => der(0x03, Buffer.of(0), value);
const TRUE = der(0x01, Buffer.of(0xff));

const ECDSA_WITH_SHA256 = sequence(object('2a8648ce3d040302'));
const COMMON_NAME = object('550403');
const ORGANISATION = object('55040a');
const BASIC_CONSTRAINTS = object('551d13');
const SUBJECT_ALT_NAME = object('551d11');

function nameOf(commonName: string, organisation: string): Bytes {
  const part = (type: Bytes, value: string): Bytes => der(0x31, sequence(type, text(value)));
  return sequence(part(ORGANISATION, organisation), part(COMMON_NAME, commonName));
}

/** Good from 2020 to 2049, for `localhost` and 127.0.0.1. Made here, because a bare machine has no openssl. */
export function makeCertificate(commonName: string, organisation = 'lambdalet-test'): MadeCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = nameOf(commonName, organisation);
  const time = (value: string): Bytes => der(0x17, Buffer.from(value));
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1)));
  const extensions = sequence(
    sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence(TRUE))),
    sequence(SUBJECT_ALT_NAME, octets(names)),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    ECDSA_WITH_SHA256,
    name,
    sequence(time('200101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = sign('sha256', body, { key: privateKey, dsaEncoding: 'der' });
  const certificate = sequence(body, ECDSA_WITH_SHA256, bits(signature));
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
