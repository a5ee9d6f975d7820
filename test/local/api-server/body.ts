/** A list whose first items are taken to be there; a test that is wrong about that fails where it reads them. */
type List<T> = readonly T[] & { readonly 0: T; readonly 1: T };

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: List<object>;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly continue: string;
  readonly remainingItemCount?: number;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly env?: readonly object[];
  readonly resources: object;
  readonly volumeMounts: readonly object[];
}

/** A condition of a pod, a node, a Deployment or a Job. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface Spec {
  readonly nodeName?: string;
  readonly priority: number;
  readonly tolerations: readonly object[];
  readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  readonly containers: List<Container>;
  readonly initContainers: List<Container>;
  readonly volumes: List<{ readonly name: string; readonly projected: { readonly sources: List<object> } }>;
  readonly strategy: object;
  /** Of a volume and of a claim. */
  readonly claimRef: object;
  readonly volumeName: string;
}

interface Status {
  readonly phase: string;
  readonly authenticated?: boolean;
  readonly qosClass: string;
  readonly conditions: List<Condition>;
  readonly observedGeneration: number;
  readonly succeeded: number;
  readonly allowed: boolean;
  readonly token: string;
  readonly error: string;
  readonly expirationTimestamp: string;
  readonly userInfo: { readonly username: string };
}

interface Schema {
  readonly properties: Readonly<Record<string, object>>;
  readonly 'x-kubernetes-group-version-kind': readonly object[];
}

/** An answer of the API server as tests read it: what they look into, and no more. */
export interface Body {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  readonly metadata: Metadata;
  readonly spec: Spec;
  readonly status: Status;
  readonly data: object;
  readonly items: List<Body>;
  readonly involvedObject: { readonly name: string };
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: List<{ readonly cells: readonly unknown[]; readonly object: object }>;
  readonly versions: readonly string[];
  readonly gitVersion: string;
  readonly groups: readonly { readonly name: string }[];
  readonly resources: List<Body>;
  readonly swagger: string;
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly serverRelativeURL: string;
        readonly patch: { readonly parameters: readonly { readonly name: string }[] };
      }
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
