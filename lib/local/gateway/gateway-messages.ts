import type { KeyPair } from '../../adapters/https-server/start-https-server.ts';

/** What a thread needs to become the gateway. */
export interface GatewayStart {
  /** To listen at, and to be dialled at. */
  readonly host: string;
  /** PEM of whom the certificates of callers must be from. */
  readonly clientAuthorities: string;
  readonly serving: KeyPair;
  /** How often Container Insights measures, in milliseconds. */
  readonly usePeriodMs: number;
}

/** What the thread tells. */
export type GatewayReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'closed' };

/** What the thread is told. */
export type GatewayOrder = 'close';
