import type { Column, KindRow } from '../kinds/kind-row.ts';
import { present } from '../kinds/kind-row.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { Json, JsonObject } from '../objects/json.ts';

/** How a Table is wanted. */
export interface TableOrder {
  readonly now: number;
  /** `None`, `Object`, or anything else for metadata only. */
  readonly include: string;
  readonly metadata: JsonObject;
  /** A later event of a watch, which does not repeat the column definitions. */
  readonly isContinued?: boolean;
}

/** A `meta.k8s.io/v1` Table: what `kubectl get` prints. */
export function toTable(row: KindRow, objects: readonly ApiObject[], order: TableOrder): JsonObject {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: order.metadata,
    columnDefinitions: order.isContinued === true ? null : row.columns.map(definitionOf),
    rows: objects.map((object) => ({
      cells: row.columns.map((column) => column.cell(object, order.now)),
      object: includedObject(row, object, order.include),
    })),
  };
}

function definitionOf(column: Column): JsonObject {
  return {
    name: column.name,
    type: column.type ?? 'string',
    format: column.format ?? '',
    description: column.name,
    priority: column.wide === true ? 1 : 0,
  };
}

function includedObject(row: KindRow, object: ApiObject, include: string): Json {
  if (include === 'None') return null;
  if (include === 'Object') return present(row, object);
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
