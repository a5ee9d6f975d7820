import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Records } from '../../ports/records.ts';
import type { Marks, Slot } from '../../ports/slot.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { createMarks } from './create-marks.ts';
import { createRecords } from './create-records.ts';
import type { OnUnreadable } from './create-records.ts';
import { createSlot } from './create-slot.ts';
import { openTable } from './dynamo-table.ts';

/** What the ports over one table need. */
export interface DynamoOptions {
  /** Default: {@link createDynamoClient}. */
  readonly client?: DynamoDBClient;
  readonly table: string;
  readonly cluster: string;
  readonly telemetry: Telemetry;
  /** Default: an error in the log, once for each item and fault. */
  readonly onUnreadable?: OnUnreadable;
  /** Waits that many milliseconds before a read that DynamoDB answered only in part goes on. Default: it does. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/**
 * A client with the product's only retry layer: three sends, each given up after 5 s. Endpoint, Region and credentials come from
 * the standard variables.
 */
export function createDynamoClient(): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: 3,
    // Without throwOnRequestTimeout the SDK's handler only warns and waits on.
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

/** The ports over one DynamoDB table; a failure is thrown as a `FailureError` that names the table. */
export function createDynamo(options: DynamoOptions): {
  readonly records: Records;
  readonly slot: Slot;
  readonly marks: Marks;
} {
  const { client = createDynamoClient(), cluster, telemetry } = options;
  const documents = DynamoDBDocumentClient.from(client, {
    // A number that JavaScript cannot hold spoils one item, not the whole page it came with.
    unmarshallOptions: { wrapNumbers: Number },
  });
  const table = openTable(
    documents,
    options.table,
    options.sleep ?? ((milliseconds) => setTimeout(milliseconds)),
  );
  return {
    records: createRecords(table, cluster, options.onUnreadable ?? logUnreadable(telemetry)),
    slot: createSlot(table, cluster),
    marks: createMarks(table, cluster),
  };
}

/** A pass comes every few seconds; the same broken item is worth one line for each life of a function instance. */
function logUnreadable(telemetry: Telemetry): OnUnreadable {
  const told = new Set<string>();
  return ({ pk, sk }, fault) => {
    const id = `${pk} ${sk} ${fault}`;
    if (told.has(id)) return;
    told.add(id);
    telemetry.error('A record cannot be read and is left as it is; a newer version may have written it', {
      pk,
      sk,
      fault,
    });
  };
}
