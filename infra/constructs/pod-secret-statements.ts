import { ArnFormat } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { mirrorPrefixes } from '../names.ts';

/**
 * Keep the copies of Kubernetes Secrets that ECS takes from Secrets Manager only: registry logins, and variables that no env file can
 * carry. They are read to be compared with what they should hold: anything that a value could be recognised by without reading it
 * would stand in audit logs.
 */
export function mirrorStatements(stack: Stack, cluster: string): readonly PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: [
        'secretsmanager:CreateSecret',
        'secretsmanager:DeleteSecret',
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:TagResource',
      ],
      resources: [...mirrorArns(stack, cluster)],
    }),
    // A list has no resource to name; it gives names and tags, no values.
    new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
  ];
}

/** Read the copies: what ECS does with the execution role of a task that has secrets or a private registry. */
export function readMirrorStatement(stack: Stack, cluster: string): PolicyStatement {
  return new PolicyStatement({
    actions: ['secretsmanager:GetSecretValue'],
    resources: [...mirrorArns(stack, cluster)],
  });
}

function mirrorArns(stack: Stack, cluster: string): readonly string[] {
  return mirrorPrefixes(cluster).map((prefix) =>
    stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${prefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
}
