import * as z from 'zod';
import { describeFaults } from './describe-faults.ts';

/** The EventBridge source of everything we publish. */
export const podNoticeSource = 'lambdalet.pod';

/** The EventBridge detail-type of each kind of notice; subscribers filter on it, so it never changes. */
export const podNoticeDetailTypes = {
  launched: 'Pod Launched',
  running: 'Pod Running',
  restarted: 'Pod Restarted',
  finished: 'Pod Finished',
  refused: 'Pod Refused',
} as const;

/** What happened to the pod. */
export type PodNoticeKind = keyof typeof podNoticeDetailTypes;

const text = z.string().min(1);
const milliseconds = z.int().nonnegative();

function detailOf<const Kind extends PodNoticeKind>(kind: Kind) {
  return z.strictObject({
    schemaVersion: z.literal(1),
    kind: z.literal(kind),
    cluster: text,
    node: text,
    pod: z.strictObject({ namespace: text, name: text, uid: text }),
    attempt: z.int().nonnegative(),
    taskArn: text.exactOptional(),
    taskDefinition: text.exactOptional(),
    latenciesMs: z
      .strictObject({
        boundToLaunched: milliseconds.exactOptional(),
        launchedToRunning: milliseconds.exactOptional(),
        runningToPatched: milliseconds.exactOptional(),
      })
      .exactOptional(),
    exitCodes: z.record(text, z.int()).exactOptional(),
    phase: text.exactOptional(),
    reason: text.exactOptional(),
    message: z.string().exactOptional(),
  });
}

function noticeOf<const Kind extends PodNoticeKind>(kind: Kind) {
  return z.strictObject({
    version: text,
    id: text,
    'detail-type': z.literal(podNoticeDetailTypes[kind]),
    source: z.literal(podNoticeSource),
    account: text,
    time: z.iso.datetime({ offset: true }),
    region: text,
    resources: z.array(z.string()),
    /** EventBridge adds it to an event that it replays from an archive. */
    'replay-name': z.string().exactOptional(),
    detail: detailOf(kind),
  });
}

/**
 * The `detail` of a notice: what we send to PutEvents. Strict: a field that is not here is a mistake of ours.
 * `attempt` is 0 when no task was ever started (a refused pod); latencies are milliseconds; `exitCodes` is by container name.
 */
export const podNoticeSchema = z.discriminatedUnion('kind', [
  detailOf('launched'),
  detailOf('running'),
  detailOf('restarted'),
  detailOf('finished'),
  detailOf('refused'),
]);

/** One notice as it is published; its detail-type is `podNoticeDetailTypes[kind]`. */
export type PodNotice = z.infer<typeof podNoticeSchema>;

/** The whole notice as a subscriber receives it, in EventBridge's envelope; its detail-type belongs to its kind. */
export const podNoticeEventSchema = z.discriminatedUnion('detail-type', [
  noticeOf('launched'),
  noticeOf('running'),
  noticeOf('restarted'),
  noticeOf('finished'),
  noticeOf('refused'),
]);

/** One notice as a subscriber receives it. */
export type PodNoticeEvent = z.infer<typeof podNoticeEventSchema>;

/** Either the notice, or every fault of the input: `<path>: <value seen>; allowed: <what>`. */
export type ParsedPodNoticeEvent =
  | { readonly ok: true; readonly event: PodNoticeEvent }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads a parsed JSON body as a notice of ours. Never throws; names all faults at once. */
export function parsePodNoticeEvent(input: unknown): ParsedPodNoticeEvent {
  const result = podNoticeEventSchema.safeParse(input, { reportInput: true });
  return result.success
    ? { ok: true, event: result.data }
    : { ok: false, faults: describeFaults(result.error) };
}
