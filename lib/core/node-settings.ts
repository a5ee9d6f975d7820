import type { CapacityType } from './capacity-type.ts';
import type { Ceiling } from './ceiling.ts';
import type { Taint } from './kubernetes.ts';

/** What one virtual node is: settings of the deployment, already validated. */
export interface NodeSettings {
  readonly name: string;
  readonly architecture: 'amd64' | 'arm64';
  /** Kubernetes quantities. */
  readonly capacity: {
    readonly cpu: string;
    readonly memory: string;
    readonly pods: string;
    readonly 'ephemeral-storage': string;
  };
  readonly labels: Readonly<Record<string, string>>;
  /** In addition to the built-in `virtual-kubelet.io/provider=lambdalet:NoSchedule`. */
  readonly taints: readonly Taint[];
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** `mixed`: Spot for some of the attempts, and whichever type there is when the other is not (see `chooseCapacityType`). */
  readonly capacityType: CapacityType | 'mixed';
  /** Of a mixed node: the share of attempts that try Spot first, from 1 to 99. Default 70. */
  readonly spotPercent?: number;
  /** What the tasks of the node may use at a time. Default: no bound. */
  readonly ceiling?: Ceiling;
  readonly region: string;
  /** Set when every subnet lies in this one zone. */
  readonly zone?: string;
  /** `false`: pods of this node never become Ready, for trials on a cluster whose Services must not see them. */
  readonly podsReady: boolean;
  /** Fargate platform version. Default `LATEST`. */
  readonly platformVersion?: string;
  /** Image of the helper containers: busybox, for the node's architecture. Default `DEFAULT_HELPER_IMAGE` of the provider. */
  readonly helperImage?: string;
  /** `host[:port]` by which pods reach the API server. Default: where the functions reach it. */
  readonly apiEndpoint?: string;
  /** Role by `<namespace>/<service account>`, for pods whose service account names none. */
  readonly taskRoles?: Readonly<Record<string, string>>;
  /** Role of pods that have no other. Default: none. */
  readonly defaultTaskRole?: string;
  /**
   * ARN of the role of pods that have no other where commands may be run in them (ECS Exec): it may open data channels of
   * Systems Manager and nothing else. Absent: no commands.
   */
  readonly execRole?: string;
  /** What pods may ask for by annotations. Default: nothing. */
  readonly allow?: readonly PlacementRule[];
  /** What happens to a pod that a network policy selects. Default `warn`. */
  readonly networkPolicies?: 'warn' | 'refuse';
  /**
   * Whether pods get the variables of Services (unless their `enableServiceLinks` says no). Default `false`: a cluster IP cannot
   * be reached from a VPC without kube-proxy.
   */
  readonly serviceLinks?: boolean;
  /** Keys of pod labels that become tags of the task, for cost reports. Default: all that AWS takes. */
  readonly costLabels?: readonly string[];
  /** Domain of the cluster's DNS when the VPC's resolver forwards it (`cluster.local`). Default: it does not. */
  readonly clusterDomain?: string;
}

/** What the pods of some service accounts may ask for by annotations; what a rule does not name is not allowed. */
export interface PlacementRule {
  /** `*`: every one. */
  readonly namespace: string;
  /** `*`: every one. */
  readonly serviceAccount: string;
  /** ARNs of roles that the task may have, by the annotation of the service account or of the pod. */
  readonly taskRoles?: readonly string[];
  readonly executionRoles?: readonly string[];
  readonly subnets?: readonly string[];
  readonly securityGroups?: readonly string[];
  readonly assignPublicIp?: boolean;
  readonly capacityTypes?: readonly CapacityType[];
  readonly architectures?: readonly ('amd64' | 'arm64')[];
  readonly platformVersions?: readonly string[];
}
