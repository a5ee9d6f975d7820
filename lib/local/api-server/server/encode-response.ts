import { isList, toText } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import type { WatchEvent } from '../storage/watch-hub.ts';

/** JSON text of a body. The items of a list are stored objects, whose text is remembered. */
export function encodeBody(body: JsonObject): string {
  const { items } = body;
  if (!isList(items)) return toText(body);
  const head = JSON.stringify({ ...body, items: undefined });
  return `${head.slice(0, -1)},"items":[${items.map(toText).join(',')}]}`;
}

/** One line of a watch. */
export function encodeEvent(event: WatchEvent): string {
  return `{"type":"${event.type}","object":${toText(event.object)}}\n`;
}
