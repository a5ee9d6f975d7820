import type { Pod } from '../core/kubernetes.ts';
import type {
  BoundToken,
  ClaimedVolume,
  ConfigObject,
  Reading,
  ServiceAccountFacts,
  ServiceFacts,
  TokenNeed,
} from '../core/pod-inputs.ts';

/** The labels that a network policy selects pods by. */
export interface NetworkPolicyFacts {
  readonly name: string;
  readonly podSelector: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly {
      readonly key: string;
      readonly operator: string;
      readonly values?: readonly string[];
    }[];
  };
}

/**
 * The objects that pods refer to, each read by name when a pod is launched. An answer of the API server is a {@link Reading}
 * (404: absent; 403: unreadable, in the server's words); no answer throws a `FailureError`. Readings may be up to a second old,
 * so that the replicas of one workload cost one read. `node` is the one that the pod is bound to, on whose behalf is read.
 */
export interface Objects {
  configMap(namespace: string, name: string, node: string): Promise<Reading<ConfigObject>>;
  secret(namespace: string, name: string, node: string): Promise<Reading<ConfigObject>>;
  serviceAccount(namespace: string, name: string): Promise<Reading<ServiceAccountFacts>>;
  /** A new token of the pod's service account, bound to the pod: it dies with it. Never shared, never logged. */
  token(pod: Pod, need: TokenNeed): Promise<Reading<BoundToken>>;
  /** The claim of that name, and the volume that it is bound to. */
  claim(namespace: string, name: string, node: string): Promise<Reading<ClaimedVolume>>;
  /** The Services of the namespace that have a cluster IP, and `kubernetes` of `default`; may be up to 30 s old. */
  services(namespace: string, node: string): Promise<readonly ServiceFacts[]>;
  /** The network policies of the namespace; may be up to 30 s old. Without the right to list them: unreadable. */
  networkPolicies(namespace: string): Promise<Reading<readonly NetworkPolicyFacts[]>>;
  /** Host and port of the API server that this identity calls. */
  endpoint(): Promise<{ readonly host: string; readonly port: string }>;
}
