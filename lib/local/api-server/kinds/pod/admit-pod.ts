import type { RuleContext } from '../kind-row.ts';
import { forbidden } from '../../objects/api-failure.ts';
import { nameOf, namespaceOf } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { objectAt, objectsAt, textAt, textsAt } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import { parseQuantity } from '../../objects/quantity.ts';
import { defaultPodSpec } from './default-pod.ts';

const PODS = { group: '', resource: 'pods' };
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
// Admission asks for an hour and seven seconds: the odd value by which the API server knows its own projection.
const TOKEN_SECONDS = 3_607;
const EVICTION_SECONDS = 300;
const PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** A new pod after the admission plugins that every cluster has: defaults, service account with its token volume, tolerations, priority. */
export function admitPod(pod: ApiObject, { world }: RuleContext): ApiObject {
  const account = accountOf(pod, (namespace, name) => world.store.get('serviceaccounts', namespace, name));
  const mounted = mountToken(
    defaultPodSpec(objectAt(pod, 'spec')),
    account,
    () => `kube-api-access-${world.ids.suffix(5)}`,
  );
  const spec: JsonObject = {
    ...mounted,
    ...pullSecretsOf(mounted, account),
    serviceAccountName: nameOf(account),
    serviceAccount: nameOf(account),
    tolerations: tolerationsOf(mounted),
    priority: priorityOf(pod, mounted),
    enableServiceLinks: mounted['enableServiceLinks'] ?? true,
    preemptionPolicy: mounted['preemptionPolicy'] ?? 'PreemptLowerPriority',
  };
  return { metadata: pod.metadata, spec, status: { phase: 'Pending', qosClass: qosClassOf(spec) } };
}

function accountOf(
  pod: ApiObject,
  find: (namespace: string, name: string) => ApiObject | undefined,
): ApiObject {
  const spec = objectAt(pod, 'spec');
  const name = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount') || 'default';
  const account = find(namespaceOf(pod), name);
  if (account !== undefined) return account;
  throw forbidden(
    PODS,
    nameOf(pod),
    `error looking up service account ${namespaceOf(pod)}/${name}: serviceaccount "${name}" not found`,
  );
}

function mountToken(spec: JsonObject, account: ApiObject, volumeName: () => string): JsonObject {
  const wanted = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'] ?? true;
  if (wanted !== true) return spec;
  const name = volumeName();
  const mount = { name, readOnly: true, mountPath: TOKEN_PATH };
  const mountIn = (container: JsonObject): JsonObject => {
    const mounts = objectsAt(container, 'volumeMounts');
    if (mounts.some((one) => one['mountPath'] === TOKEN_PATH)) return container;
    return { ...container, volumeMounts: [...mounts, mount] };
  };
  const initContainers = objectsAt(spec, 'initContainers').map(mountIn);
  const containers = objectsAt(spec, 'containers').map(mountIn);
  if (!mountsVolume([...initContainers, ...containers], name)) return spec;
  return {
    ...spec,
    volumes: [...objectsAt(spec, 'volumes'), tokenVolume(name)],
    ...(initContainers.length === 0 ? {} : { initContainers }),
    containers,
  };
}

function mountsVolume(containers: readonly JsonObject[], volume: string): boolean {
  return containers.some((one) => objectsAt(one, 'volumeMounts').some((mount) => mount['name'] === volume));
}

function tokenVolume(name: string): JsonObject {
  const sources = [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
  return { name, projected: { sources, defaultMode: 420 } };
}

function pullSecretsOf(spec: JsonObject, account: ApiObject): JsonObject {
  const secrets = account['imagePullSecrets'];
  return spec['imagePullSecrets'] === undefined && secrets !== undefined ? { imagePullSecrets: secrets } : {};
}

/** The pod's tolerations with those that every pod gets: five minutes on a node that is not ready or not reachable. */
export function tolerationsOf(spec: JsonObject): readonly JsonObject[] {
  const given = objectsAt(spec, 'tolerations');
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter((key) => !given.some((one) => isFor(one, key)))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: EVICTION_SECONDS }));
  return [...given, ...added];
}

function isFor(toleration: JsonObject, key: string): boolean {
  const own = textAt(toleration, 'key');
  const effect = textAt(toleration, 'effect');
  return (own === key || own === '') && (effect === 'NoExecute' || effect === '');
}

function priorityOf(pod: ApiObject, spec: JsonObject): number {
  const name = textAt(spec, 'priorityClassName');
  const priority = name === '' ? 0 : PRIORITIES[name];
  if (priority !== undefined) return priority;
  throw forbidden(PODS, nameOf(pod), `no PriorityClass with name ${name} was found`);
}

const COUNTED = ['cpu', 'memory'];

/** `Guaranteed`, `Burstable` or `BestEffort` by the cpu and memory of all containers. */
function qosClassOf(spec: JsonObject): string {
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')];
  const amounts = containers.map((one) => ({
    limits: countedOf(textsAt(one, 'resources', 'limits')),
    requests: countedOf(textsAt(one, 'resources', 'requests')),
  }));
  if (amounts.every(({ limits, requests }) => limits.size === 0 && requests.size === 0)) return 'BestEffort';
  const isGuaranteed = amounts.every(({ limits, requests }) =>
    COUNTED.every((name) => limits.has(name) && limits.get(name) === requests.get(name)),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function countedOf(quantities: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  const amounts = Object.entries(quantities).map(([name, text]) => [name, parseQuantity(text) ?? 0] as const);
  return new Map(amounts.filter(([name, amount]) => COUNTED.includes(name) && amount > 0));
}
