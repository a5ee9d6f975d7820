import * as z from 'zod';
import type { FailureKind } from '../core/failure.ts';
import type { RecordState } from '../core/record.ts';
import type { Shortage, StopCause, TaskState } from '../core/task.ts';

/** The format of an exported history. Another one is another number; of a newer one nothing is guessed. */
export const HISTORY_FORMAT = 'lambdalet.dev/history/v1';

/** Words of the product itself: reasons, causes, acts. Anything else is `other`. */
const word = z.string().regex(/^[A-Za-z][A-Za-z ]{0,63}$/);
/** Containers by their number: `c1`, and `i1` for init containers. */
const container = z.string().regex(/^[ci]\d{1,3}$/);
/** Milliseconds since the pod was bound. */
const at = z
  .int()
  .min(-3_600_000)
  .max(400 * 86_400_000);
const count = z.int().min(0).max(1_000_000);
const quantity = z.string().regex(/^\d{1,12}(\.\d{1,6})?([a-zA-Z]{1,2})?$/);

const containerShape = z.strictObject({
  name: container,
  sidecar: z.literal(true).optional(),
  cpu: quantity.optional(),
  memory: quantity.optional(),
  probes: z
    .array(z.enum(['startup', 'readiness', 'liveness']))
    .max(3)
    .optional(),
  sleepSeconds: z.number().min(0).max(86_400).optional(),
});

/** What decisions hang on in the pod. */
const podSchema = z.strictObject({
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']),
  graceSeconds: count.optional(),
  deadlineSeconds: count.optional(),
  daemonSet: z.literal(true).optional(),
  init: z.array(containerShape).optional(),
  containers: z.array(containerShape).min(1),
});

const TASK_STATES = ['pending', 'running', 'stopping', 'stopped'] as const satisfies readonly TaskState[];
const STOP_CAUSES = [
  ...(['exited', 'imagePull', 'configuration', 'capacity', 'containerStart'] as const),
  ...(['requested', 'disruption', 'lost'] as const),
] as const satisfies readonly StopCause[];
const SHORTAGES = ['quota', 'capacity', 'addresses'] as const satisfies readonly Shortage[];
const FAILURES = [
  ...(['refused', 'capacity', 'quota', 'throttled', 'auth', 'configuration'] as const),
  ...(['transient', 'ambiguous', 'internal'] as const),
] as const satisfies readonly FailureKind[];
const STATES = ['none', 'claimed', 'launched', 'ended'] as const satisfies readonly (RecordState | 'none')[];

/** A task as ECS told of it. */
const taskSchema = z.strictObject({
  state: z.enum(TASK_STATES),
  createdAt: at.optional(),
  startedAt: at.optional(),
  stoppingAt: at.optional(),
  stoppedAt: at.optional(),
  cause: z.enum(STOP_CAUSES).optional(),
  shortOf: z.enum(SHORTAGES).optional(),
  disruption: z.literal(true).optional(),
  containers: z.array(
    z.strictObject({
      name: container,
      state: z.enum(['pending', 'running', 'stopped']),
      exitCode: z.int().min(-1).max(4_294_967_295).optional(),
      outOfMemory: z.boolean().optional(),
      health: z.enum(['healthy', 'unhealthy']).optional(),
      startedAt: at.optional(),
      finishedAt: at.optional(),
    }),
  ),
});

/** One thing that came from outside of the control loop. */
const factSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bound'), at }),
  z.strictObject({ kind: z.literal('deleted'), at, graceSeconds: count }),
  z.strictObject({ kind: z.literal('gone'), at }),
  z.strictObject({ kind: z.literal('edited'), at, what: z.enum(['resize', 'spec']) }),
  z.strictObject({
    kind: z.literal('answered'),
    at,
    attempt: count,
    refusal: z.strictObject({ kind: z.enum(FAILURES), code: word.optional() }).optional(),
  }),
  z.strictObject({
    kind: z.literal('task'),
    at,
    attempt: count,
    /** How it was learnt: by an event, by the answer to a call of ours, or by asking. */
    by: z.enum(['event', 'answer', 'look']),
    task: taskSchema,
  }),
  z.strictObject({ kind: z.literal('unknownTask'), at, attempt: count }),
]);

/** One act of the control loop. */
const actSchema = z.strictObject({
  at,
  act: word,
  by: z.enum(['pod-sync', 'task-events', 'node-teardown', 'other']),
  attempt: count,
  try: count.optional(),
  from: z.enum(STATES).optional(),
  to: z.enum(STATES).optional(),
  cause: word.optional(),
  container: container.optional(),
  shown: z
    .strictObject({
      phase: word,
      ready: z.literal(true).optional(),
      reason: word.optional(),
      containers: z.record(container, z.string().regex(/^[A-Za-z][A-Za-z ]{0,63}( -?\d{1,10})?$/)),
    })
    .optional(),
});

/**
 * The history of one pod as it may be shown to others: no name, image, command, variable, label, address, account or time of day is in it,
 * only what the decisions of the control loop hang on, what came from outside, and what was done.
 */
const documentSchema = z.strictObject({
  format: z.literal(HISTORY_FORMAT),
  settings: z.strictObject({ mode: z.enum(['watch', 'economy']), podsReady: z.boolean() }),
  /** How far it goes: what came later is not in it. */
  until: at,
  pod: podSchema,
  facts: z.array(factSchema).min(1),
  acts: z.array(actSchema),
});

export type HistoryDocument = z.infer<typeof documentSchema>;
export type HistoryFact = HistoryDocument['facts'][number];
export type HistoryAct = HistoryDocument['acts'][number];

/**
 * Reads an exported history, strictly: what is not known is refused.
 * @throws Error with every fault
 */
export function readHistoryDocument(text: string): HistoryDocument {
  const read = documentSchema.safeParse(JSON.parse(text));
  if (read.success) return read.data;
  throw new Error(
    read.error.issues
      .map(({ path, message }) => `${path.join('.') || 'the document'}: ${message}`)
      .join('; '),
  );
}

/** The same document, or an error that says which field is not one that may leave. */
export function demandRedacted(document: unknown): HistoryDocument {
  return readHistoryDocument(JSON.stringify(document));
}
