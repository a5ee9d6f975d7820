import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { wireTaskEvents } from '../lib/wiring.ts';

const onBatch = wireTaskEvents(process.env);

/** Triggered by the queue of ECS task events: writes what happened into the records and publishes the pods' status. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => onBatch(event);
