// The objects of a manifest as the API server would give them, for tests that plan pods from YAML alone.
import {
  claimedVolumeOf,
  configMapOf,
  faultOfClaim,
  networkPolicyOf,
  secretOf,
  serviceAccountOf,
  serviceOf,
} from '../../lib/adapters/kubernetes/decode-objects.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { Reading } from '../../lib/core/pod-inputs.ts';
import type { Objects } from '../../lib/ports/objects.ts';
import { T0 } from './fixtures.ts';

/** One document of a manifest. Its namespace may be left out: that of the pod. */
export interface ManifestDocument {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const DAY = 24 * 3_600_000;

/** The objects beside the pod. Whatever is not among them is absent; a token is granted to every service account. */
export function manifestObjects(pod: Pod, documents: readonly ManifestDocument[]): Objects {
  const named = documents.map((document) => ({
    ...document,
    metadata: { namespace: pod.metadata.namespace, ...document.metadata },
  }));
  const find = (kind: string, name: string) =>
    named.find((document) => document.kind === kind && document.metadata.name === name);
  const read = <Value>(kind: string, name: string, decode: (body: unknown) => Value): Reading<Value> => {
    const document = find(kind, name);
    return document === undefined ? { kind: 'absent' } : { kind: 'found', value: decode(document) };
  };
  const all = (kind: string) => named.filter((document) => document.kind === kind);
  const given = <Value>(value: Value): Promise<Value> => Promise.resolve(value);
  return {
    configMap: (_, name) => given(read('ConfigMap', name, configMapOf)),
    secret: (_, name) => given(read('Secret', name, secretOf)),
    serviceAccount: (_, name) => given(read('ServiceAccount', name, serviceAccountOf)),
    token: (_, { audience }) => {
      const value = { token: `token-for-${audience || 'the-api-server'}`, expiresAt: T0 + DAY };
      return given({ kind: 'found', value });
    },
    claim: (_, name) =>
      given(
        read('PersistentVolumeClaim', name, (body) => {
          const claim = body as Parameters<typeof claimedVolumeOf>[0];
          const fault = faultOfClaim(claim);
          if (fault !== undefined) return { kind: 'pending', message: fault };
          const volume = find('PersistentVolume', claim.spec?.volumeName ?? '');
          return claimedVolumeOf(claim, volume);
        }),
      ),
    services: () => given(all('Service').flatMap((service) => serviceOf(service))),
    networkPolicies: () =>
      given({ kind: 'found', value: all('NetworkPolicy').map((policy) => networkPolicyOf(policy)) }),
    endpoint: () => given({ host: 'api.example.com', port: '443' }),
  };
}
