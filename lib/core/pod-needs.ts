import type { Container, Pod, PodSpec } from './kubernetes.ts';
import type { TokenNeed } from './pod-inputs.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

/** What has to be read before a pod can be launched: names of objects of its own namespace. */
export interface PodNeeds {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
  readonly claims: readonly string[];
  readonly tokens: readonly TokenNeed[];
  /** The service account, which may name a role. */
  readonly serviceAccount: string;
  /** Whether the pod takes the variables of Services, where its node gives them. */
  readonly services: boolean;
}

/** Tokens are asked for a day, because nothing renews them in a running task; the API server may grant less. */
export const TOKEN_SECONDS = 24 * 3600;

const AUTOMATIC = /^kube-api-access-/;

/** All containers of a pod that are started from images: init containers, then app containers. */
export function allContainers({ initContainers = [], containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

/**
 * Whether this is the token volume that admission adds to every pod. Its token is delivered only where it can be of use: to a
 * service account other than `default`, which may do nothing unless someone gave it rights, or when the pod asks for it.
 */
export function isUnusedToken(pod: Pod, volume: Volume): boolean {
  return isAutomaticToken(volume) && !wantsToken(pod);
}

function wantsToken({ spec }: Pod): boolean {
  return spec.automountServiceAccountToken === true || (spec.serviceAccountName ?? 'default') !== 'default';
}

/** Admission names no audience; one that is asked for is for another server, and its token would be missed. */
function isAutomaticToken({ name, projected }: Volume): boolean {
  return (
    AUTOMATIC.test(name) &&
    projected !== undefined &&
    (projected.sources ?? []).every(
      ({ serviceAccountToken, configMap, downwardAPI }) =>
        (serviceAccountToken !== undefined && (serviceAccountToken.audience ?? '') === '') ||
        configMap?.name === 'kube-root-ca.crt' ||
        downwardAPI?.items?.every(({ fieldRef }) => fieldRef?.fieldPath === 'metadata.namespace') === true,
    )
  );
}

/** The volumes that some container mounts: what nobody mounts is not read and not laid out. */
export function mountedVolumes(pod: Pod): readonly Volume[] {
  const mounted = new Set(
    allContainers(pod.spec).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)),
  );
  return (pod.spec.volumes ?? []).filter((volume) => mounted.has(volume.name) && !isUnusedToken(pod, volume));
}

/** What the pod refers to. Pure; the same for all replicas of a workload. */
export function needsOf(pod: Pod): PodNeeds {
  const containers = allContainers(pod.spec);
  const volumes = mountedVolumes(pod);
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const tokens = unique(
    sources.flatMap(tokenOf),
    ({ audience, expirationSeconds }) => `${audience} ${expirationSeconds}`,
  );
  return {
    configMaps: unique(
      [
        ...containers.flatMap(configMapsOf),
        ...volumes.flatMap(({ configMap }) => configMap?.name ?? []),
        ...sources.flatMap(({ configMap }) => configMap?.name ?? []),
      ],
      (name) => name,
    ),
    secrets: unique(
      [
        ...containers.flatMap(secretsOf),
        ...volumes.flatMap(({ secret }) => secret?.secretName ?? []),
        ...sources.flatMap(({ secret }) => secret?.name ?? []),
        ...(pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []),
      ],
      (name) => name,
    ),
    claims: unique(
      volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
      (name) => name,
    ),
    tokens,
    serviceAccount: pod.spec.serviceAccountName ?? 'default',
    services: pod.spec.enableServiceLinks !== false,
  };
}

function configMapsOf({ env = [], envFrom = [] }: Container): readonly string[] {
  return [
    ...env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? []),
    ...envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
  ];
}

function secretsOf({ env = [], envFrom = [] }: Container): readonly string[] {
  return [
    ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
    ...envFrom.flatMap(({ secretRef }) => secretRef?.name ?? []),
  ];
}

/** What a projection asks of TokenRequest. */
export function tokenOf({ serviceAccountToken }: Projection): readonly TokenNeed[] {
  if (serviceAccountToken === undefined) return [];
  const { audience = '', expirationSeconds = 0 } = serviceAccountToken;
  return [{ audience, expirationSeconds: Math.max(expirationSeconds, TOKEN_SECONDS) }];
}

function unique<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
