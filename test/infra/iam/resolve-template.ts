import { resourcesOf } from '../synthesize.ts';
import type { Template } from 'aws-cdk-lib/assertions';
import type { PolicyStatement } from './evaluate-policy.ts';

/** What the resources of a template are called where it was deployed. */
export interface Deployed {
  readonly account: string;
  readonly region: string;
  /** The name of a resource that CloudFormation names, by its type and logical id; `undefined`: its own name in the template. */
  readonly nameOf: (type: string, logicalId: string) => string | undefined;
}

/** The statements of each role of a template, by the logical id of the role, as IAM has them after the deployment. */
export function statementsByRole(
  template: Template,
  deployed: Deployed,
): ReadonlyMap<string, readonly PolicyStatement[]> {
  const resources = resourcesOf(template);
  const resolve = (value: unknown): unknown => resolved(value, template, deployed);
  const roles = [...resources].filter(([, { Type }]) => Type === 'AWS::IAM::Role').map(([id]) => id);
  return new Map(
    roles.map((role) => {
      const policies = [...resources.values()].filter(
        ({ Type, Properties }) =>
          Type === 'AWS::IAM::Policy' && JSON.stringify(Properties['Roles']).includes(`"${role}"`),
      );
      return [
        role,
        policies.flatMap(({ Properties }) => statementsIn(resolve(Properties['PolicyDocument']))),
      ];
    }),
  );
}

function statementsIn(document: unknown): readonly PolicyStatement[] {
  const { Statement } = document as { readonly Statement: readonly Readonly<Record<string, unknown>>[] };
  return Statement.map(({ Effect, Action, Resource, Condition = {} }) => {
    if (Effect !== 'Allow') throw new Error('The test knows no denial: teach it to evaluate-policy.ts');
    return {
      actions: [Action].flat() as string[],
      resources: [Resource].flat() as string[],
      conditions: Object.fromEntries(
        Object.entries(Condition as Readonly<Record<string, Readonly<Record<string, unknown>>>>).map(
          ([operator, keys]) => [
            operator,
            Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, [value].flat() as string[]])),
          ],
        ),
      ),
    };
  });
}

/** The property that names a resource, and its ARN after the name, by type. */
const KINDS: Readonly<Record<string, readonly [property: string, arn: (name: string) => string]>> = {
  'AWS::DynamoDB::Table': ['TableName', (name) => `dynamodb:{region}:{account}:table/${name}`],
  'AWS::ECS::Cluster': ['ClusterName', (name) => `ecs:{region}:{account}:cluster/${name}`],
  'AWS::IAM::Role': ['RoleName', (name) => `iam::{account}:role/${name}`],
  'AWS::Lambda::Function': ['FunctionName', (name) => `lambda:{region}:{account}:function:${name}`],
  'AWS::Logs::LogGroup': ['LogGroupName', (name) => `logs:{region}:{account}:log-group:${name}:*`],
  'AWS::S3::Bucket': ['BucketName', (name) => `s3:::${name}`],
  'AWS::SQS::Queue': ['QueueName', (name) => `sqs:{region}:{account}:${name}`],
};

function resolved(value: unknown, template: Template, deployed: Deployed): unknown {
  const again = (inner: unknown): unknown => resolved(inner, template, deployed);
  if (Array.isArray(value)) return value.map(again);
  if (typeof value !== 'object' || value === null) return value;
  const [[key, inner] = ['', undefined]] = Object.entries(value);
  if (key === 'Ref') return pseudo(String(inner), deployed) ?? nameIn(template, deployed, String(inner));
  if (key === 'Fn::GetAtt') return arnIn(template, deployed, (inner as string[])[0] ?? '');
  if (key === 'Fn::Join') {
    const [glue, parts] = inner as [string, unknown[]];
    return (again(parts) as string[]).join(glue);
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, again(part)]));
}

function pseudo(name: string, { account, region }: Deployed): string | undefined {
  const known: Readonly<Record<string, string>> = {
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return known[name];
}

function nameIn(template: Template, { nameOf }: Deployed, logicalId: string): string {
  const resource = resourcesOf(template).get(logicalId);
  const property = KINDS[resource?.Type ?? '']?.[0];
  const own = property === undefined ? undefined : resource?.Properties[property];
  return nameOf(resource?.Type ?? '', logicalId) ?? (typeof own === 'string' ? own : logicalId);
}

function arnIn(template: Template, deployed: Deployed, logicalId: string): string {
  const type = resourcesOf(template).get(logicalId)?.Type ?? '';
  const arnOf = KINDS[type]?.[1];
  if (arnOf === undefined) return `arn:of:${logicalId}`;
  const { account, region } = deployed;
  const rest = arnOf(nameIn(template, deployed, logicalId));
  return `arn:aws:${rest.replace('{region}', region).replace('{account}', account)}`;
}
