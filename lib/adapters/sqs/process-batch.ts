import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/** One message of an SQS event source, its JSON read; `deliveries` counts from 1. */
export interface Message {
  readonly messageId: string;
  readonly body: unknown;
  readonly deliveries: number;
}

/**
 * Handles each message of a batch; those whose handler throws are reported as failed, so that SQS delivers them again (and
 * in the end moves them to the dead-letter queue) while the others are done. A body that is not JSON is handed over as text.
 * @param findNeedless names the messages that need no handling because others of the batch say more: they count as done
 */
export function processBatch(
  event: SQSEvent,
  handle: (message: Message) => Promise<void>,
  findNeedless: (messages: readonly Message[]) => ReadonlySet<string>,
): Promise<SQSBatchResponse> {
  const processor = new BatchProcessor(EventType.SQS);
  const messages = new Map(event.Records.map((record) => [record.messageId, toMessage(record)]));
  const needless = findNeedless([...messages.values()]);
  const each = async (record: SQSRecord): Promise<void> => {
    if (!needless.has(record.messageId)) await handle(messages.get(record.messageId) ?? toMessage(record));
  };
  return processPartialResponse(event, each, processor, { throwOnFullBatchFailure: false });
}

function toMessage({ messageId, body, attributes }: SQSRecord): Message {
  return { messageId, body: readJson(body), deliveries: Number(attributes.ApproximateReceiveCount) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
