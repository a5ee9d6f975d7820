import type { Instant } from '../../../lib/core/kubernetes.ts';

/** What the servers' process is told to be. */
export interface WorldChoice {
  /** Pods that run already. */
  readonly settledPods: number;
  /** `enforced`: the real quotas; `raised`: so high that they never limit. */
  readonly quotas: 'enforced' | 'raised';
}

/** What the servers have seen since they started. */
export interface WorldCounts {
  readonly calls: Readonly<Record<string, number>>;
  /** When each watch of pods was opened, or refused. */
  readonly watches: readonly Instant[];
  /** When each RunTask came in. */
  readonly launches: readonly Instant[];
  /** When the slot says that the last complete pass was made. */
  readonly lastPassAt: Instant | undefined;
}

/** The answer to `start`. */
export interface StartedWorld {
  /** The environment of the functions. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of an average settled pod. */
  readonly podBytes: number;
}

/** What the servers' process can be asked. */
export type WorldQuestion =
  | { readonly kind: 'start'; readonly choice: WorldChoice }
  | { readonly kind: 'counts' }
  /** Binds so many new pods at once. */
  | { readonly kind: 'bind'; readonly pods: number }
  /** Changes an annotation of so many pods: the watch tells of each. */
  | { readonly kind: 'touch'; readonly pods: number }
  /** Forgets the history, as etcd's compaction does, and ends the watches: whoever watched must list again. */
  | { readonly kind: 'compact' };

/** The answers, by the kind of the question. */
export interface WorldAnswers {
  readonly start: StartedWorld;
  readonly counts: WorldCounts;
  readonly bind: undefined;
  readonly touch: undefined;
  readonly compact: undefined;
}

export interface WorldCall {
  readonly id: number;
  readonly question: WorldQuestion;
}

export type WorldReply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };
