import type { Instant } from './kubernetes.ts';

/**
 * What came of reading one object that a pod refers to. `unreadable`: the API server answered and will not give it (no right to
 * read it); an API server that does not answer is no reading at all and throws.
 */
export type Reading<Value> =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly message: string };

/** A ConfigMap or a Secret: bytes by key. `text` is UTF-8; `bytes` where `binaryData` (or a Secret) holds anything else. */
export interface ConfigObject {
  readonly data: Readonly<Record<string, ConfigValue>>;
  /** Of a Secret: `kubernetes.io/dockerconfigjson` and others. */
  readonly type?: string;
}

/** One value of a ConfigMap or a Secret. */
export type ConfigValue =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A token of the pod's service account, bound to the pod. */
export interface BoundToken {
  readonly token: string;
  /** When the API server stops accepting it; it may grant less than was asked for. */
  readonly expiresAt: Instant;
}

/** The volume behind a claim, as far as a pod's volume can be made of it. */
export type ClaimedVolume =
  /** Not bound (yet), or bound to a volume that is not there. */
  | { readonly kind: 'pending'; readonly message: string }
  | {
      readonly kind: 'csi';
      readonly driver: string;
      readonly volumeHandle: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly readOnly: boolean;
      readonly mountOptions: readonly string[];
    }
  /** Anything else, by the name of its source (`nfs`, `hostPath`, ..). */
  | { readonly kind: 'other'; readonly source: string };

/** What a pod's service account says. */
export interface ServiceAccountFacts {
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Service of the pod's namespace (or `kubernetes` of `default`) that has a cluster IP, for the service environment. */
export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly clusterIP: string;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
}

/** What a pod refers to, read for one launch of it. Maps are keyed by name, tokens by {@link tokenKey}. */
export interface PodInputs {
  readonly configMaps: ReadonlyMap<string, Reading<ConfigObject>>;
  readonly secrets: ReadonlyMap<string, Reading<ConfigObject>>;
  readonly tokens: ReadonlyMap<string, Reading<BoundToken>>;
  readonly claims: ReadonlyMap<string, Reading<ClaimedVolume>>;
  /** `undefined` where nothing was asked. */
  readonly serviceAccount: Reading<ServiceAccountFacts> | undefined;
  readonly services: readonly ServiceFacts[];
  /** Names of the network policies of the namespace that select the pod. */
  readonly networkPolicies: readonly string[];
  /** Why the network policies are not known, in the server's words. */
  readonly policiesUnknown?: string;
  /** Host and port by which pods reach the API server. */
  readonly apiEndpoint: { readonly host: string; readonly port: string } | undefined;
}

/** One token that a pod's volumes project. */
export interface TokenNeed {
  /** `''`: the API server's own. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

/** The key of a token in {@link PodInputs}: two volumes that want the same get the same. */
export function tokenKey({ audience, expirationSeconds }: TokenNeed): string {
  return `${expirationSeconds}/${audience}`;
}
