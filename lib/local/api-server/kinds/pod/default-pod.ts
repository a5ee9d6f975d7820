import { isObject, objectAt, objectsAt, textAt, withoutNulls } from '../../objects/json.ts';
import type { Json, JsonObject } from '../../objects/json.ts';

// Modes are decimal in JSON: 420 is 0644.
const FILE_MODE = 420;
const TOKEN_SECONDS = 3_600;

/** A pod spec (or a template's) with every default of the v1 API filled in; what is set stays. */
export function defaultPodSpec(spec: JsonObject): JsonObject {
  const { volumes, initContainers, containers, ...rest } = spec;
  const hostNetwork = spec['hostNetwork'] === true;
  const complete = (list: Json | undefined): Json | undefined =>
    list === undefined
      ? undefined
      : objectsAt({ list }, 'list').map((one) => defaultContainer(one, hostNetwork));
  return withoutNulls({
    volumes: volumes === undefined ? undefined : objectsAt({ volumes }, 'volumes').map(defaultVolume),
    initContainers: complete(initContainers),
    containers: complete(containers) ?? null,
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...rest,
  });
}

function defaultContainer(container: JsonObject, hostNetwork: boolean): JsonObject {
  const { ports, env } = container;
  const completed: Record<string, Json | undefined> = {
    ...container,
    ports:
      ports === undefined
        ? undefined
        : objectsAt({ ports }, 'ports').map((port) => defaultPort(port, hostNetwork)),
    env: env === undefined ? undefined : objectsAt({ env }, 'env').map(defaultVariable),
    resources: defaultResources(objectAt(container, 'resources')),
    lifecycle: defaultLifecycle(container['lifecycle']),
  };
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isObject(probe)) completed[name] = defaultProbe(probe);
  }
  return withoutNulls({
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicyOf(textAt(container, 'image')),
    ...completed,
  });
}

// By the tag: `latest`, said or meant, is always pulled; a digest or another tag only when it is not there.
function pullPolicyOf(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultPort(port: JsonObject, hostNetwork: boolean): JsonObject {
  const host = hostNetwork && port['hostPort'] === undefined ? { hostPort: port['containerPort'] } : {};
  return { protocol: 'TCP', ...port, ...host };
}

function defaultVariable(variable: JsonObject): JsonObject {
  const source = variable['valueFrom'];
  return isObject(source) ? { ...variable, valueFrom: defaultReferences(source) } : variable;
}

function defaultReferences(source: JsonObject): JsonObject {
  const { fieldRef, resourceFieldRef } = source;
  return {
    ...source,
    ...(isObject(fieldRef) ? { fieldRef: { apiVersion: 'v1', ...fieldRef } } : {}),
    ...(isObject(resourceFieldRef) ? { resourceFieldRef: { divisor: '0', ...resourceFieldRef } } : {}),
  };
}

function defaultResources(resources: JsonObject): JsonObject {
  const limits = objectAt(resources, 'limits');
  if (Object.keys(limits).length === 0) return resources;
  return { ...resources, requests: { ...limits, ...objectAt(resources, 'requests') } };
}

function defaultLifecycle(lifecycle: Json | undefined): Json | undefined {
  if (!isObject(lifecycle)) return undefined;
  return Object.fromEntries(
    Object.entries(lifecycle).map(([name, handler]) => [
      name,
      isObject(handler) ? defaultHandler(handler) : handler,
    ]),
  );
}

function defaultProbe(probe: JsonObject): JsonObject {
  const times = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  return { ...times, ...defaultHandler(probe) };
}

function defaultHandler(handler: JsonObject): JsonObject {
  const { httpGet, grpc } = handler;
  return {
    ...handler,
    ...(isObject(httpGet) ? { httpGet: { path: '/', scheme: 'HTTP', ...httpGet } } : {}),
    ...(isObject(grpc) ? { grpc: { service: '', ...grpc } } : {}),
  };
}

function defaultVolume(volume: JsonObject): JsonObject {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) return { ...volume, emptyDir: {} };
  return Object.fromEntries(
    Object.entries(volume).map(([key, source]) => [
      key,
      isObject(source) ? defaultSource(key, source) : source,
    ]),
  );
}

function defaultSource(key: string, source: JsonObject): JsonObject {
  if (key === 'hostPath') return { type: '', ...source };
  if (key === 'secret' || key === 'configMap') return { defaultMode: FILE_MODE, ...source };
  if (key === 'downwardAPI') return { defaultMode: FILE_MODE, ...defaultItems(source) };
  if (key !== 'projected') return source;
  const sources = objectsAt(source, 'sources').map((one) =>
    Object.fromEntries(
      Object.entries(one).map(([kind, inner]) => [
        kind,
        isObject(inner) ? defaultProjection(kind, inner) : inner,
      ]),
    ),
  );
  return { defaultMode: FILE_MODE, ...source, sources };
}

function defaultProjection(kind: string, source: JsonObject): JsonObject {
  if (kind === 'serviceAccountToken') return { expirationSeconds: TOKEN_SECONDS, ...source };
  return kind === 'downwardAPI' ? defaultItems(source) : source;
}

function defaultItems(source: JsonObject): JsonObject {
  const items = objectsAt(source, 'items').map(defaultReferences);
  return items.length === 0 ? source : { ...source, items };
}
