import { readS3Request } from '../../../lib/local/aws/s3/s3-http.ts';
import type { IamRequest } from './evaluate-policy.ts';

/** One call as it came over the wire. */
export interface WireCall {
  /** The service that the signature names: `ecs`, `dynamodb`, `s3`, .. */
  readonly service: string;
  /** From `x-amz-target`; empty for S3. */
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** Where the resources of the test are. */
interface Place {
  readonly account: string;
  readonly region: string;
}

type Input = Readonly<Record<string, unknown>>;

/**
 * What IAM is asked for one call: its action on each resource that it names, with the condition keys that our policies look at, and
 * the actions that hang on it (tags at birth, roles that are passed). After the Service Authorization Reference of each service.
 */
export function askIam(call: WireCall, place: Place): readonly IamRequest[] {
  switch (call.service) {
    case 'dynamodb':
      return askDynamo(call.operation, inputOf(call), place);
    case 'ecs':
      return askEcs(call.operation, inputOf(call), place);
    case 's3':
      return askS3(call);
    case 'secretsmanager':
      return askSecrets(call.operation, inputOf(call), place);
    case 'sqs':
      return askSqs(call.operation, inputOf(call), place);
    case 'events':
      return askEvents(call.operation, inputOf(call), place);
    case 'servicequotas':
    case 'monitoring':
      return [ask(`${call.service === 'monitoring' ? 'cloudwatch' : call.service}:${call.operation}`, '*')];
  }
  throw new Error(
    `A function calls ${call.service}.${call.operation}: say in ask-iam.ts what IAM is asked for it`,
  );
}

function ask(action: string, resource: string, context: IamRequest['context'] = {}): IamRequest {
  return { action, resource, context };
}

function inputOf({ body }: WireCall): Input {
  return JSON.parse(body.toString() || '{}') as Input;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const record = (value: unknown): Input =>
  typeof value === 'object' && value !== null ? (value as Input) : {};
const arn = ({ region, account }: Place, service: string, rest: string): string =>
  `arn:aws:${service}:${region}:${account}:${rest}`;

function askDynamo(operation: string, input: Input, place: Place): readonly IamRequest[] {
  const tables: readonly (readonly [string, readonly string[]])[] =
    operation === 'BatchGetItem'
      ? Object.entries(record(input['RequestItems'])).map(([table, request]) => [
          table,
          list(record(request)['Keys']).map(partitionOf),
        ])
      : [[text(input['TableName']), [partitionIn(input)]]];
  return tables.map(([table, leadingKeys]) =>
    ask(`dynamodb:${operation}`, arn(place, 'dynamodb', `table/${table}`), {
      'dynamodb:LeadingKeys': [...new Set(leadingKeys)],
      'dynamodb:Attributes': [
        'pk',
        'sk',
        ...Object.values(record(input['ExpressionAttributeNames'])).map(text),
      ],
    }),
  );
}

function partitionOf(key: unknown): string {
  return text(record(record(key)['pk'])['S']);
}

/** The partition of a key, or of the condition of a query. */
function partitionIn(input: Input): string {
  if (input['Key'] !== undefined) return partitionOf(input['Key']);
  if (input['Item'] !== undefined) return partitionOf(input['Item']);
  const condition = text(input['KeyConditionExpression']);
  const named = Object.entries(record(input['ExpressionAttributeNames'])).find(([, name]) => name === 'pk');
  const place = new RegExp(`${named?.[0] ?? 'pk'}\\s*=\\s*(:\\w+)`).exec(condition)?.[1] ?? '';
  return text(record(record(input['ExpressionAttributeValues'])[place])['S']);
}

function askEcs(operation: string, input: Input, place: Place): readonly IamRequest[] {
  const cluster = arn(place, 'ecs', `cluster/${text(input['cluster']).split('/').at(-1)}`);
  const inCluster = { 'ecs:cluster': [cluster] };
  const tasks = arn(place, 'ecs', `task/${text(input['cluster']).split('/').at(-1)}`);
  const family = (name: unknown): string =>
    text(name).startsWith('arn:') ? text(name) : arn(place, 'ecs', `task-definition/${text(name)}`);
  const action = `ecs:${operation}`;
  switch (operation) {
    case 'RegisterTaskDefinition':
      return [
        ask(action, '*'),
        ...tagsAtBirth(input, operation, `${family(input['family'])}:1`),
        ...passed([input['taskRoleArn'], input['executionRoleArn']]),
      ];
    case 'RunTask': {
      const overrides = record(input['overrides']);
      return [
        ask(action, family(input['taskDefinition']), inCluster),
        ...tagsAtBirth(input, operation, `${tasks}/0123456789abcdef`),
        ...passed([overrides['taskRoleArn'], overrides['executionRoleArn']]),
      ];
    }
    case 'StopTask':
      return [ask(action, text(input['task']), inCluster)];
    case 'DescribeTasks':
      return list(input['tasks']).map((task) => ask(action, text(task), inCluster));
    case 'ListTasks':
      return [ask(action, '*', inCluster)];
  }
  return [ask(action, '*')];
}

function tagsAtBirth(input: Input, operation: string, resource: string): readonly IamRequest[] {
  if (list(input['tags']).length === 0) return [];
  return [ask('ecs:TagResource', resource, { 'ecs:CreateAction': [operation] })];
}

function passed(roles: readonly unknown[]): readonly IamRequest[] {
  return roles.flatMap((role) =>
    role === undefined
      ? []
      : [ask('iam:PassRole', text(role), { 'iam:PassedToService': ['ecs-tasks.amazonaws.com'] })],
  );
}

function askS3({ method, url, headers, body }: WireCall): readonly IamRequest[] {
  const { operation, input } = readS3Request({ method, url, headers, body });
  const bucket = `arn:aws:s3:::${text(input['Bucket'])}`;
  switch (operation) {
    case 'ListObjectsV2':
      return [ask('s3:ListBucket', bucket, { 's3:prefix': [text(input['Prefix'])] })];
    case 'DeleteObjects':
      return list(input['Keys']).map((key) => ask('s3:DeleteObject', `${bucket}/${text(key)}`));
  }
  return [ask(`s3:${operation}`, `${bucket}/${text(input['Key'])}`)];
}

function askSecrets(operation: string, input: Input, place: Place): readonly IamRequest[] {
  const action = `secretsmanager:${operation}`;
  if (operation === 'ListSecrets') return [ask(action, '*')];
  const named = text(input['SecretId'] ?? input['Name']);
  // Secrets Manager appends a dash and six characters to the name.
  const secret = named.startsWith('arn:') ? named : arn(place, 'secretsmanager', `secret:${named}-AbCdEf`);
  const tags = list(input['Tags']).length > 0 && operation === 'CreateSecret';
  return [ask(action, secret), ...(tags ? [ask('secretsmanager:TagResource', secret)] : [])];
}

function askSqs(operation: string, input: Input, place: Place): readonly IamRequest[] {
  // A batch is allowed by the action of one.
  const action = `sqs:${operation.replace(/Batch$/, '')}`;
  return [ask(action, arn(place, 'sqs', text(input['QueueUrl']).split('/').at(-1) ?? ''))];
}

function askEvents(operation: string, input: Input, place: Place): readonly IamRequest[] {
  const buses = new Set(
    list(input['Entries']).map((entry) => text(record(entry)['EventBusName']) || 'default'),
  );
  return [...buses].map((bus) =>
    ask(`events:${operation}`, bus.startsWith('arn:') ? bus : arn(place, 'events', `event-bus/${bus}`)),
  );
}
