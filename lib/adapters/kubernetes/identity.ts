import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../core/kubernetes.ts';
import { failureOf } from '../../core/failure.ts';
import type { Clock } from '../../ports/clock.ts';

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
}

/** The part of the clock that identities need. */
export type IdentityClock = Pick<Clock, 'now'>;

interface Cached {
  readonly access: Access;
  readonly until: Instant;
}

/** How long an access that could not be reloaded for a passing reason stays in use. */
const GRACE_MS = 30_000;

/**
 * Caches what `load` gives for `maxAgeMs`. Loads are shared by callers who come at the same time. An old access stays in use
 * while a new one cannot be had for a passing reason, because it may well still be good; an equal endpoint keeps its object,
 * and so its connections.
 */
export function cacheAccess(load: () => Promise<Access>, maxAgeMs: number, clock: IdentityClock): Identity {
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
  return {
    current: async () => {
      if (cached && clock.now() < cached.until) return cached.access;
      const old = cached?.access;
      try {
        return await reload();
      } catch (error) {
        if (!old || failureOf(error).kind === 'auth') throw error;
        return keep(old, GRACE_MS);
      }
    },
    renewed: async (refused) => (cached && cached.access !== refused ? cached.access : reload()),
  };
}
