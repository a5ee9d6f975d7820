import { createHash } from 'node:crypto';
import type { AccessReviews, Caller } from '../../ports/access.ts';
import type { Clock } from '../../ports/clock.ts';
import { keepAnswers } from './keep-answers.ts';

/** What TLS found of the caller's certificate. */
export type ClientCertificate =
  | { readonly kind: 'none' }
  /** Shown, but not signed by whom we trust, over, or not for clients. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'verified'; readonly commonName: string; readonly organisations: readonly string[] };

/** Tells who calls a node; `undefined`: nobody that is known. A throw (`FailureError`) means that it cannot be said now. */
export type IdentifyCaller = (
  certificate: ClientCertificate,
  authorization: string | undefined,
  node: string,
) => Promise<Caller | undefined>;

/** As long as the kubelet keeps them (`authentication.webhook.cacheTTL`). */
const KNOWN_MS = 120_000;
/** A token may be taken before its account is everywhere: it is asked for again soon. */
const UNKNOWN_MS = 10_000;
const MOST_TOKENS = 1_000;

/** Of everyone who is known to be someone. Reviews of tokens say it themselves; a certificate does not. */
const AUTHENTICATED = 'system:authenticated';

/**
 * By certificate (CN is the name, O are the groups), else by bearer token: the first that says who it is decides. A certificate that was
 * refused, or that has no name, makes nobody; a good token beside it does, as at the kubelet (`union.New` of its authenticators).
 */
export function createIdentifier(
  reviews: Pick<AccessReviews, 'identify'>,
  clock: Pick<Clock, 'now'>,
): IdentifyCaller {
  const tokens = keepAnswers<Caller | undefined>(clock, {
    lifetimeOf: (caller) => (caller === undefined ? UNKNOWN_MS : KNOWN_MS),
    most: MOST_TOKENS,
  });
  return async (certificate, authorization, node) => {
    const named = certificate.kind === 'verified' ? callerOf(certificate) : undefined;
    if (named !== undefined) return named;
    const token = bearerOf(authorization);
    if (token === undefined) return undefined;
    const caller = await tokens.of(hashOf(token), () => reviews.identify(token, node));
    return caller?.name === '' ? undefined : caller;
  };
}

function callerOf({
  commonName,
  organisations,
}: Extract<ClientCertificate, { kind: 'verified' }>): Caller | undefined {
  if (commonName === '') return undefined;
  return { name: commonName, groups: [...new Set([...organisations, AUTHENTICATED])] };
}

/** As API servers read it: the scheme in any case, and one token. */
function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

/** Tokens are not kept in memory for longer than a question takes. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
