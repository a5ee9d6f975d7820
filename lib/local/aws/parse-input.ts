import type * as z from 'zod';
import { AwsError } from './aws-model.ts';

/**
 * Reads the input of an operation. A wrong JSON type is what AWS answers with `SerializationException`, before the service
 * itself looks at the value; limits and charsets are the operation's own business.
 */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new AwsError(
    'SerializationException',
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not readable'}`,
  );
}
