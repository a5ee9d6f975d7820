import type { PodRecord } from '../core/record.ts';
import { logStreamOf } from '../providers/ecs-fargate/plan/log-stream.ts';

/** A page of the AWS console. */
export interface ConsoleLink {
  readonly name: string;
  readonly url: string;
}

/** What the links are made of. */
export interface LinkSource {
  readonly taskArn: string | undefined;
  /** `<family>:<revision>`, or the ARN of it. */
  readonly taskDefinition: string | undefined;
  readonly ecsCluster: string;
  readonly logGroup: string;
  /** Containers of the pod. */
  readonly containers: readonly string[];
  readonly previous: PodRecord['previous'];
}

/** Hosts of the console by partition (AWS documentation, "Service endpoints" of each); of others none is public. */
const HOSTS: Readonly<Record<string, (region: string) => string>> = {
  aws: (region) => `${region}.console.aws.amazon.com`,
  'aws-cn': (region) => `${region}.console.amazonaws.cn`,
  'aws-us-gov': (region) => `${region}.console.amazonaws-us-gov.com`,
};

/**
 * The console's pages of task, logs and task definition. Partition and Region are those of the task's own ARN; without a task, or in
 * a partition whose console is not public, there are none.
 */
export function consoleLinks(source: LinkSource): readonly ConsoleLink[] {
  const { taskArn, ecsCluster, logGroup, containers, previous } = source;
  const [, partition = '', , region = ''] = (taskArn ?? '').split(':');
  const host = HOSTS[partition]?.(region);
  if (taskArn === undefined || host === undefined) return [];
  const ecs = `https://${host}/ecs/v2`;
  const cluster = encodeURIComponent(nameIn(ecsCluster));
  const task = encodeURIComponent(nameIn(taskArn));
  const logs = `https://${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${inFragment(logGroup)}`;
  const logOf = (container: string, arn: string): string =>
    `${logs}/log-events/${inFragment(logStreamOf(logGroup, { taskArn: arn }, container).stream)}`;
  const [family = '', revision = ''] = nameIn(source.taskDefinition ?? '').split(':');
  return [
    { name: 'task', url: `${ecs}/clusters/${cluster}/tasks/${task}/configuration?region=${region}` },
    ...containers.map((container) => ({ name: `log of ${container}`, url: logOf(container, taskArn) })),
    ...(previous === undefined
      ? []
      : containers.map((container) => ({
          name: `log of ${container} before`,
          url: logOf(container, previous.taskArn),
        }))),
    { name: 'log group', url: logs },
    ...(revision === ''
      ? []
      : [
          {
            name: 'task definition',
            url: `${ecs}/task-definitions/${encodeURIComponent(family)}/${revision}/containers?region=${region}`,
          },
        ]),
  ];
}

/** What stands behind the last slash of an ARN. */
function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The console of CloudWatch escapes names in its fragment twice, with `$` in place of the second percent sign. */
function inFragment(name: string): string {
  return encodeURIComponent(encodeURIComponent(name)).replaceAll('%', '$');
}
