import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ClusterSettings } from '../cluster-settings.ts';
import { roomOf, STATEMENT_ROOM } from '../role-room.ts';

/**
 * Hand a role over to a task: those of the deployment for its execution and for commands in it, and exactly those that the settings of the nodes name. Which
 * pod gets which is decided by the code; a role that nobody named cannot be had by any.
 */
export function passRoleStatements(parts: {
  readonly settings: Pick<ClusterSettings, 'nodes'>;
  readonly executionRoleArn: string;
  readonly execRoleArn?: string;
}): readonly PolicyStatement[] {
  const named = new Set(parts.settings.nodes.flatMap(rolesOf));
  const own = [parts.executionRoleArn, ...(parts.execRoleArn === undefined ? [] : [parts.execRoleArn])];
  return chunksOf([...own, ...[...named].sort()]).map(
    (resources) =>
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [...resources],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
  );
}

/** As many as a statement has room for: policies have limits, and only between statements can they be split. */
function chunksOf(arns: readonly string[]): readonly (readonly string[])[] {
  const chunks: string[][] = [];
  let length = Infinity;
  for (const arn of arns) {
    const own = roomOf(arn);
    if (length + own > STATEMENT_ROOM) {
      chunks.push([]);
      length = 0;
    }
    chunks.at(-1)?.push(arn);
    length += own;
  }
  return chunks;
}

function rolesOf({
  taskRoles = {},
  defaultTaskRole,
  allow = [],
}: ClusterSettings['nodes'][number]): readonly string[] {
  return [
    ...Object.values(taskRoles),
    ...(defaultTaskRole === undefined ? [] : [defaultTaskRole]),
    ...allow.flatMap((rule) => [...(rule.taskRoles ?? []), ...(rule.executionRoles ?? [])]),
  ];
}
