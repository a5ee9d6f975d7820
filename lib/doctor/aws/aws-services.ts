/** How a service is spoken to. The names are those of its IAM actions. */
export interface AwsServiceShape {
  /**
   * `ec2` and `query`: a form and XML (https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html and ..aws-query-protocol.html);
   * `json`: JSON with the operation in a header; `rest`: a path for each operation.
   */
  readonly protocol: 'ec2' | 'query' | 'json' | 'rest';
  /** What stands in `AWS_ENDPOINT_URL_<..>`. */
  readonly variable: string;
  /** The first label of its host, which is also what a signature is for, unless `signedAs` says otherwise. */
  readonly host: string;
  readonly signedAs?: string;
  /** Of forms: the version of the API. */
  readonly version?: string;
  /** Of JSON: what stands before the operation, and the version of the media type. */
  readonly target?: string;
  readonly jsonVersion?: '1.0' | '1.1';
  /** One endpoint for the whole partition. */
  readonly isGlobal?: true;
}

const json = (host: string, variable: string, target: string, jsonVersion: '1.0' | '1.1' = '1.1') =>
  ({ protocol: 'json', host, variable, target, jsonVersion }) as const;
const query = (host: string, variable: string, version: string) =>
  ({ protocol: 'query', host, variable, version }) as const;

/** The services that are asked. */
export const AWS_SERVICES = {
  cloudformation: query('cloudformation', 'CLOUDFORMATION', '2010-05-15'),
  cloudwatch: json('monitoring', 'CLOUDWATCH', 'GraniteServiceVersion20100801', '1.0'),
  dynamodb: json('dynamodb', 'DYNAMODB', 'DynamoDB_20120810', '1.0'),
  ec2: { protocol: 'ec2', host: 'ec2', variable: 'EC2', version: '2016-11-15' },
  ecs: json('ecs', 'ECS', 'AmazonEC2ContainerServiceV20141113'),
  eks: { protocol: 'rest', host: 'eks', variable: 'EKS' },
  events: json('events', 'EVENTBRIDGE', 'AWSEvents'),
  iam: { ...query('iam', 'IAM', '2010-05-08'), isGlobal: true },
  kms: json('kms', 'KMS', 'TrentService'),
  secretsmanager: json('secretsmanager', 'SECRETS_MANAGER', 'secretsmanager'),
  servicequotas: json('servicequotas', 'SERVICE_QUOTAS', 'ServiceQuotasV20190624'),
  sns: query('sns', 'SNS', '2010-03-31'),
  sqs: json('sqs', 'SQS', 'AmazonSQS', '1.0'),
  ssm: json('ssm', 'SSM', 'AmazonSSM'),
  sts: query('sts', 'STS', '2011-06-15'),
} as const satisfies Readonly<Record<string, AwsServiceShape>>;

/** A service that is asked. */
export type AwsService = keyof typeof AWS_SERVICES;
