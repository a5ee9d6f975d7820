import type { AccessReviews, Caller, NodeAccess } from '../../lib/ports/access.ts';

/** Who is known and what they may. */
export interface ReviewControls {
  /** From now on the token is this caller's. */
  knowToken(token: string, caller: Caller): void;
  /** From now on this user may. */
  grant(user: string, verb: NodeAccess['verb'], subresource: NodeAccess['subresource']): void;
}

/**
 * Reviews in memory: tokens of service accounts that this cluster gave (they are signed with a text) and those that it is told of. Whoever
 * is in `system:masters` may everything.
 */
export function createMemoryReviews(): {
  readonly reviews: AccessReviews;
  readonly controls: ReviewControls;
} {
  const tokens = new Map<string, Caller>();
  const grants = new Set<string>();
  return {
    reviews: {
      identify: (token) => Promise.resolve(tokens.get(token) ?? accountOf(token)),
      allows: ({ name, groups }, { verb, subresource }) => {
        const isAllowed =
          groups.includes('system:masters') || grants.has([name, verb, subresource].join(' '));
        return Promise.resolve({ isAllowed, reason: '' });
      },
    },
    controls: {
      knowToken: (token, caller) => void tokens.set(token, caller),
      grant: (...right) => void grants.add(right.join(' ')),
    },
  };
}

function accountOf(token: string): Caller | undefined {
  const [, payload = '', signature = ''] = token.split('.');
  if (Buffer.from(signature, 'base64url').toString() !== '"token-of-a-memory-cluster"') return undefined;
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly sub: string };
  const [, , namespace = ''] = sub.split(':');
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { name: sub, groups };
}
