import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { podNoticeDetailTypes, podNoticeSource } from '../../../events/pod-notice.ts';
import type { PodNotice } from '../../../events/pod-notice.ts';
import type { Notices } from '../../ports/notices.ts';
import type { Fields, Telemetry } from '../../ports/telemetry.ts';

/** What the publisher needs. */
export interface NoticesOptions {
  /** Default: {@link createEventBridgeClient}. */
  readonly client?: EventBridgeClient;
  /** Name or ARN of the bus. */
  readonly bus: string;
  readonly telemetry: Telemetry;
}

/** A client that gives up soon, because a notice is best effort and a pod waits behind it: two sends of 3 s. */
export function createEventBridgeClient(): EventBridgeClient {
  return new EventBridgeClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
}

/**
 * Publishes each notice as one event: source `lambdalet.pod`, the detail-type of its kind, the notice as the detail.
 * Best effort: a refusal is a warning in the log, and nothing is ever thrown.
 */
export function createNotices({
  client = createEventBridgeClient(),
  bus,
  telemetry,
}: NoticesOptions): Notices {
  const warn = (notice: PodNotice, why: Fields): void =>
    telemetry.warn('A notice about a pod was not published', { ...fieldsOf(notice), bus, ...why });
  return {
    publish: async (notice) => {
      try {
        const refusal = refusalIn(await client.send(putEvents(notice, bus)));
        if (refusal !== undefined) warn(notice, refusal);
      } catch (error) {
        warn(notice, { error });
      }
    },
  };
}

function putEvents(notice: PodNotice, bus: string): PutEventsCommand {
  const entry = {
    EventBusName: bus,
    Source: podNoticeSource,
    DetailType: podNoticeDetailTypes[notice.kind],
    Detail: JSON.stringify(notice),
    ...(notice.taskArn !== undefined && { Resources: [notice.taskArn] }),
  };
  return new PutEventsCommand({ Entries: [entry] });
}

/** PutEvents answers 200 even when it refused an entry: the count tells (EventBridge API reference, PutEvents). */
function refusalIn({ FailedEntryCount, Entries }: PutEventsCommandOutput): Fields | undefined {
  if ((FailedEntryCount ?? 0) === 0) return undefined;
  const failed = Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
  return { code: failed?.ErrorCode ?? 'unknown', reason: failed?.ErrorMessage ?? 'no reason given' };
}

function fieldsOf({ kind, node, pod, attempt, taskArn }: PodNotice): Fields {
  return {
    kind,
    node,
    namespace: pod.namespace,
    pod: pod.name,
    uid: pod.uid,
    attempt,
    task: taskArn ?? 'none',
  };
}
