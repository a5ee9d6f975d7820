import { AwsError } from '../aws-model.ts';

/** One request to S3 in path style (`/bucket/key`). */
export interface S3Request {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** The answer of S3: XML, an object's content, or nothing. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An operation of the S3 model with its input. */
export interface S3Call {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** HTTP status by error code; anything else is 400. */
const STATUS: Readonly<Record<string, number>> = {
  NoSuchBucket: 404,
  NoSuchKey: 404,
  AccessDenied: 403,
  BucketAlreadyOwnedByYou: 409,
  NotImplemented: 501,
  SlowDown: 503,
  ServiceUnavailable: 503,
  InternalError: 500,
};

/** What a request asks of S3; throws `AwsError` for what the emulator does not have. */
export function readS3Request({ method, url, headers, body }: S3Request): S3Call {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?([\s\S]*)$/.exec(pathname) ?? [];
  const Bucket = decodeURIComponent(bucket);
  const Key = decodeURIComponent(key);
  if (Key !== '') return readObjectCall(method, { Bucket, Key }, headers, body);
  if (method === 'PUT') return { operation: 'CreateBucket', input: { Bucket } };
  if (method === 'GET' && searchParams.get('list-type') === '2')
    return { operation: 'ListObjectsV2', input: { Bucket, ...listInput(searchParams) } };
  if (method === 'POST' && searchParams.has('delete')) {
    demandDigest(headers);
    return { operation: 'DeleteObjects', input: { Bucket, Keys: keysIn(Buffer.from(body).toString()) } };
  }
  throw notImplemented(`${method} ${pathname}`);
}

function readObjectCall(
  method: string,
  at: { readonly Bucket: string; readonly Key: string },
  headers: S3Request['headers'],
  body: Uint8Array,
): S3Call {
  const operations: Readonly<Record<string, string>> = {
    PUT: 'PutObject',
    GET: 'GetObject',
    HEAD: 'HeadObject',
    DELETE: 'DeleteObject',
  };
  const operation = operations[method];
  if (operation === undefined) throw notImplemented(method);
  if (operation !== 'PutObject') return { operation, input: at };
  if (textOf(headers['content-encoding'])?.includes('aws-chunked') === true)
    throw notImplemented('a body in signed chunks');
  const ServerSideEncryption = textOf(headers['x-amz-server-side-encryption']);
  const SSEKMSKeyId = textOf(headers['x-amz-server-side-encryption-aws-kms-key-id']);
  return {
    operation,
    input: {
      ...at,
      Body: body,
      ...(ServerSideEncryption !== undefined && { ServerSideEncryption }),
      ...(SSEKMSKeyId !== undefined && { SSEKMSKeyId }),
    },
  };
}

function listInput(query: URLSearchParams): Readonly<Record<string, unknown>> {
  const Prefix = query.get('prefix');
  const MaxKeys = query.get('max-keys');
  const ContinuationToken = query.get('continuation-token');
  if (query.has('delimiter')) throw notImplemented('a delimiter');
  return {
    ...(Prefix !== null && { Prefix }),
    ...(MaxKeys !== null && { MaxKeys: Number(MaxKeys) }),
    ...(ContinuationToken !== null && { ContinuationToken }),
  };
}

/** S3 takes no DeleteObjects without a digest of its body. */
function demandDigest(headers: S3Request['headers']): void {
  const names = Object.keys(headers);
  const isDigest = (name: string): boolean => name === 'content-md5' || /^x-amz-checksum-/.test(name);
  if (!names.some(isDigest))
    throw new AwsError('InvalidRequest', 'Missing required header for this request: Content-MD5');
}

/** How S3 answers an operation of the model. */
export function writeS3Answer({ operation }: S3Call, output: unknown): S3Answer {
  const result = output as Readonly<Record<string, unknown>>;
  const write = ANSWERS[operation];
  if (write !== undefined) return write(result);
  return { status: operation === 'DeleteObject' ? 204 : 200, headers: {}, body: '' };
}

/** Operations whose answer says something. */
const ANSWERS: Readonly<Record<string, (result: Readonly<Record<string, unknown>>) => S3Answer>> = {
  GetObject: (result) => ({
    status: 200,
    headers: objectHeaders(result),
    body: result['Body'] as Uint8Array,
  }),
  HeadObject: (result) => ({ status: 200, headers: objectHeaders(result), body: '' }),
  PutObject: ({ ETag, ServerSideEncryption }) => ({
    status: 200,
    headers: { etag: String(ETag), 'x-amz-server-side-encryption': String(ServerSideEncryption) },
    body: '',
  }),
  ListObjectsV2: (result) =>
    xml(200, `<ListBucketResult ${NAMESPACE}>${elements(result)}</ListBucketResult>`),
  DeleteObjects: (result) => xml(200, `<DeleteResult ${NAMESPACE}>${elements(result)}</DeleteResult>`),
};

function objectHeaders({ ETag, LastModified }: Readonly<Record<string, unknown>>): Record<string, string> {
  return {
    etag: String(ETag),
    'last-modified': new Date(Number(LastModified)).toUTCString(),
    'content-type': 'application/octet-stream',
  };
}

/** How S3 tells an error. */
export function writeS3Error(error: AwsError): S3Answer {
  const members = { Code: error.type, Message: error.message, ...error.members, RequestId: 'local' };
  return xml(STATUS[error.type] ?? 400, `<Error>${elements(members)}</Error>`);
}

function xml(status: number, body: string): S3Answer {
  return { status, headers: { 'content-type': 'application/xml' }, body: XML + body };
}

/** Members as elements; a list repeats its element. */
function elements(members: Readonly<Record<string, unknown>>): string {
  return Object.entries(members)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => element(name, one)))
    .join('');
}

function element(name: string, value: unknown): string {
  const inner =
    typeof value === 'object' && value !== null
      ? elements(value as Readonly<Record<string, unknown>>)
      : escape(String(value));
  return `<${name}>${inner}</${name}>`;
}

const ENTITIES: readonly (readonly [string, string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
];

function escape(text: string): string {
  return ENTITIES.reduce((escaped, [plain, entity]) => escaped.replaceAll(plain, entity), text);
}

function keysIn(body: string): readonly string[] {
  return [...body.matchAll(/<Key>([\s\S]*?)<\/Key>/g)].map(([, key = '']) =>
    ENTITIES.reduceRight((text, [plain, entity]) => text.replaceAll(entity, plain), key),
  );
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

function notImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', `The emulator does not have ${what}.`);
}
