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
} from '../../lib/adapters/kubernetes/decode-objects.ts';
import { FailureError } from '../../lib/core/failure.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { BoundToken, Reading, TokenNeed } from '../../lib/core/pod-inputs.ts';
import type { Objects } from '../../lib/ports/objects.ts';
import { deepFreeze, type Revisions } from './memory-objects.ts';

/** The kinds that pods refer to. */
export type ConfigKind =
  | 'ConfigMap'
  | 'NetworkPolicy'
  | 'PersistentVolume'
  | 'PersistentVolumeClaim'
  | 'Secret'
  | 'Service'
  | 'ServiceAccount';

/** An object as a user writes it, with the status that a controller gives it. */
export interface ConfigManifest {
  readonly kind: ConfigKind;
  readonly metadata: {
    readonly name: string;
    /** `default` unless given; a PersistentVolume has none. */
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What others do to the objects that pods refer to, and what this identity may read of them. */
export interface ConfigControls {
  /** Creates or replaces it. */
  putObject(manifest: ConfigManifest): void;
  /** Also removes what every namespace has: the service account `default` and the ConfigMap `kube-root-ca.crt`. */
  removeObject(kind: ConfigKind, name: string, namespace?: string): void;
  /** Takes away the right to read the kind, or to get tokens. */
  forbid(kind: ConfigKind | 'token'): void;
  allow(kind: ConfigKind | 'token'): void;
}

type Stored = ConfigManifest & { readonly metadata: { readonly uid: string } };

interface Store extends Revisions {
  readonly objects: Map<string, Stored>;
  readonly removed: Set<string>;
  readonly forbidden: Set<ConfigKind | 'token'>;
}

/** Where tests are told that the API server is. */
const ENDPOINT = { host: 'api.cluster.test', port: '6443' };
const AUDIENCE = 'https://kubernetes.default.svc';

/**
 * The objects that pods refer to, in memory. As in every cluster, each namespace has its service account `default` and its
 * `kube-root-ca.crt`, and `default` the Service `kubernetes`.
 */
export function createMemoryConfig(
  revisions: Revisions,
  getPod: (namespace: string, name: string) => Pod | undefined,
): { readonly objects: Objects; readonly controls: ConfigControls } {
  const store: Store = { ...revisions, objects: new Map(), removed: new Set(), forbidden: new Set() };
  return { objects: objectsOf(store, getPod), controls: controlsOf(store) };
}

function controlsOf(store: Store): ConfigControls {
  return {
    putObject: (manifest) => {
      const { kind, metadata } = manifest;
      const namespace = kind === 'PersistentVolume' ? '' : (metadata.namespace ?? 'default');
      const key = keyOf(kind, namespace, metadata.name);
      const uid = store.objects.get(key)?.metadata.uid ?? store.newUid();
      const copy = { ...structuredClone(manifest), metadata: { ...metadata, namespace, uid } };
      store.removed.delete(key);
      store.objects.set(key, deepFreeze(completed(store, copy)));
      store.next();
    },
    removeObject: (kind, name, namespace = kind === 'PersistentVolume' ? '' : 'default') => {
      const key = keyOf(kind, namespace, name);
      store.removed.add(key);
      store.objects.delete(key);
      store.next();
    },
    forbid: (kind) => void store.forbidden.add(kind),
    allow: (kind) => void store.forbidden.delete(kind),
  };
}

/** What the API server and its controllers add to an object. */
function completed(store: Store, object: Stored): Stored {
  if (object.kind === 'PersistentVolume') return bindByName(store, object);
  if (object.kind !== 'Service') return object;
  const spec = (object['spec'] ?? {}) as NonNullable<Service['spec']>;
  const address = spec.type === 'ExternalName' ? {} : { clusterIP: `10.96.1.${store.objects.size}` };
  return { ...object, spec: { ...address, ...spec } };
}

/** A volume's `claimRef` gets the UID of the claim that it names, as the volume controller writes it. */
function bindByName(store: Store, object: Stored): Stored {
  const { claimRef, ...spec } = (object['spec'] ?? {}) as NonNullable<Volume['spec']>;
  if (claimRef === undefined) return object;
  const { namespace = '', name = '' } = claimRef;
  const uid = find(store, 'PersistentVolumeClaim', namespace, name)?.metadata.uid;
  return { ...object, spec: { ...spec, claimRef: { ...(uid !== undefined && { uid }), ...claimRef } } };
}

function objectsOf(store: Store, getPod: (namespace: string, name: string) => Pod | undefined): Objects {
  const read =
    <Value>(kind: ConfigKind, decode: (stored: Stored) => Value) =>
    (namespace: string, name: string): Promise<Reading<Value>> =>
      Promise.resolve(readingOf(store, { kind, namespace, name }, decode));
  let tokens = 0;
  return {
    configMap: read('ConfigMap', configMapOf),
    secret: read('Secret', secretOf),
    serviceAccount: read('ServiceAccount', serviceAccountOf),
    token: (pod, need) => {
      tokens += 1;
      return Promise.resolve(tokenFor(store, { pod, need, count: tokens }, getPod));
    },
    claim: (namespace, name) => {
      const claim = readingOf(
        store,
        { kind: 'PersistentVolumeClaim', namespace, name },
        (one) => one as Claim,
      );
      return Promise.resolve(claim.kind === 'found' ? volumeOf(store, claim.value) : claim);
    },
    services: (namespace) => {
      if (store.forbidden.has('Service'))
        return Promise.reject(
          new FailureError({ kind: 'auth', code: '403', message: refusal('Service', '', namespace) }),
        );
      const all = listOf(store, 'Service')
        .map((one) => serviceOf(one as Service))
        .flat();
      const isShown = (one: { namespace: string; name: string }) =>
        one.namespace === namespace || (one.namespace === 'default' && one.name === 'kubernetes');
      return Promise.resolve(all.filter(isShown));
    },
    networkPolicies: (namespace) =>
      Promise.resolve(
        store.forbidden.has('NetworkPolicy')
          ? { kind: 'unreadable', message: refusal('NetworkPolicy', '', namespace) }
          : {
              kind: 'found',
              value: listOf(store, 'NetworkPolicy')
                .filter(({ metadata }) => metadata.namespace === namespace)
                .map((one) => networkPolicyOf(one as NetworkPolicy)),
            },
      ),
    endpoint: () => Promise.resolve(ENDPOINT),
  };
}

interface Place {
  readonly kind: ConfigKind;
  readonly namespace: string;
  readonly name: string;
}

function readingOf<Value>(
  store: Store,
  { kind, namespace, name }: Place,
  decode: (stored: Stored) => Value,
): Reading<Value> {
  if (store.forbidden.has(kind)) return { kind: 'unreadable', message: refusal(kind, name, namespace) };
  const stored = find(store, kind, namespace, name);
  return stored === undefined ? { kind: 'absent' } : { kind: 'found', value: decode(stored) };
}

function volumeOf(store: Store, claim: Claim): Reading<ReturnType<typeof claimedVolumeOf>> {
  const message = faultOfClaim(claim);
  if (message !== undefined) return { kind: 'found', value: { kind: 'pending', message } };
  const place = { kind: 'PersistentVolume', namespace: '', name: claim.spec?.volumeName ?? '' } as const;
  const volume = readingOf(store, place, (one) => one as Volume);
  if (volume.kind === 'unreadable') return volume;
  return { kind: 'found', value: claimedVolumeOf(claim, volume.kind === 'found' ? volume.value : undefined) };
}

/** A token of the form of a real one, with a signature that says what it is. */
function tokenFor(
  store: Store,
  { pod, need, count }: { pod: Pod; need: TokenNeed; count: number },
  getPod: (namespace: string, name: string) => Pod | undefined,
): Reading<BoundToken> {
  const { namespace, name, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  if (store.forbidden.has('token'))
    return { kind: 'unreadable', message: refusal('ServiceAccount', account, namespace) };
  const stored = find(store, 'ServiceAccount', namespace, account);
  if (stored === undefined) return { kind: 'absent' };
  const now = getPod(namespace, name);
  if (now === undefined) return { kind: 'unreadable', message: `pods "${name}" not found` };
  if (now.metadata.uid !== uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record`;
    return { kind: 'unreadable', message: `Operation cannot be fulfilled on Pod "${name}": ${why}` };
  }
  if (need.expirationSeconds < 600)
    return { kind: 'unreadable', message: 'may not specify a duration less than 10 minutes' };
  const exp = Math.floor(store.now() / 1000) + need.expirationSeconds;
  const claims = {
    aud: [need.audience || AUDIENCE],
    exp,
    jti: String(count),
    'kubernetes.io': {
      namespace,
      pod: { name, uid },
      serviceaccount: { name: account, uid: stored.metadata.uid },
    },
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  const token = [{ alg: 'none' }, claims, 'token-of-a-memory-cluster'].map(encode).join('.');
  return { kind: 'found', value: { token, expiresAt: exp * 1000 } };
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function find(store: Store, kind: ConfigKind, namespace: string, name: string): Stored | undefined {
  const key = keyOf(kind, namespace, name);
  return store.removed.has(key) ? undefined : (store.objects.get(key) ?? standardOf(kind, namespace, name));
}

function listOf(store: Store, kind: ConfigKind): readonly Stored[] {
  const own = [...store.objects.values()].filter((one) => one.kind === kind);
  if (kind !== 'Service' || store.objects.has(keyOf('Service', 'default', 'kubernetes'))) return own;
  const server = find(store, 'Service', 'default', 'kubernetes');
  return server === undefined ? own : [...own, server];
}

/** What every cluster has without anyone's doing. */
function standardOf(kind: ConfigKind, namespace: string, name: string): Stored | undefined {
  const metadata = { namespace, name, uid: `uid-of-${kind}-${namespace}-${name}` };
  if (kind === 'ServiceAccount' && name === 'default') return { kind, metadata };
  if (kind === 'ConfigMap' && name === 'kube-root-ca.crt')
    return {
      kind,
      metadata,
      data: { 'ca.crt': '-----BEGIN CERTIFICATE-----\nmemory\n-----END CERTIFICATE-----\n' },
    };
  if (kind !== 'Service' || namespace !== 'default' || name !== 'kubernetes') return undefined;
  return {
    kind,
    metadata,
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
  };
}

function keyOf(kind: ConfigKind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** The words of RBAC. */
function refusal(kind: ConfigKind, name: string, namespace: string): string {
  const plural = kind === 'NetworkPolicy' ? 'networkpolicies' : `${kind.toLowerCase()}s`;
  const what = `resource "${plural}" in API group "" in the namespace "${namespace}"`;
  return `${plural} "${name}" is forbidden: User "lambdalet" cannot get ${what}`;
}
