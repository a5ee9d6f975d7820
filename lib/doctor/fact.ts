import { FailureError } from '../core/failure.ts';
import { AwsRefusal } from './aws/aws-refusal.ts';

/** Something that was looked at, or why it could not be: what is not known is never taken for good. */
export type Fact<T> =
  | { readonly kind: 'known'; readonly value: T }
  | {
      readonly kind: 'unknown';
      readonly why: string;
      /** The code of whoever refused. */
      readonly code?: string;
    };

/** Something that is known. */
function known<T>(value: T): Fact<T> {
  return { kind: 'known', value };
}

/** Something that is not, and why. */
export function unknown(why: string, code?: string): Fact<never> {
  return { kind: 'unknown', why, ...(code !== undefined && { code }) };
}

/** What a look gives; a refusal, or no answer, makes it unknown. Faults of the program are thrown. */
export async function lookAt<T>(look: () => Promise<T>): Promise<Fact<T>> {
  try {
    return known(await look());
  } catch (error) {
    if (error instanceof AwsRefusal) return unknown(error.message, error.code);
    if (error instanceof FailureError) return unknown(error.message, error.failure.code);
    throw error;
  }
}

/** What follows from a fact, by another look; an unknown one stays as unknown as it is. */
export async function lookFurther<T, Next>(
  fact: Fact<T>,
  look: (value: T) => Promise<Next>,
): Promise<Fact<Next>> {
  return fact.kind === 'unknown' ? fact : lookAt(() => look(fact.value));
}
