import * as z from 'zod';
import type { Instant } from '../core/kubernetes.ts';
import { TRANSITION, type TransitionDetail } from '../core/transition.ts';
import type { FoundLine } from '../adapters/cloudwatch-logs/find-lines.ts';

/** One act for a pod, or one that failed, as a function has told it. */
export interface TransitionLine {
  readonly at: Instant;
  /** The function. */
  readonly by: string;
  readonly action: string;
  readonly uid: string;
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  readonly attempt: number;
  readonly detail: TransitionDetail;
  /** Why nothing came of it. */
  readonly failure?: { readonly kind: string; readonly code?: string; readonly message: string };
}

/** The message of a line of an act of which nothing came. */
const ACT_FAILED = 'Pod action failed';

const instant = z.number().optional();
const container = z.looseObject({
  name: z.string(),
  state: z.string(),
  exitCode: z.number().optional(),
  outOfMemory: z.boolean().optional(),
});
const failure = z.looseObject({ kind: z.string(), code: z.string().optional(), message: z.string() });

/** What is read of a line; what a newer version adds does no harm, and a line that lacks any of it is none of ours. */
const lineSchema = z.looseObject({
  message: z.enum([TRANSITION, ACT_FAILED]),
  timestamp: z.string().optional(),
  service: z.string().default('unknown'),
  action: z.string(),
  uid: z.string(),
  namespace: z.string(),
  pod: z.string(),
  node: z.string().default(''),
  attempt: z.number().default(0),
  failure: failure.optional(),
  cause: z.string().optional(),
  refusal: failure.extend({ tries: z.number(), nextTryAt: instant }).optional(),
  seen: z
    .looseObject({
      version: z.number(),
      state: z.string(),
      containers: z.array(container),
      cause: z.string().optional(),
      reason: z.string().optional(),
    })
    .optional(),
  shown: z
    .looseObject({
      phase: z.string(),
      reason: z.string().optional(),
      containers: z.record(z.string(), z.string()),
    })
    .optional(),
  boundAt: instant,
  deletedAt: instant,
  graceSeconds: instant,
  shape: z
    .looseObject({ restartPolicy: z.string(), containers: z.array(z.looseObject({ name: z.string() })) })
    .optional(),
});

/** A line of a function that tells of a pod; `undefined` for any other. */
export function readTransition({ at, text }: FoundLine): TransitionLine | undefined {
  const read = lineSchema.safeParse(parseJson(text));
  if (!read.success) return undefined;
  const {
    message: _,
    timestamp,
    service,
    action,
    uid,
    namespace,
    pod,
    node,
    attempt,
    failure: why,
    ...detail
  } = read.data;
  const told = timestamp === undefined ? NaN : Date.parse(timestamp);
  return {
    ...{ at: Number.isNaN(told) ? at : told, by: service, action, uid, namespace, pod, node, attempt },
    detail: detail as unknown as TransitionDetail,
    ...(why !== undefined && {
      failure: { kind: why.kind, message: why.message, ...(why.code !== undefined && { code: why.code }) },
    }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
