import type { Column } from '../kinds/kind-row.ts';
import { nameOf, timeAt } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { objectsAt, textAt, textsAt } from '../objects/json.ts';
import type { Json } from '../objects/json.ts';
import { humanDuration } from './human-duration.ts';

/** Time since the moment at a path, `<unknown>` when it is not set. */
export function ageOf(now: number, from: Json | undefined, ...path: readonly string[]): string {
  const time = timeAt(from, ...path);
  return time === undefined ? '<unknown>' : humanDuration(now - time);
}

export const NAME: Column = { name: 'Name', format: 'name', cell: (object) => nameOf(object) };

export const AGE: Column = {
  name: 'Age',
  cell: (object, now) => ageOf(now, object.metadata, 'creationTimestamp'),
};

/** `a=b,c=d`, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

/** Containers, images and selector of something with a pod template, for `-o wide`. */
export const TEMPLATE_COLUMNS: readonly Column[] = [
  { name: 'Containers', wide: true, cell: (object) => joined(object, 'name') },
  { name: 'Images', wide: true, cell: (object) => joined(object, 'image') },
  {
    name: 'Selector',
    wide: true,
    cell: (object) => formatLabels(textsAt(object, 'spec', 'selector', 'matchLabels')),
  },
];

function joined(object: ApiObject, field: string): string {
  const containers = objectsAt(object, 'spec', 'template', 'spec', 'containers');
  return containers.map((one) => textAt(one, field)).join(',');
}
