import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { signRead } from '../../lib/gateway/sign-read.ts';

const CREDENTIALS = { AccessKeyId: 'AKID', SecretAccessKey: 'a/secret+', Token: 'the//token==' } as const;
const NOW = new Date('2026-11-23T08:09:10.123Z');

describe('a read of an object', () => {
  it.each(['0123456789abcdef.mjs', 'a folder/über.json'])(
    'is signed as the SDK signs it: %s',
    async (key) => {
      const host = 'cdk-assets.s3.eu-west-1.amazonaws.com';
      const { url, headers } = signRead({
        host,
        key,
        region: 'eu-west-1',
        credentials: CREDENTIALS,
        now: NOW,
      });
      const { accessKeyId, secretAccessKey, sessionToken } = {
        accessKeyId: CREDENTIALS.AccessKeyId,
        secretAccessKey: CREDENTIALS.SecretAccessKey,
        sessionToken: CREDENTIALS.Token,
      };
      const signer = new SignatureV4({
        ...{ service: 's3', region: 'eu-west-1', sha256: Sha256, uriEscapePath: false },
        credentials: { accessKeyId, secretAccessKey, sessionToken },
      });
      const { pathname } = new URL(url);
      const signed = await signer.sign(
        {
          ...{ method: 'GET', protocol: 'https:', hostname: host, path: pathname },
          headers: { host, 'x-amz-content-sha256': headers['x-amz-content-sha256'] ?? '' },
        },
        { signingDate: NOW },
      );
      expect(headers).toEqual(signed.headers);
    },
  );
});
