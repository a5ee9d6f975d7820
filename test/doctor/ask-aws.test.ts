import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAws, pagesOf, type Aws } from '../../lib/doctor/aws/ask-aws.ts';
import { AWS_SERVICES, type AwsService } from '../../lib/doctor/aws/aws-services.ts';
import { encodeQuery } from '../../lib/doctor/aws/encode-query.ts';
import { locateService } from '../../lib/doctor/aws/locate-service.ts';
import { readXml } from '../../lib/doctor/aws/read-xml.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

const REGION = 'eu-west-1';
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };
let server: Server;
let endpoint: string;
let seen: Seen[] = [];
let replies: Reply[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      response.writeHead(reply?.status ?? 200, reply?.headers).end(reply?.body ?? '{}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  seen = [];
  replies = [];
});

function awsAt(url = endpoint): Aws {
  return createAws({
    ...{ region: REGION, domain: 'amazonaws.com' },
    credentials: () => Promise.resolve(CREDENTIALS),
    environment: { AWS_ENDPOINT_URL: url },
  });
}

/** What of a request says to a service what is asked, and by whom. */
function essence({ method, url, headers, body }: Seen): object {
  const [, scope] = /Credential=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  return {
    ...{ method, url, scope: scope?.split('/').slice(2) },
    target: headers['x-amz-target'],
    type: headers['content-type'],
    body: JSON.parse(body) as unknown,
  };
}

describe('a question to AWS', () => {
  const config = { endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  const at = () => ({ ...config, endpoint });
  const start = new Date('2026-11-23T00:00:00Z');
  const metric = {
    Namespace: 'AWS/Usage',
    MetricName: 'ResourceCount',
    Statistics: ['Maximum' as const],
    Period: 300,
  };
  const rows: readonly (readonly [AwsService, string, object, () => Promise<unknown>])[] = [
    [
      'ecs',
      'DescribeClusters',
      { clusters: ['a'] },
      () => new ECSClient(at()).send(new DescribeClustersCommand({ clusters: ['a'] })),
    ],
    [
      'events',
      'DescribeEventBus',
      { Name: 'a' },
      () => new EventBridgeClient(at()).send(new DescribeEventBusCommand({ Name: 'a' })),
    ],
    [
      'secretsmanager',
      'DescribeSecret',
      { SecretId: 'a' },
      () => new SecretsManagerClient(at()).send(new DescribeSecretCommand({ SecretId: 'a' })),
    ],
    [
      'sqs',
      'GetQueueAttributes',
      { QueueUrl: 'q', AttributeNames: ['All'] },
      () =>
        new SQSClient({ ...at(), useQueueUrlAsEndpoint: false }).send(
          new GetQueueAttributesCommand({ QueueUrl: 'q', AttributeNames: ['All'] }),
        ),
    ],
    [
      'dynamodb',
      'GetItem',
      { TableName: 't', Key: { pk: { S: 'a' } } },
      () => new DynamoDBClient(at()).send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } })),
    ],
    [
      'servicequotas',
      'GetServiceQuota',
      { ServiceCode: 'fargate', QuotaCode: 'L' },
      () =>
        new ServiceQuotasClient(at()).send(
          new GetServiceQuotaCommand({ ServiceCode: 'fargate', QuotaCode: 'L' }),
        ),
    ],
    [
      'cloudwatch',
      'DescribeAlarms',
      { StateValue: 'ALARM' },
      () => new CloudWatchClient(at()).send(new DescribeAlarmsCommand({ StateValue: 'ALARM' })),
    ],
    [
      'cloudwatch',
      'GetMetricStatistics',
      { ...metric, StartTime: start.getTime() / 1000, EndTime: start.getTime() / 1000 + 60 },
      () =>
        new CloudWatchClient(at()).send(
          new GetMetricStatisticsCommand({
            ...metric,
            StartTime: start,
            EndTime: new Date(start.getTime() + 60_000),
          }),
        ),
    ],
  ];

  it.each(rows)('is the one that the SDK asks: %s %s', async (service, operation, input, sdk) => {
    replies = [{ status: 400, body: '{}' }];
    await sdk().catch(() => undefined);
    await awsAt()
      .ask(service, operation, { ...input })
      .catch(() => undefined);
    const [theirs, ours] = seen.map(essence);
    expect(ours).toEqual(theirs);
  });

  it.each(['PutItem', 'DeleteStack', 'CreateQueue', 'RunTask', 'GetPwned; DeleteTable', 'getItem'])(
    'is no %s: that is never sent',
    async (operation) => {
      await expect(awsAt().ask('dynamodb', operation)).rejects.toThrow('is no question: it is never sent');
      expect(seen).toEqual([]);
    },
  );

  it('is asked again while too many are asked, or the service fails', async () => {
    replies = [
      { status: 400, body: '{"__type":"ThrottlingException"}' },
      { status: 503, body: '' },
      { status: 200, body: '{"clusters":[]}' },
    ];
    expect(await awsAt().ask('ecs', 'DescribeClusters')).toEqual({ clusters: [] });
    expect(seen).toHaveLength(3);
  });

  it('is given up after three times', async () => {
    replies = [{ status: 500, body: '{"__type":"InternalFailure","message":"sorry"}' }];
    await expect(awsAt().ask('ecs', 'DescribeClusters')).rejects.toMatchObject({
      code: 'InternalFailure',
      message: 'ecs:DescribeClusters was refused (InternalFailure: sorry)',
    });
    expect(seen).toHaveLength(3);
  });

  it.each([
    ['ecs', '{"__type":"com.amazonaws.ecs#AccessDeniedException"}', {}, 'AccessDeniedException'],
    [
      'eks',
      '{"message":"no"}',
      { 'x-amzn-errortype': 'ResourceNotFoundException:http://x/' },
      'ResourceNotFoundException',
    ],
    [
      'iam',
      '<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>gone &amp; lost</Message></Error></ErrorResponse>',
      {},
      'NoSuchEntity',
    ],
    [
      'ec2',
      '<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>',
      {},
      'UnauthorizedOperation',
    ],
    ['ec2', 'a proxy says no', {}, 'HTTP 403'],
  ] as const)('refused by %s is known by its code: %s', async (service, body, headers, code) => {
    replies = [{ status: 403, body, headers }];
    await expect(awsAt().ask(service, 'DescribeIt', { path: '/x' })).rejects.toMatchObject({
      name: 'AwsRefusal',
      code,
    });
  });

  it.each([
    ['nobody', 'http://127.0.0.1:9', /sts:GetCallerIdentity got no answer from 127\.0\.0\.1:9/],
    ['something else', undefined, /sts:GetCallerIdentity was answered by something that is not sts/],
  ])('that is answered by %s is not answered', async (_who, url, message) => {
    replies = [{ status: 200, body: '<html><body>Log in' }];
    await expect(awsAt(url).ask('sts', 'GetCallerIdentity')).rejects.toThrow(message);
  });

  it('is asked page by page', async () => {
    const page = (id: string, next: string): Reply => ({
      status: 200,
      body: `<DescribeSubnetsResponse><subnetSet><item><subnetId>${id}</subnetId></item></subnetSet><nextToken>${next}</nextToken></DescribeSubnetsResponse>`,
    });
    replies = [page('a', 'more'), page('b', '')];
    const ids: unknown[] = [];
    for await (const answer of pagesOf(awsAt(), ['ec2', 'DescribeSubnets'], {
      Filter: [{ Name: 'n', Value: ['v', 'w'] }],
    }))
      ids.push(answer['subnetSet']);
    expect(ids).toEqual([[{ subnetId: 'a' }], [{ subnetId: 'b' }]]);
    expect(seen.map(({ body }) => body)).toEqual([
      'Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=n&Filter.1.Value.1=v&Filter.1.Value.2=w',
      'Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=n&Filter.1.Value.1=v&Filter.1.Value.2=w&NextToken=more',
    ]);
  });
});

describe('where a service is', () => {
  it.each([
    ['ec2', 'eu-west-1', 'amazonaws.com', 'https://ec2.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['cloudwatch', 'eu-west-1', 'amazonaws.com', 'https://monitoring.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['iam', 'eu-west-1', 'amazonaws.com', 'https://iam.amazonaws.com', 'us-east-1'],
    ['iam', 'us-gov-east-1', 'amazonaws.com', 'https://iam.us-gov.amazonaws.com', 'us-gov-west-1'],
    ['iam', 'cn-northwest-1', 'amazonaws.com.cn', 'https://iam.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ] as const)('%s in %s', (service, region, domain, url, signedFor) => {
    expect(locateService(AWS_SERVICES[service], { region, domain }, {})).toEqual({ url, region: signedFor });
  });

  it('may be said by the environment, for one service or for all', () => {
    const place = { region: REGION, domain: 'amazonaws.com' };
    const environment = { AWS_ENDPOINT_URL: 'http://all/', AWS_ENDPOINT_URL_SERVICE_QUOTAS: 'http://one' };
    const at = (service: AwsService, more = {}) =>
      locateService(AWS_SERVICES[service], place, { ...environment, ...more }).url;
    expect(at('servicequotas')).toBe('http://one');
    expect(at('iam')).toBe('http://all');
    expect(at('iam', { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })).toBe('https://iam.amazonaws.com');
  });
});

describe('the form of a question', () => {
  it('has numbered lists, of the query protocol with `member`', () => {
    const input = { Names: ['a', 'b'], Of: { Deep: 1 }, Not: undefined };
    const form = (lists: 'member' | 'flat') => encodeQuery({ operation: 'Get', version: '1', lists }, input);
    expect(form('member')).toBe('Action=Get&Version=1&Names.member.1=a&Names.member.2=b&Of.Deep=1');
    expect(form('flat')).toBe('Action=Get&Version=1&Names.1=a&Names.2=b&Of.Deep=1');
  });
});

// As the API references of AWS show them.
describe('an answer in XML', () => {
  it('of EC2 has its lists in item', () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
<DescribeRouteTablesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>6f570b0b-9c18-4b07-bdec-73740dcf861a</requestId>
  <routeTableSet>
    <item>
      <routeTableId>rtb-13ad487a</routeTableId>
      <routeSet>
        <item><destinationCidrBlock>10.0.0.0/22</destinationCidrBlock><gatewayId>local</gatewayId></item>
        <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-eaad4883</gatewayId></item>
      </routeSet>
      <propagatingVgwSet/>
      <tagSet/>
    </item>
  </routeTableSet>
</DescribeRouteTablesResponse>`;
    expect(readXml(xml)).toEqual({
      DescribeRouteTablesResponse: {
        requestId: '6f570b0b-9c18-4b07-bdec-73740dcf861a',
        routeTableSet: [
          {
            routeTableId: 'rtb-13ad487a',
            routeSet: [
              { destinationCidrBlock: '10.0.0.0/22', gatewayId: 'local' },
              { destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-eaad4883' },
            ],
            ...{ propagatingVgwSet: '', tagSet: '' },
          },
        ],
      },
    });
  });

  it('of the others in member', () => {
    const xml = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStacksResult><Stacks><member>
    <StackName>my&#45;stack</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
    <Description>a &lt;b&gt; &amp; &quot;c&quot; &#x2713;</Description>
  </member></Stacks></DescribeStacksResult>
  <ResponseMetadata><RequestId>b9b4b068</RequestId></ResponseMetadata>
</DescribeStacksResponse>`;
    expect(readXml(xml)).toEqual({
      DescribeStacksResponse: {
        DescribeStacksResult: {
          Stacks: [{ StackName: 'my-stack', StackStatus: 'CREATE_COMPLETE', Description: 'a <b> & "c" ✓' }],
        },
        ResponseMetadata: { RequestId: 'b9b4b068' },
      },
    });
  });

  it.each(['', 'text', '<a><b></a>', '<a>', '</a>', '<a></b>'])('is not %j', (xml) => {
    expect(() => readXml(xml)).toThrow(SyntaxError);
  });
});
