import type { ClusterSettings } from '../../../infra/cluster-settings.ts';
import { listAt, read, textOf } from '../../local/explain/read-path.ts';
import { absentOn } from '../aws/aws-refusal.ts';
import type { Aws } from '../aws/ask-aws.ts';
import { lookFurther, type Fact } from '../fact.ts';
import { keyOf, type Key } from './probe-secret.ts';

/** An ECS cluster. */
export interface EcsCluster {
  readonly status: string;
  readonly capacityProviders: readonly string[];
}

/** An EKS cluster, as DescribeCluster tells of it. */
export interface EksCluster {
  readonly status: string;
  readonly endpoint: string;
  readonly certificateAuthority: string;
  readonly authenticationMode: string;
  readonly isPublic: boolean;
  readonly isPrivate: boolean;
  readonly publicCidrs: readonly string[];
}

/** What the deployment file names and does not make. A fact is absent where the file names no such thing; `undefined`: it is not there. */
export interface SurroundingFacts {
  readonly eventBus?: Fact<boolean>;
  readonly alarmTopic?: Fact<boolean>;
  readonly permissionsBoundary?: Fact<boolean>;
  readonly encryptionKey?: Fact<Key | undefined>;
  readonly ecsCluster?: Fact<EcsCluster | undefined>;
  readonly eksCluster?: Fact<EksCluster | undefined>;
}

/** Looks at each of them. */
export async function probeSurroundings(
  aws: Fact<Aws>,
  settings: ClusterSettings,
): Promise<SurroundingFacts> {
  const { eventBus, alarmTopicArn, permissionsBoundaryArn, encryptionKeyArn, ecsClusterName, identity } =
    settings;
  // Every account has the default bus.
  const bus = eventBus === 'default' ? undefined : eventBus;
  const eks = identity.kind === 'eks' ? identity.clusterName : undefined;
  const named = async <T>(
    fact: keyof SurroundingFacts,
    name: string | undefined,
    look: (known: Aws, name: string) => Promise<T>,
  ) => (name === undefined ? {} : { [fact]: await lookFurther(aws, (known) => look(known, name)) });
  const found = await Promise.all([
    named('eventBus', bus, isBus),
    named('alarmTopic', alarmTopicArn, isTopic),
    named('permissionsBoundary', permissionsBoundaryArn, isPolicy),
    named('encryptionKey', encryptionKeyArn, keyOf),
    named('ecsCluster', ecsClusterName, ecsClusterOf),
    named('eksCluster', eks, eksClusterOf),
  ]);
  return Object.assign({}, ...found) as SurroundingFacts;
}

async function isBus(aws: Aws, name: string): Promise<boolean> {
  const question = aws.ask('events', 'DescribeEventBus', { Name: name });
  return (await absentOn(['ResourceNotFoundException'], question)) !== undefined;
}

async function isTopic(aws: Aws, arn: string): Promise<boolean> {
  const question = aws.ask('sns', 'GetTopicAttributes', { TopicArn: arn });
  return (await absentOn(['NotFound', 'NotFoundException'], question)) !== undefined;
}

async function isPolicy(aws: Aws, arn: string): Promise<boolean> {
  return (await absentOn(['NoSuchEntity'], aws.ask('iam', 'GetPolicy', { PolicyArn: arn }))) !== undefined;
}

async function ecsClusterOf(aws: Aws, name: string): Promise<EcsCluster | undefined> {
  const answer = await aws.ask('ecs', 'DescribeClusters', { clusters: [name] });
  const [cluster] = listAt(answer, ['clusters']);
  if (cluster === undefined) return undefined;
  return {
    status: textOf(read(cluster, ['status']), ''),
    capacityProviders: listAt(cluster, ['capacityProviders']).map(String),
  };
}

async function eksClusterOf(aws: Aws, name: string): Promise<EksCluster | undefined> {
  const question = aws.ask('eks', 'DescribeCluster', { path: `/clusters/${encodeURIComponent(name)}` });
  const answer = await absentOn(['ResourceNotFoundException'], question);
  if (answer === undefined) return undefined;
  const text = (...path: string[]): string => textOf(read(answer, ['cluster', ...path]), '');
  const vpc = (name: string): unknown => read(answer, ['cluster', 'resourcesVpcConfig', name]);
  return {
    status: text('status'),
    endpoint: text('endpoint'),
    certificateAuthority: text('certificateAuthority', 'data'),
    authenticationMode: text('accessConfig', 'authenticationMode'),
    isPublic: vpc('endpointPublicAccess') === true,
    isPrivate: vpc('endpointPrivateAccess') === true,
    publicCidrs: listAt(answer, ['cluster', 'resourcesVpcConfig', 'publicAccessCidrs']).map(String),
  };
}
