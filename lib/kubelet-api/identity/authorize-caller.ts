import { createHash } from 'node:crypto';
import type { AccessAnswer, AccessReviews, Caller, NodeAccess } from '../../ports/access.ts';
import type { Clock } from '../../ports/clock.ts';
import { keepAnswers } from './keep-answers.ts';
import type { NeededAccess } from './name-access.ts';

/** Whether a caller may have one of the subresources of a node. A throw (`FailureError`) means that it cannot be said now. */
export type AuthorizeCaller = (caller: Caller, needed: NeededAccess, node: string) => Promise<boolean>;

/** As long as the kubelet keeps them (`authorization.webhook`: cacheAuthorizedTTL, cacheUnauthorizedTTL). */
const ALLOWED_MS = 300_000;
const DENIED_MS = 30_000;
const MOST_ANSWERS = 1_000;

/** By SubjectAccessReview, whose answers are kept for a while. */
export function createAuthorizer(
  reviews: Pick<AccessReviews, 'allows'>,
  clock: Pick<Clock, 'now'>,
): AuthorizeCaller {
  const answers = keepAnswers<AccessAnswer>(clock, {
    lifetimeOf: ({ isAllowed }) => (isAllowed ? ALLOWED_MS : DENIED_MS),
    most: MOST_ANSWERS,
  });
  return async (caller, { verb, subresources }, node) => {
    for (const subresource of subresources) {
      const access = { verb, subresource, node };
      const answer = await answers.of(keyOf(caller, access), () => reviews.allows(caller, access));
      if (answer.isAllowed) return true;
    }
    return false;
  };
}

/** Short, however many groups a caller has. */
function keyOf({ name, uid, groups, extra }: Caller, { verb, subresource, node }: NodeAccess): string {
  const question = JSON.stringify([name, uid, groups, extra, verb, subresource, node]);
  return createHash('sha256').update(question).digest('base64url');
}
