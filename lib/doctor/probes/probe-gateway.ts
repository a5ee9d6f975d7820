import type { ClusterSettings } from '../../../infra/cluster-settings.ts';
import { namesOf } from '../../../infra/names.ts';
import { listAt, read, textOf } from '../../local/explain/read-path.ts';
import type { Aws } from '../aws/ask-aws.ts';
import { absentOn } from '../aws/aws-refusal.ts';
import { lookFurther, type Fact } from '../fact.ts';

/** The ECS service of a gateway. */
export interface GatewayService {
  readonly wanted: number;
  readonly running: number;
  /** What ECS said last of it. */
  readonly lastEvent?: string;
  /** Why a task of it stopped, in the words of ECS; told of only where tasks are missing. */
  readonly stoppedReason?: string;
  /** Private addresses of the tasks that run. */
  readonly addresses: readonly string[];
}

/** Absent without a gateway; `undefined`: the service, or the cluster of the pods, is not there. */
export interface GatewayFacts {
  readonly service?: Fact<GatewayService | undefined>;
  /** The setting `containerInsights` of the ECS cluster of the pods. */
  readonly insights?: Fact<string | undefined>;
}

/** Looks at the gateway, where the settings have one. */
export async function probeGateway(aws: Fact<Aws>, settings: ClusterSettings): Promise<GatewayFacts> {
  if (settings.gateway === undefined) return {};
  const { gateway, ecsCluster } = namesOf(settings);
  const [service, insights] = await Promise.all([
    lookFurther(aws, (known) => serviceOf(known, gateway)),
    lookFurther(aws, (known) => insightsOf(known, ecsCluster)),
  ]);
  return { service, insights };
}

/** The service has the name of its cluster. */
async function serviceOf(aws: Aws, name: string): Promise<GatewayService | undefined> {
  const question = aws.ask('ecs', 'DescribeServices', { cluster: name, services: [name] });
  const [service] = listAt(await absentOn(['ClusterNotFoundException'], question), ['services']);
  if (service === undefined || read(service, ['status']) === 'INACTIVE') return undefined;
  const wanted = Number(read(service, ['desiredCount']) ?? 0);
  const running = Number(read(service, ['runningCount']) ?? 0);
  const tasks = await tasksOf(aws, name, 'RUNNING');
  const stopped = running < wanted ? await tasksOf(aws, name, 'STOPPED') : [];
  const lastEvent = textOf(read(listAt(service, ['events'])[0], ['message']), '');
  const stoppedReason = textOf(read(stopped[0], ['stoppedReason']), '');
  return {
    ...{ wanted, running, addresses: tasks.flatMap(addressesOf) },
    ...(lastEvent !== '' && { lastEvent }),
    ...(stoppedReason !== '' && { stoppedReason }),
  };
}

async function tasksOf(aws: Aws, name: string, desiredStatus: string): Promise<readonly unknown[]> {
  const listed = await aws.ask('ecs', 'ListTasks', { cluster: name, serviceName: name, desiredStatus });
  const tasks = listAt(listed, ['taskArns']);
  if (tasks.length === 0) return [];
  return listAt(await aws.ask('ecs', 'DescribeTasks', { cluster: name, tasks }), ['tasks']);
}

function addressesOf(task: unknown): readonly string[] {
  const details = listAt(task, ['attachments']).flatMap((one) => listAt(one, ['details']));
  return details
    .filter((detail) => read(detail, ['name']) === 'privateIPv4Address')
    .map((detail) => textOf(read(detail, ['value']), ''));
}

async function insightsOf(aws: Aws, name: string): Promise<string | undefined> {
  const answer = await aws.ask('ecs', 'DescribeClusters', { clusters: [name], include: ['SETTINGS'] });
  const [cluster] = listAt(answer, ['clusters']);
  if (cluster === undefined || read(cluster, ['status']) === 'INACTIVE') return undefined;
  const setting = listAt(cluster, ['settings']).find((one) => read(one, ['name']) === 'containerInsights');
  return textOf(read(setting, ['value']), 'disabled');
}
