import * as z from 'zod';
import type {
  ContainerProbes,
  PodEdit,
  PodRecord,
  PreviousAttempt,
  ProbeResult,
  ProbeResults,
  Refusal,
  StopRequest,
} from '../../core/record.ts';
import type { ObservedContainer, ObservedTask } from '../../core/task.ts';
import type { TaskUse } from '../../core/task-use.ts';

/** One schema for every field: a new field of the core type does not compile until it is here. */
type Shape<T> = { readonly [Key in keyof Required<T>]: z.ZodType<T[Key]> };

const text = z.string();
const instant = z.number();
const count = z.int().nonnegative();

const stopCause = z.enum([
  'exited',
  'imagePull',
  'configuration',
  'capacity',
  'containerStart',
  'requested',
  'disruption',
  'lost',
]);

const containerShape = {
  name: text,
  state: z.enum(['pending', 'running', 'stopped']),
  exitCode: z.int().exactOptional(),
  reason: text.exactOptional(),
  outOfMemory: z.boolean().exactOptional(),
  runtimeId: text.exactOptional(),
  imageDigest: text.exactOptional(),
  health: z.enum(['healthy', 'unhealthy', 'unknown']).exactOptional(),
  startedAt: instant.exactOptional(),
  finishedAt: instant.exactOptional(),
} satisfies Shape<ObservedContainer>;

const taskShape = {
  arn: text,
  version: count,
  state: z.enum(['pending', 'running', 'stopping', 'stopped']),
  containers: z.array(z.object(containerShape)),
  podIP: text.exactOptional(),
  createdAt: instant.exactOptional(),
  startedAt: instant.exactOptional(),
  stoppingAt: instant.exactOptional(),
  stoppedAt: instant.exactOptional(),
  cause: stopCause.exactOptional(),
  shortOf: z.enum(['quota', 'capacity', 'addresses']).exactOptional(),
  reason: text.exactOptional(),
  disruption: text.exactOptional(),
  annotations: z.record(text, text).exactOptional(),
} satisfies Shape<ObservedTask>;

const previousShape = {
  attempt: count,
  taskArn: text,
  containers: z.array(z.object(containerShape)),
  cause: stopCause.exactOptional(),
  startedAt: instant.exactOptional(),
  stoppedAt: instant.exactOptional(),
} satisfies Shape<PreviousAttempt>;

const stopShape = {
  at: instant,
  why: z.enum([
    'deleted',
    'deadlineExceeded',
    'teardown',
    'orphan',
    'initFailed',
    'unhealthy',
    'sidecarEnded',
  ]),
  deadline: instant,
  container: text.exactOptional(),
} satisfies Shape<StopRequest>;

const refusalShape = {
  kind: z.enum([
    'refused',
    'capacity',
    'quota',
    'throttled',
    'auth',
    'configuration',
    'transient',
    'ambiguous',
    'internal',
  ]),
  message: text,
  code: text.exactOptional(),
  at: instant,
  failingSince: instant.exactOptional(),
  tries: count,
  retry: z.boolean(),
  podReason: text,
} satisfies Shape<Refusal>;

const editShape = {
  kind: z.enum(['resize', 'spec']),
  message: text,
  attempt: count,
} satisfies Shape<PodEdit>;

const probeShape = {
  ok: z.boolean(),
  against: count,
  at: instant,
  message: text.exactOptional(),
} satisfies Shape<ProbeResult>;
const probe = z.object(probeShape);

const containerProbesShape = {
  startup: probe.exactOptional(),
  readiness: probe.exactOptional(),
  liveness: probe.exactOptional(),
} satisfies Shape<ContainerProbes>;

const probesShape = {
  attempt: count,
  containers: z.record(text, z.object(containerProbesShape)),
} satisfies Shape<ProbeResults>;

const useShape = {
  vcpu: z.number().nonnegative(),
  usdPerHour: z.number().nonnegative(),
  capacityType: z.enum(['on-demand', 'spot']),
} satisfies Shape<TaskUse>;

const recordShape = {
  uid: text,
  namespace: text,
  name: text,
  node: text,
  state: z.enum(['claimed', 'launched', 'ended']),
  specHash: text,
  attempt: count,
  try: count,
  claimer: text,
  launchBefore: instant,
  firstSentAt: instant.exactOptional(),
  replayed: z.boolean(),
  taskDefinition: text.exactOptional(),
  taskArn: text.exactOptional(),
  launchedAt: instant.exactOptional(),
  task: z.object(taskShape).exactOptional(),
  previous: z.object(previousShape).exactOptional(),
  stop: z.object(stopShape).exactOptional(),
  refusal: z.object(refusalShape).exactOptional(),
  nextTryAt: instant.exactOptional(),
  missingSince: instant.exactOptional(),
  generation: count.exactOptional(),
  edit: z.object(editShape).exactOptional(),
  files: z.boolean().exactOptional(),
  annotations: z.record(text, text).exactOptional(),
  use: z.object(useShape).exactOptional(),
  probes: z.object(probesShape).exactOptional(),
  restarts: z.record(text, count),
  backOffCount: count,
  expiresAt: instant.exactOptional(),
} satisfies Shape<PodRecord>;

/** A whole record. Fields that it does not know are ignored, at every level: a newer version may have written them. */
export const recordSchema: z.ZodType<PodRecord> = z.object(recordShape);

/** The states that this version understands. */
export const KNOWN_STATES: readonly PodRecord['state'][] = recordShape.state.options;

/**
 * The attributes that every stored record has, with DynamoDB's letter for their type. The node and the UID are in the key.
 */
export const MANDATORY_ATTRIBUTES = {
  namespace: 'S',
  name: 'S',
  state: 'S',
  specHash: 'S',
  attempt: 'N',
  try: 'N',
  claimer: 'S',
  launchBefore: 'N',
  replayed: 'BOOL',
  restarts: 'M',
  backOffCount: 'N',
} as const satisfies Partial<Record<keyof PodRecord, 'S' | 'N' | 'BOOL' | 'M'>>;
