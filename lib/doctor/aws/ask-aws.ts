import { setTimeout as sleep } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { at, read, textOf, type JsonLike } from '../../local/explain/read-path.ts';
import { AWS_SERVICES, type AwsService, type AwsServiceShape } from './aws-services.ts';
import { AwsRefusal, refusalOf } from './aws-refusal.ts';
import { encodeQuery } from './encode-query.ts';
import { locateService } from './locate-service.ts';
import { readXml } from './read-xml.ts';

/** As whom, and where, AWS is asked. */
export interface AwsSession {
  readonly region: string;
  /** Domain of the partition. */
  readonly domain: string;
  readonly credentials: () => Promise<{
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  }>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** AWS, for questions only. */
export interface Aws {
  readonly region: string;
  /**
   * The answer to a question, XML as JSON-like data.
   * @param input - with the names of the wire; of `eks`: `{ path }`
   * @throws AwsRefusal
   */
  ask(service: AwsService, operation: string, input?: JsonLike): Promise<JsonLike>;
}

/** What only reads, by the verbs of AWS. Nothing else is ever sent. */
const READS = /^(Describe|Get|Head|List)[A-Z][A-Za-z]*$/;
const TIMEOUT_MS = 15_000;
const ATTEMPTS = 3;
const PAUSE_MS = 400;

/**
 * Asks AWS by signed requests of its own. A client of the SDK for each of these services would be 50 MB more in every installation,
 * for two dozen questions; and here stands the one place that lets nothing but reads through.
 */
export function createAws(session: AwsSession): Aws {
  return {
    region: session.region,
    ask: async (service, operation, input = {}) => {
      if (!READS.test(operation)) throw new TypeError(`${operation} is no question: it is never sent`);
      const question: Question = { service, operation, input, shape: AWS_SERVICES[service] };
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send(session, question);
        if (answer.status < 300) return bodyOf(question, answer);
        if (attempt === ATTEMPTS || !isPassing(answer)) throw refusalIn(question, answer);
        await sleep(PAUSE_MS * 2 ** (attempt - 1));
      }
    },
  };
}

interface Question {
  readonly service: AwsService;
  readonly operation: string;
  readonly input: JsonLike;
  readonly shape: AwsServiceShape;
}

interface Answer {
  readonly status: number;
  readonly errorType: string;
  readonly text: string;
}

async function send(session: AwsSession, question: Question): Promise<Answer> {
  const { shape, input } = question;
  const { url, region } = locateService(shape, session, session.environment);
  const target = new URL(shape.protocol === 'rest' ? `${url}${textOf(input['path'], '/')}` : `${url}/`);
  const { headers, body } = messageOf(question);
  const signer = new SignatureV4({
    ...{ service: shape.signedAs ?? shape.host, region, sha256: Sha256 },
    credentials: await session.credentials(),
  });
  const method = body === undefined ? 'GET' : 'POST';
  const signed = await signer.sign({
    ...{ method, protocol: target.protocol, hostname: target.hostname, path: target.pathname },
    query: Object.fromEntries(target.searchParams),
    headers: { ...headers, host: target.host },
    ...(body !== undefined && { body }),
  });
  try {
    const response = await fetch(target, {
      ...{ method, headers: signed.headers, signal: AbortSignal.timeout(TIMEOUT_MS) },
      ...(body !== undefined && { body }),
    });
    const errorType = response.headers.get('x-amzn-errortype') ?? '';
    return { status: response.status, errorType, text: await response.text() };
  } catch (error) {
    const why =
      error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : String(error);
    throw new AwsRefusal('NoAnswer', `${actionOf(question)} got no answer from ${target.host} (${why})`, {
      cause: error,
    });
  }
}

function messageOf({ operation, input, shape }: Question): {
  readonly headers: Record<string, string>;
  readonly body?: string;
} {
  switch (shape.protocol) {
    case 'rest':
      return { headers: {} };
    case 'json':
      return {
        headers: {
          'content-type': `application/x-amz-json-${shape.jsonVersion ?? '1.1'}`,
          'x-amz-target': `${shape.target ?? ''}.${operation}`,
        },
        body: JSON.stringify(input),
      };
    case 'ec2':
    case 'query': {
      const lists = shape.protocol === 'ec2' ? 'flat' : 'member';
      return {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: encodeQuery({ operation, version: shape.version ?? '', lists }, input),
      };
    }
  }
}

/** `iam:GetRole`: the action that a policy must allow. */
function actionOf({ service, operation }: Question): string {
  return `${service}:${operation}`;
}

function bodyOf(question: Question, { text }: Answer): JsonLike {
  const { operation, shape } = question;
  try {
    if (shape.protocol === 'json' || shape.protocol === 'rest') return JSON.parse(text) as JsonLike;
    const answer = at(readXml(text), [`${operation}Response`]);
    return shape.protocol === 'ec2' ? answer : at(answer, [`${operation}Result`]);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = `${actionOf(question)} was answered by something that is not ${question.service}`;
    throw new AwsRefusal('NoAnswer', message, { cause: error });
  }
}

/** Too many questions, or a fault of the service: asked again. */
function isPassing(answer: Answer): boolean {
  return answer.status >= 500 || /Throttl|TooManyRequests|RequestLimitExceeded/.test(codeIn(answer).code);
}

function refusalIn(question: Question, answer: Answer): AwsRefusal {
  const { code, message } = codeIn(answer);
  return refusalOf(actionOf(question), code, message);
}

function codeIn({ status, errorType, text }: Answer): { readonly code: string; readonly message: string } {
  const body = errorBody(text);
  const error = at(body, ['ErrorResponse', 'Error']);
  const ec2 = at(body, ['Response', 'Errors', 'Error']);
  const said = [body['__type'], errorType, error['Code'], ec2['Code'], body['code']].map((one) =>
    textOf(one, ''),
  );
  const code = said.find((one) => one !== '') ?? `HTTP ${status}`;
  const message = [body['message'], body['Message'], error['Message'], ec2['Message']].map((one) =>
    textOf(one, ''),
  );
  // `com.amazonaws.sqs#QueueDoesNotExist`, and `ResourceNotFoundException:http://..` in headers.
  return {
    code: code.replace(/^.*#/, '').replace(/:.*$/, ''),
    message: message.find((one) => one !== '') ?? '',
  };
}

function errorBody(text: string): JsonLike {
  try {
    return text.trimStart().startsWith('<') ? readXml(text) : at(JSON.parse(text), []);
  } catch {
    return {};
  }
}

/** All pages of a list: `next` names the token in the answer, and `token` in the question. */
export async function* pagesOf(
  aws: Aws,
  [service, operation]: readonly [AwsService, string],
  input: JsonLike,
  { next = 'nextToken', token = 'NextToken' }: { readonly next?: string; readonly token?: string } = {},
): AsyncGenerator<JsonLike> {
  let more = '';
  do {
    const page = await aws.ask(service, operation, more === '' ? input : { ...input, [token]: more });
    yield page;
    more = textOf(read(page, [next]), '');
  } while (more !== '');
}
