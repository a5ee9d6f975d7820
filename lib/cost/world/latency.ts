/**
 * How long an answer takes, in milliseconds, as the bench assumes it: an API server in the Region, DynamoDB, ECS, and RunTask,
 * its slowest call.
 */
export const LATENCY = { kubernetes: 20, dynamodb: 5, runTask: 500, other: 50 } as const;

/** The latency of a call by its name on the wire. */
export function latencyOf(name: string): number {
  if (name.startsWith('dynamodb.')) return LATENCY.dynamodb;
  return name.endsWith('.RunTask') ? LATENCY.runTask : LATENCY.other;
}
