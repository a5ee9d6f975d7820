import { kindOf } from '../kinds/kind-table.ts';
import { KINDS } from '../kinds/kind-table.ts';
import { isTerminating, nameOf, namespaceOf, toTime, withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { JsonObject } from '../objects/json.ts';
import { removeObject } from '../requests/delete-object.ts';
import type { StoreEvent } from '../storage/object-store.ts';
import { createQueueController } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';

const CA_NOTE =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Gives each namespace its default service account and CA bundle; empties and removes deleted namespaces. */
export function createNamespaceController(context: ControllerContext): Controller {
  return createQueueController({
    keysOf: (event) => keysOf(event),
    reconcile: (name, now) => {
      const namespace = context.world.store.get('namespaces', '', name);
      if (namespace === undefined) return;
      if (isTerminating(namespace)) emptyNamespace(context, namespace, now);
      else provideDefaults(context, name, now);
    },
  });
}

// Of other objects only deletions matter: the last one frees its namespace, and what a namespace must have is made again.
function keysOf(event: StoreEvent): readonly string[] {
  if (event.storage === 'namespaces') return [nameOf(event.object)];
  return event.type === 'DELETED' && namespaceOf(event.object) !== '' ? [namespaceOf(event.object)] : [];
}

function provideDefaults(context: ControllerContext, namespace: string, now: number): void {
  const { store, ids, caCertificate } = context.world;
  const metadataOf = (name: string, more: JsonObject): JsonObject => ({
    name,
    namespace,
    uid: ids.uid(),
    creationTimestamp: toTime(now),
    ...more,
  });
  if (store.get('serviceaccounts', namespace, 'default') === undefined) {
    store.put('serviceaccounts', { metadata: metadataOf('default', {}) });
  }
  if (store.get('configmaps', namespace, 'kube-root-ca.crt') === undefined) {
    const metadata = metadataOf('kube-root-ca.crt', {
      annotations: { 'kubernetes.io/description': CA_NOTE },
    });
    store.put('configmaps', { metadata, data: { 'ca.crt': caCertificate } });
  }
}

function emptyNamespace(context: ControllerContext, namespace: ApiObject, now: number): void {
  const { store } = context.world;
  const rows = KINDS.filter((row) => row.namespaced && row.storage !== '' && row.fromStorage === undefined);
  const content = rows.flatMap((row) =>
    store
      .list(row.storage)
      .filter((object) => namespaceOf(object) === nameOf(namespace))
      .map((object) => ({ row, object })),
  );
  for (const { row, object } of content) {
    if (!isTerminating(object)) removeObject(store, row, object, { now });
  }
  const isEmpty = rows.every((row) =>
    store.list(row.storage).every((object) => namespaceOf(object) !== nameOf(namespace)),
  );
  if (!isEmpty) return;
  const freed = withMetadata({ ...namespace, spec: {} }, {});
  store.remove(kindOf('namespaces').storage, freed);
}
