import { setTimeout } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../../core/kubernetes.ts';
import type {
  CpuMicros,
  KeptUse,
  NodeCheckpoint,
  TaskCheckpoint,
  UseCheckpoints,
} from '../../ports/use-checkpoints.ts';
import { createDynamoClient } from './create-dynamo.ts';
import { openTable, type DynamoTable } from './dynamo-table.ts';
import type { Condition } from './expression-terms.ts';
import { USE_PREFIX, usePartition } from './item-keys.ts';
import { TTL_ATTRIBUTE, type Item } from './table-definition.ts';

const DAY_MS = 24 * 3_600_000;
/** A task that was not saved for so long is over. */
const TASK_KEPT_MS = 7 * DAY_MS;
const NODE_KEPT_MS = 90 * DAY_MS;

/** Where checkpoints are kept. */
export interface UseCheckpointsOptions {
  /** Default: that of the records. */
  readonly client?: DynamoDBClient;
  readonly table: string;
  readonly cluster: string;
}

/**
 * The checkpoints in the table of the records: a partition of their own for each cluster, in it an item for each task (`USE#TASK#<id>`)
 * and node (`USE#NODE#<name>`) and one for how far all of them go (`USE#THROUGH`).
 */
export function createUseCheckpoints(options: UseCheckpointsOptions): UseCheckpoints {
  const documents = DynamoDBDocumentClient.from(options.client ?? createDynamoClient(), {
    unmarshallOptions: { wrapNumbers: Number },
  });
  const table = openTable(documents, options.table, (milliseconds) => setTimeout(milliseconds));
  const pk = usePartition(options.cluster);
  return {
    load: () => load(table, pk),
    begin: async ({ taskId, node, startedAt }, now) => {
      const key = { pk, sk: `${USE_PREFIX}TASK#${taskId}` };
      await table.update(key, { node, startedAt, ...ends(now + TASK_KEPT_MS) }, isNew);
    },
    saveTask: async ({ taskId, ...checkpoint }, now) => {
      const change = { ...checkpoint, ...ends(now + TASK_KEPT_MS) };
      await table.update({ pk, sk: `${USE_PREFIX}TASK#${taskId}` }, change, goesFurther(checkpoint.through));
    },
    saveNode: async ({ node, ...checkpoint }, now) => {
      const change = { ...checkpoint, ...ends(now + NODE_KEPT_MS) };
      await table.update({ pk, sk: `${USE_PREFIX}NODE#${node}` }, change, goesFurther(checkpoint.through));
    },
    saveThrough: async (through) => {
      await table.update({ pk, sk: `${USE_PREFIX}THROUGH` }, { through }, goesFurther(through));
    },
  };
}

function ends(at: Instant): Item {
  return { [TTL_ATTRIBUTE]: Math.ceil(at / 1000) };
}

const isNew: Condition = (terms) => `attribute_not_exists(${terms.name('pk')})`;

function goesFurther(through: Instant): Condition {
  return (terms) => {
    const name = terms.name('through');
    return `attribute_not_exists(${name}) OR ${name} < ${terms.value(through)}`;
  };
}

async function load(table: DynamoTable, pk: string): Promise<KeptUse> {
  const tasks: TaskCheckpoint[] = [];
  const nodes: NodeCheckpoint[] = [];
  let through: Instant | undefined;
  for await (const page of table.query(pk, USE_PREFIX)) {
    for (const item of page) {
      const [, kind, name = ''] = /^USE#(TASK#|NODE#|THROUGH)(.*)$/.exec(String(item['sk'])) ?? [];
      if (kind === 'TASK#') tasks.push(...readTask(name, item));
      if (kind === 'NODE#') nodes.push(...readNode(name, item));
      if (kind === 'THROUGH' && typeof item['through'] === 'number') through = item['through'];
    }
  }
  return { tasks, nodes, ...(through !== undefined && { through }) };
}

/** A task that was only begun has used nothing by the samples of before it started. */
function readTask(taskId: string, item: Item): readonly TaskCheckpoint[] {
  const { node, startedAt, through = startedAt, micros = {} } = item;
  if (typeof node !== 'string' || typeof startedAt !== 'number' || typeof through !== 'number') return [];
  const read = readMicros(micros);
  return read === undefined ? [] : [{ taskId, node, startedAt, through, micros: read }];
}

function readMicros(stored: unknown): Readonly<Record<string, CpuMicros>> | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const entries = Object.entries(stored) as readonly (readonly [string, unknown])[];
  return entries.every((entry): entry is [string, number] => typeof entry[1] === 'number')
    ? Object.fromEntries(entries)
    : undefined;
}

function readNode(node: string, { through, micros }: Item): readonly NodeCheckpoint[] {
  return typeof through === 'number' && typeof micros === 'number' ? [{ node, through, micros }] : [];
}
