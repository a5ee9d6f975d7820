import { resourceOf } from '../kinds/kind-row.ts';
import { badRequest, conflict } from '../objects/api-failure.ts';
import { isTerminating, nameOf, withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { numberAt, objectAt, textAt, textsAt, withValue } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { withPodCondition } from '../objects/conditions.ts';
import type { ApiContext } from './api-context.ts';
import { bodyOf, isDryRun } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { removeObject } from './delete-object.ts';
import { findObject } from './read-objects.ts';
import type { Route } from './route.ts';

const CREATED: JsonObject = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** The pod bound to a node, as the scheduler's binding does it. */
function bindPod(pod: ApiObject, node: string, now: number): ApiObject {
  return withPodCondition(
    withValue(pod, ['spec', 'nodeName'], node),
    { type: 'PodScheduled', status: 'True' },
    now,
  );
}

/** POST of `pods/<name>/binding`. */
export function createBinding(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const body = bodyOf(request, 'Binding') ?? {};
  if (textAt(body, 'metadata', 'name') !== route.name)
    throw badRequest('name in URL does not match name in Binding object');
  const pod = findObject(api, route);
  const wantedUid = textAt(body, 'metadata', 'uid');
  const why = bindingFault(pod, wantedUid);
  if (why !== undefined) throw conflict({ group: '', resource: 'pods/binding' }, nameOf(pod), why);
  const annotations = {
    ...textsAt(pod.metadata, 'annotations'),
    ...textsAt(body, 'metadata', 'annotations'),
  };
  const annotated = Object.keys(annotations).length === 0 ? pod : withMetadata(pod, { annotations });
  if (!isDryRun(request))
    api.world.store.put('pods', bindPod(annotated, textAt(body, 'target', 'name'), now));
  return { code: 201, body: CREATED };
}

function bindingFault(pod: ApiObject, uid: string): string | undefined {
  const node = textAt(pod, 'spec', 'nodeName');
  if (uid !== '' && uid !== textAt(pod.metadata, 'uid'))
    return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${textAt(pod.metadata, 'uid')}`;
  if (isTerminating(pod)) return `pod ${nameOf(pod)} is being deleted, cannot be assigned to a host`;
  return node === '' ? undefined : `pod ${nameOf(pod)} is already assigned to node "${node}"`;
}

/** POST of `pods/<name>/eviction`: says why in a condition, then deletes. There are no disruption budgets here. */
export function createEviction(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const body = bodyOf(request, 'Eviction') ?? {};
  if (textAt(body, 'metadata', 'name') !== route.name)
    throw badRequest('name in URL does not match name in Eviction object');
  const pod = findObject(api, route);
  if (isDryRun(request)) return { code: 201, body: CREATED };
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const marked = api.world.store.put('pods', withPodCondition(pod, condition, now));
  const grace = numberAt(body, 'deleteOptions', 'gracePeriodSeconds');
  removeObject(api.world.store, route.row, marked, {
    now,
    ...(grace === undefined ? {} : { graceSeconds: grace }),
  });
  return { code: 201, body: CREATED };
}

/** GET of `/scale`. */
export function readScale(object: ApiObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = Object.entries(textsAt(object, 'spec', 'selector', 'matchLabels'));
  const replicas = numberAt(object, 'spec', 'replicas') ?? 0;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: numberAt(object, 'status', 'replicas') ?? 0,
      selector: labels
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(','),
    },
  };
}

/** The owner of a scale with the replicas (and the precondition) of a written one. */
export function writeScale(object: ApiObject, scale: JsonObject): ApiObject {
  const replicas: Json = objectAt(scale, 'spec')['replicas'] ?? 0;
  const revision = textAt(scale, 'metadata', 'resourceVersion');
  const scaled = withValue(object, ['spec', 'replicas'], replicas);
  return revision === '' ? scaled : withMetadata(scaled, { resourceVersion: revision });
}

/** Whether a subresource of pods is answered by a kubelet. */
export function isKubeletPath(route: Route): boolean {
  return (
    resourceOf(route.row).resource === 'pods' &&
    ['log', 'exec', 'attach', 'portforward'].includes(route.subresource ?? '')
  );
}
