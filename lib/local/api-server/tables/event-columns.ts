import type { Column } from '../kinds/kind-row.ts';
import { nameOf, timeAt } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { numberAt, textAt } from '../objects/json.ts';
import { humanDuration } from './human-duration.ts';

function since(now: number, time: number | undefined): string {
  return time === undefined ? '<unknown>' : humanDuration(now - time);
}

function firstSeen(event: ApiObject): number | undefined {
  return timeAt(event, 'firstTimestamp') ?? timeAt(event, 'eventTime');
}

function lastSeen(event: ApiObject): number | undefined {
  return timeAt(event, 'series', 'lastObservedTime') ?? timeAt(event, 'lastTimestamp') ?? firstSeen(event);
}

function objectText(event: ApiObject): string {
  const kind = textAt(event, 'involvedObject', 'kind').toLowerCase();
  const name = textAt(event, 'involvedObject', 'name');
  return name === '' ? kind : `${kind}/${name}`;
}

function sourceText(event: ApiObject): string {
  const component = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
  const host = textAt(event, 'source', 'host') || textAt(event, 'reportingInstance');
  return [component, host].filter((part) => part !== '').join(', ');
}

/** `kubectl get events`, newest last as kubectl sorts them. Stored events have the fields of the core version. */
export const EVENT_COLUMNS: readonly Column[] = [
  { name: 'Last Seen', cell: (event, now) => since(now, lastSeen(event)) },
  { name: 'Type', cell: (event) => textAt(event, 'type') },
  { name: 'Reason', cell: (event) => textAt(event, 'reason') },
  { name: 'Object', cell: objectText },
  { name: 'Subobject', wide: true, cell: (event) => textAt(event, 'involvedObject', 'fieldPath') },
  { name: 'Source', wide: true, cell: sourceText },
  { name: 'Message', cell: (event) => textAt(event, 'message').trim() },
  { name: 'First Seen', wide: true, cell: (event, now) => since(now, firstSeen(event)) },
  {
    name: 'Count',
    wide: true,
    cell: (event) => numberAt(event, 'series', 'count') ?? numberAt(event, 'count') ?? 1,
  },
  { name: 'Name', format: 'name', wide: true, cell: (event) => nameOf(event) },
];
