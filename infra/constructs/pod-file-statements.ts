import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ClusterSettings } from '../cluster-settings.ts';

/** What the policies about the env files of pods name. */
export interface FileParts {
  readonly settings: Pick<ClusterSettings, 'cluster'>;
  readonly filesBucketArn: string;
}

/** Write the files of pods, and remove them. Nothing that writes them may read them again. */
export function storeFileStatements(parts: FileParts): readonly PolicyStatement[] {
  return [fileStatement(parts, ['s3:DeleteObject', 's3:PutObject']), listStatement(parts)];
}

/** Remove the files of pods: listed by attempt, then deleted. */
export function clearFileStatements(parts: FileParts): readonly PolicyStatement[] {
  return [fileStatement(parts, ['s3:DeleteObject']), listStatement(parts)];
}

/** What ECS does with the execution role of a task that has env files (Developer Guide, "Pass environment variables"). */
export function readFileStatements(parts: FileParts): readonly PolicyStatement[] {
  return [
    fileStatement(parts, ['s3:GetObject']),
    new PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [parts.filesBucketArn] }),
  ];
}

function fileStatement({ settings, filesBucketArn }: FileParts, actions: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    actions: [...actions],
    resources: [`${filesBucketArn}/${settings.cluster}/*`],
  });
}

function listStatement({ settings, filesBucketArn }: FileParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['s3:ListBucket'],
    resources: [filesBucketArn],
    conditions: { StringLike: { 's3:prefix': [`${settings.cluster}/*`] } },
  });
}
