import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Deployment } from '../deployment-schema.ts';

/**
 * Hand a role over to a task: that of the deployment for its execution, and exactly those that the settings of the nodes name. Which
 * pod gets which is decided by the code; a role that nobody named cannot be had by any.
 */
export function passRoleStatement(parts: {
  readonly deployment: Pick<Deployment, 'nodes'>;
  readonly executionRoleArn: string;
}): PolicyStatement {
  const named = new Set(parts.deployment.nodes.flatMap(rolesOf));
  return new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [parts.executionRoleArn, ...[...named].sort()],
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  });
}

function rolesOf({
  taskRoles = {},
  defaultTaskRole,
  allow = [],
}: Deployment['nodes'][number]): readonly string[] {
  return [
    ...Object.values(taskRoles),
    ...(defaultTaskRole === undefined ? [] : [defaultTaskRole]),
    ...allow.flatMap((rule) => [...(rule.taskRoles ?? []), ...(rule.executionRoles ?? [])]),
  ];
}
