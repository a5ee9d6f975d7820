import { createHash, createHmac } from 'node:crypto';

/** Credentials as ECS hands them to the containers of a task. */
export interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
}

/** Which object is read, with whose rights and when. */
interface SignedRead {
  readonly host: string;
  /** Without a leading slash. */
  readonly key: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly now: Date;
}

/** SHA-256 of nothing, in hex: a GET has no body. */
const EMPTY = createHash('sha256').digest('hex');

/**
 * A GET of an S3 object, signed with Signature Version 4. By hand, because it travels in the command of a container, where the SDK has no
 * room; it is held to the signer of the SDK by a test.
 */
export function signRead(read: SignedRead): {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  const { host, key, region, credentials, now } = read;
  const at = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = at.slice(0, 8);
  const path = `/${key.split('/').map(encodeURIComponent).join('/')}`;
  const headers = {
    host,
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': at,
    'x-amz-security-token': credentials.Token,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ['GET', path, '', lines.join(''), names, EMPTY].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', at, scope, createHash('sha256').update(request).digest('hex')].join('\n');
  const signingKey = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.SecretAccessKey}`,
  );
  const signature = createHmac('sha256', signingKey).update(text).digest('hex');
  return {
    url: `https://${host}${path}`,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.AccessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    },
  };
}
