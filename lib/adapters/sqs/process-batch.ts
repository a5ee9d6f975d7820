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
 */
export function processBatch(
  event: SQSEvent,
  handle: (message: Message) => Promise<void>,
): Promise<SQSBatchResponse> {
  const processor = new BatchProcessor(EventType.SQS);
  const each = (record: SQSRecord): Promise<void> =>
    handle({
      messageId: record.messageId,
      body: readJson(record.body),
      deliveries: Number(record.attributes.ApproximateReceiveCount),
    });
  return processPartialResponse(event, each, processor, { throwOnFullBatchFailure: false });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
