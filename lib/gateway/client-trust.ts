import { failureOf } from '../core/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** Who signs the certificates of callers, and who does from now on. */
export interface ClientTrust {
  /**
   * Resolves when `show` was called with PEM of the authorities (empty: no certificate is good); calls it again whenever they are others,
   * until `signal` aborts. Never rejects.
   */
  keep(show: (authorities: string) => void, signal: AbortSignal): Promise<void>;
}

/** What trust is read from. */
export interface TrustDeps {
  /** PEM; `undefined`: none is published, or it may not be read. Throws when it cannot be said now. */
  readonly authorities: { read(): Promise<string | undefined> };
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
}

/** An API server that is away is asked again after so long, until it has said it once. */
const RETRY_MS = 5_000;
/** How long an authority that was taken out may still be trusted. */
const REREAD_MS = 5 * 60_000;
const WAY_OUT =
  'apply the rendered bootstrap again: it lets the gateway read client-ca-file of kube-system/extension-apiserver-authentication, where the API server publishes it';

/** The same authorities for ever. */
export function trustOf(authorities: string): ClientTrust {
  return {
    keep: (show) => {
      show(authorities);
      return Promise.resolve();
    },
  };
}

/**
 * The authorities that the cluster publishes, read again every five minutes, so that neither a rotation nor a right that is granted later
 * needs a new task. What cannot be read, or is published no longer, changes nothing: the last ones stay. Before there were any, only tokens
 * are good.
 */
export function trustPublished(deps: TrustDeps): ClientTrust {
  return {
    keep: async (show, signal) => {
      const first = await readFirst(deps, signal);
      show(first);
      void readOn(deps, first, show, signal);
    },
  };
}

/** Waits for an API server that is away: without the authorities every caller with a certificate would be turned away. */
async function readFirst({ authorities, clock, telemetry }: TrustDeps, signal: AbortSignal): Promise<string> {
  while (!signal.aborted) {
    try {
      const published = await authorities.read();
      if (published === undefined)
        telemetry.warn('No client certificate is trusted: callers are known by their tokens only', {
          wayOut: WAY_OUT,
        });
      return published ?? '';
    } catch (thrown) {
      telemetry.warn('The authorities of client certificates could not be read', {
        failure: failureOf(thrown),
      });
      await clock.sleep(clock.now() + RETRY_MS, signal);
    }
  }
  return '';
}

async function readOn(
  { authorities, clock, telemetry }: TrustDeps,
  first: string,
  show: (authorities: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let known = first; ;) {
    await clock.sleep(clock.now() + REREAD_MS, signal);
    if (signal.aborted) return;
    try {
      const published = (await authorities.read()) ?? known;
      if (published === known) continue;
      known = published;
      telemetry.info('The authorities of client certificates are others now');
      show(known);
    } catch (thrown) {
      telemetry.warn('The authorities of client certificates could not be read; the last ones stay', {
        failure: failureOf(thrown),
      });
    }
  }
}
