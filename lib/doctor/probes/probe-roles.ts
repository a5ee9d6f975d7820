import { textOf, read } from '../../local/explain/read-path.ts';
import { absentOn } from '../aws/aws-refusal.ts';
import type { Aws } from '../aws/ask-aws.ts';
import { lookFurther, type Fact } from '../fact.ts';

/** A role: the text of its trust policy. `undefined`: there is no such role. */
export type RoleFacts = ReadonlyMap<string, Fact<string | undefined>>;

/** Looks at each role by its ARN. */
export async function probeRoles(aws: Fact<Aws>, arns: readonly string[]): Promise<RoleFacts> {
  const found = await Promise.all(
    [...new Set(arns)].map(
      async (arn) => [arn, await lookFurther(aws, (known) => trustOf(known, arn))] as const,
    ),
  );
  return new Map(found);
}

/** IAM knows roles by the last part of their path, and gives their policies percent-encoded. */
async function trustOf(aws: Aws, arn: string): Promise<string | undefined> {
  const name = arn.split('/').at(-1) ?? '';
  const answer = await absentOn(['NoSuchEntity'], aws.ask('iam', 'GetRole', { RoleName: name }));
  if (answer === undefined || read(answer, ['Role', 'Arn']) !== arn) return undefined;
  return decodeURIComponent(textOf(read(answer, ['Role', 'AssumeRolePolicyDocument']), ''));
}
