import type { Shortage } from '../../../core/task.ts';

/**
 * Texts of ECS, and of EC2 inside them, in the order in which they decide (ECS developer guide, "Stopped tasks errors" and "API failures
 * event"). A rate that was exceeded is no shortage, although it is called a limit, too.
 */
const TEXTS: readonly (readonly [RegExp, Shortage])[] = [
  [/free ?(ip ?)?address|^RESOURCE:ENI/i, 'addresses'],
  [/reached the limit|(?<!Request)LimitExceeded/i, 'quota'],
  [/capacity/i, 'capacity'],
];

/** What there was none of, in the words of a refusal or of a stop; `undefined`: they do not say. */
export function findShortage(text: string): Shortage | undefined {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1];
}
