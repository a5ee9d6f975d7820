import type { ClaimedVolume, ConfigObject, Reading, ServiceAccountFacts } from '../../core/pod-inputs.ts';
import type { ServiceFacts } from '../../core/pod-inputs.ts';
import type { NetworkPolicyFacts, Objects } from '../../ports/objects.ts';
import type { Apis } from './act-as-node.ts';
import type { Api, ApiOptions } from './call-api.ts';
import {
  claimedVolumeOf,
  type Claim,
  configMapOf,
  faultOfClaim,
  type NetworkPolicy,
  networkPolicyOf,
  secretOf,
  type Service,
  serviceAccountOf,
  serviceOf,
  type Volume,
} from './decode-objects.ts';
import type { Identity } from './identity.ts';
import { pathOfObject, readObject } from './read-object.ts';
import { requestToken } from './request-token.ts';
import { shareReadings } from './share-readings.ts';

/** The replicas of one workload are launched together; a user who has corrected a ConfigMap must not wait. */
const OBJECT_AGE_MS = 1000;
/** Objects are up to 1 MiB each: what is shared for a second must not take the function's memory. */
const MAX_OBJECTS = 64;
/** Services and network policies of a namespace are many and change seldom. */
const LIST_AGE_MS = 30_000;
const MAX_LISTS = 256;

/**
 * {@link Objects} of a cluster. Service accounts are read as the own identity, because nodes may read them only from Kubernetes 1.34 on;
 * network policies, too, because nodes may never. What a node may read is not shared with another.
 */
export function createObjects(
  { own, asNode }: Pick<Apis, 'own' | 'asNode'>,
  { identity, clock }: Pick<ApiOptions, 'identity' | 'clock'>,
): Objects {
  const objects = { clock, maxAgeMs: OBJECT_AGE_MS, maxEntries: MAX_OBJECTS };
  const lists = { clock, maxAgeMs: LIST_AGE_MS, maxEntries: MAX_LISTS };
  const shareConfig = shareReadings<Reading<ConfigObject>>(objects);
  const shareAccount = shareReadings<Reading<ServiceAccountFacts>>(objects);
  const shareClaim = shareReadings<Reading<ClaimedVolume>>(objects);
  const shareServices = shareReadings<readonly ServiceFacts[]>(lists);
  const sharePolicies = shareReadings<Reading<readonly NetworkPolicyFacts[]>>(lists);
  const readConfig =
    (plural: string, decode: (body: unknown) => ConfigObject): Objects['configMap'] =>
    (namespace, name, node) => {
      const path = pathOfObject(plural, namespace, name);
      return shareConfig(`${node} ${path}`, () => readObject(asNode(node), path, decode));
    };
  return {
    configMap: readConfig('configmaps', configMapOf),
    secret: readConfig('secrets', secretOf),
    serviceAccount: (namespace, name) => {
      const path = pathOfObject('serviceaccounts', namespace, name);
      return shareAccount(path, () => readObject(own, path, serviceAccountOf));
    },
    token: (pod, need) => requestToken(asNode(pod.spec.nodeName), pod, need),
    claim: (namespace, name, node) => {
      const path = pathOfObject('persistentvolumeclaims', namespace, name);
      return shareClaim(`${node} ${path}`, () => readClaim(asNode(node), path));
    },
    services: async (namespace, node) => {
      const api = asNode(node);
      const inside = shareServices(`${node} ${namespace}`, () => listServices(api, namespace));
      if (namespace === 'default') return inside;
      const server = shareServices(`${node} /`, () => listServices(api, 'default', 'kubernetes'));
      return (await Promise.all([inside, server])).flat();
    },
    networkPolicies: (namespace) => sharePolicies(namespace, () => listPolicies(own, namespace)),
    endpoint: () => endpointOf(identity),
  };
}

/** The claim at `path` and, when it is bound, its volume. */
async function readClaim(api: Pick<Api, 'call'>, path: string): Promise<Reading<ClaimedVolume>> {
  const read = await readObject(api, path, (body) => body as Claim);
  if (read.kind !== 'found') return read;
  const claim = read.value;
  const message = faultOfClaim(claim);
  if (message !== undefined) return { kind: 'found', value: { kind: 'pending', message } };
  const volume = await readObject(
    api,
    `/api/v1/persistentvolumes/${encodeURIComponent(claim.spec?.volumeName ?? '')}`,
    (body) => body as Volume,
  );
  if (volume.kind === 'unreadable') return volume;
  const found = volume.kind === 'found' ? volume.value : undefined;
  return { kind: 'found', value: claimedVolumeOf(claim, found) };
}

interface ListOf<Item> {
  readonly items?: readonly Item[] | null;
}

/** Services with an address, all or the one of that name: a list, so that one right is enough for both. */
async function listServices(
  api: Pick<Api, 'call'>,
  namespace: string,
  name?: string,
): Promise<readonly ServiceFacts[]> {
  const { body } = await api.call({
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`,
    ...(name !== undefined && { query: { fieldSelector: `metadata.name=${name}` } }),
  });
  return ((body as ListOf<Service>).items ?? []).flatMap(serviceOf);
}

async function listPolicies(
  api: Pick<Api, 'call'>,
  namespace: string,
): Promise<Reading<readonly NetworkPolicyFacts[]>> {
  const { status, body } = await api.call({
    method: 'GET',
    path: `/apis/networking.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/networkpolicies`,
    expects: [403],
  });
  if (status === 403) {
    const { message = 'network policies may not be listed' } = body as { readonly message?: string };
    return { kind: 'unreadable', message };
  }
  return { kind: 'found', value: ((body as ListOf<NetworkPolicy>).items ?? []).map(networkPolicyOf) };
}

/** A URL without a port means the one of its scheme. An IPv6 host has no brackets: clients join host and port themselves. */
async function endpointOf(identity: Identity): Promise<{ readonly host: string; readonly port: string }> {
  const { endpoint } = await identity.current();
  const { hostname, port, protocol } = new URL(endpoint.url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port || (protocol === 'http:' ? '80' : '443'),
  };
}
