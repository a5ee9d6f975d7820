import type { Wire } from '../../core/kubernetes.ts';
import type {
  ClaimedVolume,
  ConfigObject,
  ConfigValue,
  ServiceAccountFacts,
  ServiceFacts,
} from '../../core/pod-inputs.ts';
import type {
  V1ConfigMap,
  V1NetworkPolicy,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Secret,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import type { NetworkPolicyFacts } from '../../ports/objects.ts';

export type Claim = Wire<V1PersistentVolumeClaim>;
export type Volume = Wire<V1PersistentVolume>;
export type Service = Wire<V1Service>;
export type NetworkPolicy = Wire<V1NetworkPolicy>;

// Keeps a byte order mark: it is part of the value.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a ConfigMap holds. `binaryData` stays bytes even where it is UTF-8: environments take keys of `data` only. */
export function configMapOf(body: unknown): ConfigObject {
  const { data = {}, binaryData = {} } = body as Wire<V1ConfigMap>;
  return {
    data: {
      ...mapValues(data, (text): ConfigValue => ({ kind: 'text', text })),
      ...mapValues(binaryData, (base64): ConfigValue => ({ kind: 'bytes', bytes: bytesOf(base64) })),
    },
  };
}

/** What a Secret holds: a value is text where it is UTF-8. */
export function secretOf(body: unknown): ConfigObject {
  const { data = {}, type } = body as Wire<V1Secret>;
  return { data: mapValues(data, secretValueOf), ...(type !== undefined && { type }) };
}

function secretValueOf(base64: string): ConfigValue {
  const bytes = bytesOf(base64);
  try {
    return { kind: 'text', text: UTF8.decode(bytes) };
  } catch {
    return { kind: 'bytes', bytes };
  }
}

/** What a service account says. */
export function serviceAccountOf(body: unknown): ServiceAccountFacts {
  return { annotations: (body as Wire<V1ServiceAccount>).metadata?.annotations ?? {} };
}

/** The Service as pods see it in their environment; nothing for a headless or an external one, which has no address. */
export function serviceOf({ metadata, spec }: Service): readonly ServiceFacts[] {
  const { clusterIP = '', ports = [] } = spec ?? {};
  if (clusterIP === '' || clusterIP === 'None') return [];
  return [
    {
      namespace: metadata?.namespace ?? '',
      name: metadata?.name ?? '',
      clusterIP,
      ports: ports.map(({ name, port, protocol = 'TCP' }) => ({ ...(name && { name }), port, protocol })),
    },
  ];
}

/** What a network policy selects. */
export function networkPolicyOf({ metadata, spec }: NetworkPolicy): NetworkPolicyFacts {
  return { name: metadata?.name ?? '', podSelector: spec?.podSelector ?? {} };
}

/**
 * Why a claim has no volume yet, in the scheduler's words; `undefined` when it names one. Bound is what kubelet calls it: the
 * phase is Bound and `volumeName` is set; a claim on its way out is not for new pods.
 */
export function faultOfClaim({ metadata, spec, status }: Claim): string | undefined {
  const claim = `persistentvolumeclaim "${metadata?.name ?? ''}"`;
  if (metadata?.deletionTimestamp !== undefined) return `${claim} is being deleted`;
  if (status?.phase === 'Lost') return boundToNothing(claim, spec?.volumeName);
  return status?.phase === 'Bound' && spec?.volumeName ? undefined : `${claim} not bound`;
}

function boundToNothing(claim: string, volume = ''): string {
  return `${claim} bound to non-existent persistentvolume "${volume}"`;
}

/**
 * The volume of a bound claim. The volume must say that it belongs to this claim, by UID: anyone may write a `volumeName` into a
 * claim, and kubelet looks at the volume too.
 */
export function claimedVolumeOf({ metadata, spec }: Claim, volume: Volume | undefined): ClaimedVolume {
  const claim = `persistentvolumeclaim "${metadata?.name ?? ''}"`;
  if (volume?.spec === undefined)
    return { kind: 'pending', message: boundToNothing(claim, spec?.volumeName) };
  const { claimRef, csi, mountOptions = [] } = volume.spec;
  if (claimRef?.uid === undefined || claimRef.uid !== metadata?.uid)
    return { kind: 'pending', message: `${claim} not bound` };
  if (csi === undefined) return { kind: 'other', source: sourceOf(volume.spec) };
  return {
    kind: 'csi',
    driver: csi.driver,
    volumeHandle: csi.volumeHandle,
    attributes: csi.volumeAttributes ?? {},
    readOnly: csi.readOnly ?? false,
    mountOptions,
  };
}

/** The fields of a PersistentVolumeSpec that are objects and no source. */
const NO_SOURCES: readonly string[] = ['capacity', 'claimRef', 'nodeAffinity'];

/** The API server sees to it that there is one source, an object beside plain fields and lists. */
function sourceOf(spec: NonNullable<Volume['spec']>): string {
  const source = Object.entries(spec).find(
    ([field, value]) => typeof value === 'object' && !Array.isArray(value) && !NO_SOURCES.includes(field),
  );
  return source?.[0] ?? 'unknown';
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

function mapValues<From, To>(
  from: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value)]));
}
