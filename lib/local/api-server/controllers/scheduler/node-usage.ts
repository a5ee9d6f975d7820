import { isFinished } from '../../kinds/pod/pod-rules.ts';
import { objectsAt, textAt, textsAt } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { parseQuantity } from '../../objects/quantity.ts';
import type { StoreEvent } from '../../storage/object-store.ts';

/** Amounts by resource name; `pods` counts pods. */
export type Amounts = ReadonlyMap<string, number>;

const requested = new WeakMap<ApiObject, Amounts>();

/** What a pod asks for: the sum of its containers, or its largest init container where that is more. */
export function requestsOf(pod: ApiObject): Amounts {
  const known = requested.get(pod);
  if (known !== undefined) return known;
  const amounts = new Map([['pods', 1]]);
  for (const container of objectsAt(pod, 'spec', 'containers')) add(amounts, containerRequests(container), 1);
  for (const container of objectsAt(pod, 'spec', 'initContainers')) {
    for (const [name, amount] of containerRequests(container))
      amounts.set(name, Math.max(amounts.get(name) ?? 0, amount));
  }
  requested.set(pod, amounts);
  return amounts;
}

function containerRequests(container: JsonObject): Amounts {
  const texts = Object.entries(textsAt(container, 'resources', 'requests'));
  return new Map(texts.map(([name, text]) => [name, parseQuantity(text) ?? 0]));
}

function add(to: Map<string, number>, amounts: Amounts, sign: 1 | -1): void {
  for (const [name, amount] of amounts) to.set(name, (to.get(name) ?? 0) + sign * amount);
}

/** What runs on each node, kept in step with every change of a pod. */
export interface NodeUsage {
  observe(event: StoreEvent): void;
  of(node: string): Amounts;
}

const NOTHING: Amounts = new Map();

/** An account of all nodes. Finished pods take nothing. */
export function createNodeUsage(): NodeUsage {
  const used = new Map<string, Map<string, number>>();
  const book = (pod: ApiObject, sign: 1 | -1): void => {
    const node = textAt(pod, 'spec', 'nodeName');
    if (node === '' || isFinished(pod)) return;
    const account = used.get(node) ?? new Map<string, number>();
    used.set(node, account);
    add(account, requestsOf(pod), sign);
  };
  return {
    observe: (event) => {
      if (event.storage !== 'pods') return;
      if (event.previous !== undefined) book(event.previous, -1);
      if (event.type !== 'DELETED') book(event.object, 1);
    },
    of: (node) => used.get(node) ?? NOTHING,
  };
}
