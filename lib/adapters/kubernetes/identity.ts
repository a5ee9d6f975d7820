import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../core/kubernetes.ts';
import { failureOf } from '../../core/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

/** Where the API server is and how the connection to it is proved, in PEM. Connections are kept per object of this type. */
export interface Endpoint {
  /** `https://host[:port][/prefix]` without a slash at the end; `http://` on loopback only. */
  readonly url: string;
  /** What the server's certificate is verified with; without it, the public authorities. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name to verify instead of the host of `url`. */
  readonly serverName?: string;
}

/** All that one request needs to get in. The headers are secret. */
export interface Access {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** As whom the API server is asked. */
export interface Identity {
  /** The access to use now, from the cache while it is young. Throws a `FailureError`. */
  current(): Promise<Access>;
  /** Another access after the server has refused `refused` with 401: loads anew unless someone else just did. */
  renewed(refused: Access): Promise<Access>;
  /**
   * Of an identity that renews its own credential: asks for the next one and stores it once half of the life of this one is over;
   * before that it does nothing. Several functions may do so at once: each credential is good, and the last one stays. A failure is told,
   * not thrown, and tried again a minute later, which leaves the other half of the life for mending it.
   */
  renewIfDue?(): Promise<void>;
}

/** What identities are made with. */
export interface IdentityTools {
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

/** An identity whose access may be replaced by one that the caller has at first hand. */
export interface CachedIdentity extends Pick<Identity, 'current' | 'renewed'> {
  adopt(access: Access): void;
}

interface Cached {
  readonly access: Access;
  readonly until: Instant;
}

/** How long an access that could not be reloaded stays in use before the next try. */
const GRACE_MS = 30_000;
const KEPT = 'The access to the cluster cannot be read again: the last one stays in use';

/**
 * Caches what `load` gives for `maxAgeMs`. Loads are shared by callers who come at the same time. While a new access cannot be
 * had, for whatever reason (a secret that was deleted, denied or spoilt, too), the old one stays in use and that is said: it may
 * well be good still, whether it is decides the API server, and a node must not die of a mistake in AWS. An equal endpoint keeps its
 * object, and so its connections.
 */
export function cacheAccess(
  load: () => Promise<Access>,
  maxAgeMs: number,
  { clock, telemetry }: IdentityTools,
): CachedIdentity {
  let cached: Cached | undefined;
  let loading: Promise<Access> | undefined;
  const keep = (access: Access, ageMs: number): Access => {
    const known = cached?.access.endpoint;
    const endpoint = known && isDeepStrictEqual(known, access.endpoint) ? known : access.endpoint;
    cached = { access: { ...access, endpoint }, until: clock.now() + ageMs };
    return cached.access;
  };
  const reload = (): Promise<Access> => {
    loading ??= load()
      .then((access) => keep(access, maxAgeMs))
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  let refreshing: Promise<Access> | undefined;
  const refresh = (old: Access): Promise<Access> => {
    refreshing ??= reload()
      .catch((error: unknown) => {
        telemetry.warn(KEPT, { failure: failureOf(error) });
        return keep(old, GRACE_MS);
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  };
  return {
    current: async () => {
      if (cached === undefined) return reload();
      return clock.now() < cached.until ? cached.access : refresh(cached.access);
    },
    renewed: async (refused) => (cached && cached.access !== refused ? cached.access : reload()),
    adopt: (access) => void keep(access, maxAgeMs),
  };
}
