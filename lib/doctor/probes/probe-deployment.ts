import { namesOf } from '../../../infra/names.ts';
import type { ClusterSettings } from '../../../infra/cluster-settings.ts';
import { clusterKey } from '../../adapters/dynamodb/item-keys.ts';
import type { Instant } from '../../core/kubernetes.ts';
import { listAt, read, textOf } from '../../local/explain/read-path.ts';
import { AwsRefusal, numberIn } from '../aws/aws-refusal.ts';
import type { Aws } from '../aws/ask-aws.ts';
import { lookFurther, type Fact } from '../fact.ts';

/** A stack that there should be; `status` is absent where there is none. */
export interface StackState {
  readonly name: string;
  readonly status?: string;
  readonly reason?: string;
}

/** An alarm that is on. */
export interface AlarmState {
  readonly name: string;
  readonly reason: string;
}

/** What is known of the deployment. */
export interface DeploymentFacts {
  readonly stacks: Fact<readonly StackState[]>;
  /** When pod-sync last completed a pass; `undefined`: never. */
  readonly lastPassAt: Fact<Instant | undefined>;
  readonly deadLetters: Fact<number>;
  readonly alarms: Fact<readonly AlarmState[]>;
}

/** Looks at all of it. */
export async function probeDeployment(aws: Fact<Aws>, settings: ClusterSettings): Promise<DeploymentFacts> {
  const { stackPrefix } = namesOf(settings);
  const hasThird = settings.alarms || settings.dashboard;
  const names = ['state', 'control-loop', ...(hasThird ? ['observability'] : [])].map(
    (part) => `${stackPrefix}-${part}`,
  );
  const stacks = await lookFurther(aws, (known) => Promise.all(names.map((name) => stackOf(known, name))));
  const resources = await together(aws, stacks, (known, [state]) => {
    if (state?.status !== undefined) return resourcesOf(known, state.name);
    throw new AwsRefusal('NoStack', `the stack ${names[0] ?? ''} is not there`);
  });
  const [lastPassAt, deadLetters, alarms] = await Promise.all([
    together(aws, resources, (known, { table }) => lastPass(known, table, settings.cluster)),
    together(aws, resources, (known, { deadLetterQueue }) => lettersIn(known, deadLetterQueue)),
    lookFurther(aws, (known) => alarmsOf(known, settings.cluster)),
  ]);
  return { stacks, lastPassAt, deadLetters, alarms };
}

function together<Found, T>(
  aws: Fact<Aws>,
  found: Fact<Found>,
  look: (known: Aws, found: Found) => Promise<T>,
): Promise<Fact<T>> {
  if (aws.kind === 'unknown') return Promise.resolve(aws);
  return lookFurther(found, async (value) => look(aws.value, value));
}

/** CloudFormation calls a stack that is not there a wrong question. */
async function stackOf(aws: Aws, name: string): Promise<StackState> {
  try {
    const answer = await aws.ask('cloudformation', 'DescribeStacks', { StackName: name });
    const [stack] = listAt(answer, ['Stacks']);
    const reason = textOf(read(stack, ['StackStatusReason']), '');
    return { name, status: textOf(read(stack, ['StackStatus']), ''), ...(reason !== '' && { reason }) };
  } catch (error) {
    if (error instanceof AwsRefusal && error.code === 'ValidationError') return { name };
    throw error;
  }
}

/** What CloudFormation has named. */
interface Resources {
  readonly table: string;
  readonly deadLetterQueue: string;
}

/** The resources of the state stack. */
export async function resourcesOf(aws: Aws, stack: string): Promise<Resources> {
  const answer = await aws.ask('cloudformation', 'DescribeStackResources', { StackName: stack });
  const find = (type: string, logical: RegExp): string => {
    const found = listAt(answer, ['StackResources']).find(
      (one) =>
        read(one, ['ResourceType']) === type && logical.test(textOf(read(one, ['LogicalResourceId']), '')),
    );
    return textOf(read(found, ['PhysicalResourceId']), '');
  };
  return {
    table: find('AWS::DynamoDB::Table', /./),
    deadLetterQueue: find('AWS::SQS::Queue', /DeadLetters/),
  };
}

/** The slot of the holder, which says when the last pass was complete. */
async function lastPass(aws: Aws, table: string, cluster: string): Promise<Instant | undefined> {
  const { pk, sk } = clusterKey(cluster, 'SLOT');
  const answer = await aws.ask('dynamodb', 'GetItem', {
    TableName: table,
    Key: { pk: { S: pk }, sk: { S: sk } },
    ConsistentRead: true,
  });
  const at = read(answer, ['Item', 'lastPassAt', 'N']);
  return at === undefined ? undefined : numberIn(at, 'dynamodb:GetItem');
}

async function lettersIn(aws: Aws, queue: string): Promise<number> {
  const answer = await aws.ask('sqs', 'GetQueueAttributes', {
    QueueUrl: queue,
    AttributeNames: ['ApproximateNumberOfMessages'],
  });
  return numberIn(read(answer, ['Attributes', 'ApproximateNumberOfMessages']), 'sqs:GetQueueAttributes');
}

async function alarmsOf(aws: Aws, cluster: string): Promise<readonly AlarmState[]> {
  const answer = await aws.ask('cloudwatch', 'DescribeAlarms', {
    AlarmNamePrefix: `lambdalet ${cluster}: `,
    StateValue: 'ALARM',
  });
  return listAt(answer, ['MetricAlarms']).map((alarm) => ({
    name: textOf(read(alarm, ['AlarmName']), ''),
    reason: textOf(read(alarm, ['AlarmDescription']), textOf(read(alarm, ['StateReason']), '')),
  }));
}
