// AWS as a script: one server for all services, which knows its questions by what is signed and sent.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A question as it was asked. */
export interface AwsQuestion {
  /** `ec2:DescribeSubnets` */
  readonly action: string;
  /** JSON, or the fields of the form. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly region: string;
}

/** A refusal, by the code that the service has for it. */
export class Refusal {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status = 400) {
    this.code = code;
    this.status = status;
  }
}

/** An answer that depends on the question. */
type AnswerByQuestion = (question: AwsQuestion) => object;

/** What is answered: data, a refusal, or either by the question. */
export type AwsAnswer = object | AnswerByQuestion;

/** Answers by action; what is not in it is refused as an unknown operation. */
export type AwsScript = Readonly<Record<string, AwsAnswer>>;

export interface ScriptedAws {
  readonly url: string;
  readonly asked: readonly AwsQuestion[];
  /** Other answers from now on. */
  change(script: AwsScript): void;
  close(): Promise<void>;
}

/** The services by the name that their signatures are for. */
const SIGNED: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

export async function startScriptedAws(first: AwsScript): Promise<ScriptedAws> {
  let script = first;
  const asked: AwsQuestion[] = [];
  const server = createServer((request, response) => {
    void read(request).then((question) => {
      asked.push(question);
      const scripted = script[question.action] ?? new Refusal('UnknownOperationException');
      const answer = typeof scripted === 'function' ? (scripted as AnswerByQuestion)(question) : scripted;
      const isForm = String(request.headers['content-type']).includes('form');
      const refused = answer instanceof Refusal;
      response.writeHead(refused ? answer.status : 200);
      response.end(
        isForm ? xmlOf(question, answer) : JSON.stringify(refused ? { __type: answer.code } : answer),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    change: (next) => (script = next),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<AwsQuestion> {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(String(request.headers.authorization));
  const [, region = '', signed = ''] = scope ?? [];
  const body = await text(request);
  const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
  const form = new URLSearchParams(body);
  const operation = target ?? form.get('Action') ?? `GET ${request.url ?? ''}`;
  const input =
    target === undefined ? Object.fromEntries(form) : (JSON.parse(body) as Record<string, unknown>);
  return { action: `${SIGNED[signed] ?? signed}:${operation}`, input, region };
}

/** As the query protocols answer. */
function xmlOf({ action }: AwsQuestion, answer: object): string {
  const [service = '', operation = ''] = action.split(':');
  const isEc2 = service === 'ec2';
  if (answer instanceof Refusal) {
    const error = { Code: answer.code, Message: 'said by the script' };
    return isEc2
      ? `<?xml version="1.0"?>${element('Response', { Errors: { Error: error } }, 'item')}`
      : element('ErrorResponse', { Error: { Type: 'Sender', ...error } }, 'member');
  }
  const body = isEc2 ? answer : { [`${operation}Result`]: answer, ResponseMetadata: { RequestId: 'id' } };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(`${operation}Response`, body, isEc2 ? 'item' : 'member')}`;
}

function element(name: string, value: unknown, item: 'item' | 'member'): string {
  return `<${name}>${contentOf(value, item)}</${name}>`;
}

function contentOf(value: unknown, item: 'item' | 'member'): string {
  if (Array.isArray(value)) return value.map((one) => element(item, one, item)).join('');
  if (typeof value !== 'object' || value === null)
    return String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
  return Object.entries(value)
    .map(([key, inner]) => element(key, inner, item))
    .join('\n');
}
