import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isObject } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';

/** Who signs the tokens of service accounts, and knows them again. */
export interface TokenSigner {
  /** A JWT with these claims. */
  sign(claims: JsonObject): string;
  /** The claims of a token that this signer has signed, whether or not it has ended. */
  verify(token: string): JsonObject | undefined;
}

const HASH = 'sha256';
const encode = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Signs with a key of its own, ES256, made when the first token is asked for. */
export function createTokenSigner(): TokenSigner {
  let made: KeyObject | undefined;
  const key = (): KeyObject => (made ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  return {
    sign: (claims) => {
      const privateKey = key();
      const content = `${encode({ alg: 'ES256', kid: keyIdOf(privateKey) })}.${encode(claims)}`;
      const signature = sign(HASH, Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${content}.${signature.toString('base64url')}`;
    },
    verify: (token) => {
      const [header = '', claims = '', signature = ''] = token.split('.');
      const isOurs = verify(
        HASH,
        Buffer.from(`${header}.${claims}`),
        { key: createPublicKey(key()), dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      );
      if (!isOurs) return undefined;
      const parsed = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Json;
      return isObject(parsed) ? parsed : undefined;
    },
  };
}

/** As kube-apiserver names its keys: the hash of the public one. */
function keyIdOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return createHash(HASH).update(der).digest('base64url');
}
