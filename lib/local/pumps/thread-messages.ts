import type { Instant } from '../../core/kubernetes.ts';

/** What a thread needs to become an execution environment: the module that exports `handler`. */
export interface ThreadStart {
  /** A file URL. */
  readonly module: string;
}

/** One invocation on its way into the thread. */
export interface ThreadCall {
  readonly requestId: string;
  readonly functionName: string;
  readonly event: unknown;
  /** When Lambda would end the invocation. */
  readonly deadline: Instant;
}

/** What the thread tells: that the handler is loaded, and how each invocation ended. */
export type ThreadReply =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'answered'; readonly requestId: string; readonly value: unknown }
  | { readonly kind: 'failed'; readonly requestId: string; readonly message: string };
