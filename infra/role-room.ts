/**
 * The room that policies have for the ARNs of the roles that pods may have. A role has 10,240 characters of policies of its own and, as the
 * quota is by default, 10 managed policies of 6,144, and a statement is in one of them: with eight statements of this length all of them
 * fit beside the other rights.
 */
export const STATEMENT_ROOM = 4_000;
export const MOST_ROLE_ROOM = 8 * STATEMENT_ROOM;

/** What an ARN counts: one that is known only later is longer in the template than its token is. */
export function roomOf(arn: string): number {
  return Math.max(arn.length, 100);
}
