import type { ApiObject } from '../objects/api-object.ts';
import { withoutNulls } from '../objects/json.ts';
import type { Json } from '../objects/json.ts';

/** Fields that events.k8s.io/v1 names otherwise than core/v1, which is the stored form. */
const RENAMED: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
};
const BACK = Object.fromEntries(Object.entries(RENAMED).map(([core, events]) => [events, core]));

function renamed(event: ApiObject, names: Readonly<Record<string, string>>): ApiObject {
  const entries = Object.entries(event).map(([key, value]): [string, Json | undefined] => [
    names[key] ?? key,
    value,
  ]);
  return { ...withoutNulls(Object.fromEntries(entries)), metadata: event.metadata };
}

/** A stored event as events.k8s.io/v1 shows it. */
export function toEventsVersion(event: ApiObject): ApiObject {
  const shown = Object.fromEntries(
    Object.entries(renamed(event, RENAMED)).filter(([, value]) => value !== ''),
  );
  return {
    ...shown,
    metadata: event.metadata,
    eventTime: event['eventTime'] ?? null,
    deprecatedFirstTimestamp: event['firstTimestamp'] ?? null,
    deprecatedLastTimestamp: event['lastTimestamp'] ?? null,
  };
}

/** An events.k8s.io/v1 event in its stored form. */
export function fromEventsVersion(event: ApiObject): ApiObject {
  return renamed(event, BACK);
}
