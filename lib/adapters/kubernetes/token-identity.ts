import { failureOf } from '../../core/failure.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { type ApiOptions, createApi } from './call-api.ts';
import { type Access, cacheAccess, type Identity } from './identity.ts';
import { parseTokenSecret, replaceToken, type TokenSecret } from './parse-token-secret.ts';
import { describeToken, isRenewalDue, isRenewalUrgent, mintToken } from './renew-token.ts';

/** Where the token is kept. */
export interface TokenStore {
  readonly read: () => Promise<string>;
  readonly write: (text: string) => Promise<void>;
}

/** What the identity of a service account is made with. */
export interface TokenTools extends Pick<ApiOptions, 'clock' | 'transport'> {
  readonly telemetry: ApiOptions['telemetry'] & Pick<Telemetry, 'info' | 'warn' | 'trouble'>;
}

/** How long a token is used before the secret is read again: a new one is taken up within this time. */
const MAX_AGE_MS = 5 * 60_000;
const RETRY_MS = 60_000;
const NOT_RENEWED = 'The service account token was not renewed and is asked for again';
const WAY_OUT =
  'see what the failure says of rights; a token that has ended is replaced by hand (docs/identity.md)';

/**
 * The identity of the service account token in a secret (see {@link parseTokenSecret}). The secret is read again every five
 * minutes, and once when the server refuses the token; what is stored there follows at half of the life.
 */
export function tokenIdentity(store: TokenStore, tools: TokenTools): Required<Identity> {
  const { clock, telemetry } = tools;
  let held: TokenSecret | undefined;
  const load = async (): Promise<Access> => {
    held = parseTokenSecret(await store.read());
    return held.access;
  };
  const cached = cacheAccess(load, MAX_AGE_MS, tools);
  const adopt = (secret: TokenSecret): void => {
    held = secret;
    cached.adopt(secret.access);
  };
  const api = createApi({ ...tools, identity: cached });
  const renew = async (): Promise<void> => {
    await cached.current();
    if (held !== undefined && !isRenewalDue(held, clock.now())) return;
    // Another invocation may just have renewed it, or a person replaced it: what is stored now is what gets a successor.
    const text = await store.read();
    const secret = parseTokenSecret(text);
    adopt(secret);
    if (!isRenewalDue(secret, clock.now())) return;
    const { token, life } = await mintToken(api, secret, clock.now());
    const renewed = replaceToken(text, token, life);
    // Read before it is stored: what could not be used must not take the place of what can.
    const next = parseTokenSecret(renewed);
    await store.write(renewed);
    adopt(next);
    telemetry.info('The service account token was renewed', describeToken(next));
  };
  let retryAt = -Infinity;
  return {
    current: () => cached.current(),
    renewed: (refused) => cached.renewed(refused),
    renewIfDue: async () => {
      const now = clock.now();
      if (now < retryAt) return;
      try {
        await renew();
      } catch (error) {
        retryAt = now + RETRY_MS;
        const failure = failureOf(error);
        const fields = { failure, ...(held && describeToken(held)), wayOut: WAY_OUT };
        if (isRenewalUrgent(held, now)) telemetry.trouble('auth', NOT_RENEWED, fields);
        else telemetry.warn(NOT_RENEWED, fields);
      }
    },
  };
}
