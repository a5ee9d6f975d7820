import type { Construct } from 'constructs';

/**
 * The virtual nodes of one Kubernetes cluster and everything that keeps them alive. Names, ARNs and endpoints instead of constructs:
 * what exists already may live anywhere. The deployment file has exactly these keys for each of its clusters, but for the scopes.
 */
export interface VirtualClusterProps {
  /**
   * Names everything: two virtual clusters in one account and Region need two names. At most 32 lower-case letters, digits and dashes.
   */
  readonly clusterName: string;

  /** The virtual nodes. An entry with several zones, architectures or capacity types stands for one node of each combination. */
  readonly nodes: readonly VirtualNodeProps[];

  /**
   * How the functions get into the cluster. `eks`: a token signed with their IAM roles, nothing is stored. `kubeconfig`: a kubeconfig
   * in a secret. `token`: a service account token in a secret, which the functions renew themselves.
   */
  readonly identityMode: 'eks' | 'kubeconfig' | 'token';

  /**
   * Name or complete ARN of the secret in Secrets Manager, for `kubeconfig` and `token`; of one that the same app makes, the ARN.
   *
   * @default - none, for `eks`
   */
  readonly secret?: string;

  /**
   * ARN of the customer managed KMS key of the secret.
   *
   * @default - the secret is encrypted with the key of AWS
   */
  readonly secretKeyArn?: string;

  /**
   * Name of the EKS cluster, for `eks`.
   *
   * @default - none, for `kubeconfig` and `token`
   */
  readonly eksClusterName?: string;

  /**
   * URL of the API server, for `eks`: `https://..` without a path.
   *
   * @default - none: the secret says it
   */
  readonly endpoint?: string;

  /**
   * CA of the API server in base64, for `eks`, as DescribeCluster gives it.
   *
   * @default - none: the secret says it
   */
  readonly certificateAuthority?: string;

  /**
   * Makes the EKS access entries of the functions. The EKS cluster must be in the same account and Region, and its authentication
   * mode must include `API`.
   *
   * @default false - you map the roles of the functions to the group `lambdalet-<clusterName>` yourself
   */
  readonly accessEntries?: boolean;

  /**
   * Hardened: the functions act as `system:node:<name>` for what a kubelet does, so that the Node authorizer confines them to what
   * the pods of their nodes refer to. The cluster must have the Node authorizer, as EKS, kubeadm, k3s and GKE do. Leave it off only for
   * a cluster that has none: the functions may then read every Secret by its name, and get tokens for the service accounts of pods of
   * any node (`podConfigNamespaces` narrows both).
   *
   * @default false
   */
  readonly impersonateNodes?: boolean;

  /**
   * The only namespaces whose ConfigMaps, Secrets, claims, service accounts and tokens the functions may read for pods; none with an
   * empty list. They must exist when the rendered rights are applied. A pod elsewhere runs only if it refers to nothing.
   *
   * @default - all namespaces
   */
  readonly podConfigNamespaces?: readonly string[];

  /**
   * Whether the rendered rights have a ValidatingAdmissionPolicy, which confines what the functions write where RBAC cannot. It needs
   * Kubernetes 1.30; with `impersonateNodes` there is none, because NodeRestriction does more.
   *
   * @default true
   */
  readonly admissionPolicy?: boolean;

  /**
   * Whether the rendered rights have FlowSchemas, which keep the heartbeats from waiting behind other requests.
   *
   * @default true
   */
  readonly flowSchema?: boolean;

  /**
   * Accepts that the credentials point at another cluster than before: set it for one deployment only.
   *
   * @default false
   */
  readonly acceptNewCluster?: boolean;

  /**
   * `watch`: a function holds a watch all the time and reacts at once. `economy`: a pass each 12 s, for pennies.
   *
   * @default watch
   */
  readonly mode?: 'watch' | 'economy';

  /**
   * Memory of pod-sync in MB, which is its CPU, too: 256 launch some 6 pods a second and take over 5,000 in some 20 s, 512 twice as
   * many. Watch mode pays it all month.
   *
   * @default 256
   */
  readonly podSyncMemory?: number;

  /**
   * Sets the Node to NotReady while pod-sync is stalled, which evicts healthy pods after five minutes.
   *
   * @default false
   */
  readonly notReadyWhenStalled?: boolean;

  /**
   * The share of the ECS and Fargate API rates of this account and Region that this cluster may use, above 0 and at most 1.
   *
   * @default 1
   */
  readonly ecsShare?: number;

  /**
   * Tasks per second of the account's quota of Fargate launches.
   *
   * @default - what AWS gives in this Region (20 or 5)
   */
  readonly fargateLaunchRate?: number;

  /**
   * What the pods of a namespace may use at a time, over all nodes; `*` is each namespace that has none of its own. Pods above it
   * stay Pending and say why.
   *
   * @default {} - no ceiling but those of the nodes
   */
  readonly namespaceCeilings?: Readonly<Record<string, Ceiling>>;

  /**
   * Subnets for the functions, for an API server that is not reachable from the internet.
   *
   * @default - the functions are outside of any VPC
   */
  readonly functionSubnets?: readonly string[];

  /**
   * Security groups of the functions; needed with `functionSubnets`.
   *
   * @default - none, outside of a VPC
   */
  readonly functionSecurityGroups?: readonly string[];

  /**
   * The subnets of the functions are dual-stack, and AWS is reached over IPv6 without a NAT gateway.
   *
   * @default false
   */
  readonly functionDualStack?: boolean;

  /**
   * Whether the functions probe pods by http, tcp and grpc. The security groups of the pods must admit those of the functions.
   *
   * @default - true exactly with `functionSubnets`
   */
  readonly networkProbes?: boolean;

  /**
   * Name of an ECS cluster that exists and has the capacity providers FARGATE and FARGATE_SPOT. Other tasks in it are left alone.
   *
   * @default - one is made
   */
  readonly ecsClusterName?: string;

  /**
   * One small Fargate task that serves the kubelet API of all nodes, so that `kubectl logs`, `exec` and `port-forward` work, and
   * `kubectl top` where metrics-server runs: some 7 USD a month (docs/gateway.md).
   *
   * @default - none: `lambdalet logs` shows what the pods write
   */
  readonly gateway?: GatewayProps;

  /**
   * `production`: table, pod logs and bucket stay when the stack goes, the table refuses deletion and is backed up for 35 days.
   * `dev`: everything goes with the stack.
   *
   * @default production
   */
  readonly profile?: 'dev' | 'production';

  /**
   * Days that the logs of the pods are kept: one of the retentions of CloudWatch Logs.
   *
   * @default 30
   */
  readonly podLogRetentionDays?: number;

  /**
   * Days that the logs of the functions are kept: one of the retentions of CloudWatch Logs.
   *
   * @default 30
   */
  readonly functionLogRetentionDays?: number;

  /**
   * ARN of a customer managed KMS key for table, queues, bucket, logs and copies of secrets. Its policy must admit the services that
   * docs/security.md names.
   *
   * @default - the keys of AWS, which cost nothing
   */
  readonly encryptionKeyArn?: string;

  /**
   * Name of the event bus that the notices about pods go to.
   *
   * @default default
   */
  readonly eventBusName?: string;

  /**
   * ARN of the policy that bounds every role.
   *
   * @default - none
   */
  readonly permissionsBoundaryArn?: string;

  /**
   * Path of every role, such as `/platform/`.
   *
   * @default /
   */
  readonly rolePath?: string;

  /**
   * Whether there are alarms.
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * ARN of the SNS topic that hears of every alarm and of its end.
   *
   * @default - the alarms tell nobody
   */
  readonly alarmTopicArn?: string;

  /**
   * Where your people read docs/operations.md: dashboard and alarms link to the headings there.
   *
   * @default - they name the headings, without links
   */
  readonly runbookUrl?: string;

  /**
   * Whether there is a dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * Tags of every resource.
   *
   * @default {} - only `lambdalet:cluster`
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * Where table, queues, bucket and pod logs are made, such as a stack of their own that outlives the rest.
   *
   * @default - the scope of the virtual cluster
   */
  readonly stateScope?: Construct;

  /**
   * Where dashboard and alarms are made.
   *
   * @default - the scope of the virtual cluster
   */
  readonly observabilityScope?: Construct;

  /**
   * Folder with the bundled functions, `<name>/index.mjs` each.
   *
   * @default - those of this package
   */
  readonly functionsPath?: string;
}

/** The props that a deployment file has, too: all but those that are places in a program. */
export type VirtualClusterKeys = Omit<
  VirtualClusterProps,
  'stateScope' | 'observabilityScope' | 'functionsPath'
>;

/** The gateway of a cluster. */
export interface GatewayProps {
  /** Subnets of the gateway, which the control plane reaches by their addresses. They reach AWS, the API server and the pods. */
  readonly subnets: readonly string[];

  /**
   * Security groups of the gateway. They admit the control plane, metrics-server and themselves on the ports 10250 and following, one for each
   * node.
   *
   * @default - one is made, with the rules of `allowedCidrs` and `allowedSecurityGroups`
   */
  readonly securityGroups?: readonly string[];

  /**
   * Id of the VPC of the subnets; needed without `securityGroups`.
   *
   * @default - none, with `securityGroups`
   */
  readonly vpcId?: string;

  /**
   * Networks that may reach the gateway.
   *
   * @default - none
   */
  readonly allowedCidrs?: readonly string[];

  /**
   * Security groups that may reach the gateway: on EKS the cluster security group.
   *
   * @default - none
   */
  readonly allowedSecurityGroups?: readonly string[];

  /**
   * Gives the task a public address, for public subnets without a NAT gateway. The Nodes publish the private one all the same.
   *
   * @default false
   */
  readonly assignPublicIp?: boolean;

  /**
   * `spot` costs a third, and is gone for about a minute now and then.
   *
   * @default on-demand
   */
  readonly capacityType?: 'on-demand' | 'spot';

  /**
   * Lets the gateway approve the requests for its own serving certificates: the rendered rights then have `approve` for that one signer.
   *
   * @default false - an administrator approves: `kubectl certificate approve`
   */
  readonly approveCertificates?: boolean;

  /**
   * Turns Container Insights of the ECS cluster of the pods on, from which `kubectl top` and HorizontalPodAutoscalers have their numbers.
   * AWS bills some 0.02 USD a month for each container that runs and some 3 USD for each kind of pod (docs/metrics.md). For an
   * `ecsClusterName` of yours it changes nothing: turn it on there.
   *
   * @default false - nothing is measured
   */
  readonly containerInsights?: boolean;

  /**
   * Node.js 24 or newer with bash, for arm64, for subnets that do not reach public.ecr.aws.
   *
   * @default - the public image, pinned
   */
  readonly image?: string;
}

/** What may be used at a time. */
export interface Ceiling {
  /**
   * vCPU of all running tasks, as Fargate bills them.
   *
   * @default - no bound
   */
  readonly vcpu?: number;
  /**
   * Price of all running tasks in USD an hour, at list prices.
   *
   * @default - no bound
   */
  readonly usdPerHour?: number;
}

/** A taint: pods come to the node only if they tolerate it. */
export interface VirtualNodeTaint {
  /** Such as `example.com/batch`. */
  readonly key: string;

  /**
   * What a toleration may compare.
   *
   * @default - none
   */
  readonly value?: string;

  /** What happens to pods that do not tolerate it. */
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What the pods of some service accounts may ask for by annotations; what it does not name is not allowed. */
export interface VirtualNodeRule {
  /** Name of the namespace, or `*` for every one. */
  readonly namespace: string;

  /** Name of the service account, or `*` for every one. */
  readonly serviceAccount: string;

  /**
   * ARNs of roles that the task may have, by the annotation of the service account or of the pod.
   *
   * @default - none
   */
  readonly taskRoles?: readonly string[];

  /**
   * ARNs of roles that Fargate may prepare the task with, such as one that reads another registry.
   *
   * @default - none
   */
  readonly executionRoles?: readonly string[];

  /**
   * Subnets that the pod may be in instead of those of the node.
   *
   * @default - none
   */
  readonly subnets?: readonly string[];

  /**
   * Security groups that the pod may have instead of those of the node.
   *
   * @default - none
   */
  readonly securityGroups?: readonly string[];

  /**
   * Whether the pod may choose to have a public address, or none.
   *
   * @default false
   */
  readonly assignPublicIp?: boolean;

  /**
   * Capacity types that the pod may choose.
   *
   * @default - none
   */
  readonly capacityTypes?: readonly ('on-demand' | 'spot')[];

  /**
   * Architectures that the pod may choose.
   *
   * @default - none
   */
  readonly architectures?: readonly ('amd64' | 'arm64')[];

  /**
   * Versions of the Fargate platform that the pod may choose.
   *
   * @default - none
   */
  readonly platformVersions?: readonly string[];
}

/** Virtual nodes: one, or one of each combination of the zones, architectures and capacity types. */
export interface VirtualNodeProps {
  /**
   * Name of the node. With several zones, architectures or capacity types it must contain `{zone}`, `{architecture}` or
   * `{capacityType}`, so that each node gets a name of its own.
   */
  readonly name: string;

  /**
   * Subnets of the pods. Without public addresses they need a NAT gateway or VPC endpoints.
   *
   * @default - those of `zones`
   */
  readonly subnets?: readonly string[];

  /**
   * Subnets by availability zone: a node for each, with the label of its zone.
   *
   * @default - one node over all `subnets`
   */
  readonly zones?: Readonly<Record<string, readonly string[]>>;

  /**
   * A node for each: what the images of its pods are built for.
   *
   * @default [amd64]
   */
  readonly architectures?: readonly ('amd64' | 'arm64')[];

  /**
   * A node for each. `mixed`: Spot for `spotPercent` of the pods, and whichever is there when the other is not.
   *
   * @default [on-demand]
   */
  readonly capacityTypes?: readonly ('on-demand' | 'spot' | 'mixed')[];

  /**
   * The share of the pods of a `mixed` node that run on Spot.
   *
   * @default 70
   */
  readonly spotPercent?: number;

  /**
   * The most vCPU that the node shows; it shows less when the Fargate quota of the account has less left.
   *
   * @default 1000
   */
  readonly cpu?: string | number;

  /**
   * The memory that the node shows.
   *
   * @default 8000Gi
   */
  readonly memory?: string | number;

  /**
   * The number of pods that the node takes.
   *
   * @default 1000
   */
  readonly pods?: string | number;

  /**
   * The ephemeral storage that the node shows.
   *
   * @default 20Ti
   */
  readonly ephemeralStorage?: string | number;

  /**
   * What the pods of the node may use at a time. Pods above it stay Pending and say why.
   *
   * @default - no ceiling
   */
  readonly ceiling?: Ceiling;

  /**
   * Labels besides those that every node has.
   *
   * @default {}
   */
  readonly labels?: Readonly<Record<string, string>>;

  /**
   * Taints besides `virtual-kubelet.io/provider=lambdalet:NoSchedule`, which every node has.
   *
   * @default []
   */
  readonly taints?: readonly VirtualNodeTaint[];

  /**
   * Security groups of the pods.
   *
   * @default [] - the default group of the VPC
   */
  readonly securityGroups?: readonly string[];

  /**
   * Gives the pods public addresses; needs public subnets.
   *
   * @default false
   */
  readonly assignPublicIp?: boolean;

  /**
   * `false` keeps every pod out of its Services, for trials.
   *
   * @default true
   */
  readonly podsReady?: boolean;

  /**
   * Version of the Fargate platform.
   *
   * @default LATEST
   */
  readonly platformVersion?: string;

  /**
   * busybox (musl) for this architecture, for subnets that do not reach public.ecr.aws.
   *
   * @default - the public image, pinned by digest
   */
  readonly helperImage?: string;

  /**
   * `host[:port]` by which pods reach the API server.
   *
   * @default - where the functions reach it
   */
  readonly apiEndpoint?: string;

  /**
   * ARN of the role of a task by `<namespace>/<service account>`.
   *
   * @default {}
   */
  readonly taskRoles?: Readonly<Record<string, string>>;

  /**
   * ARN of the role of every task that has no other.
   *
   * @default - none
   */
  readonly defaultTaskRole?: string;

  /**
   * Lets commands be run in the pods of the node (ECS Exec: `kubectl exec` and `cp`). Each task runs an agent of Systems Manager, which
   * takes some of its memory and needs a way to the endpoint ssmmessages. Pods without a role of their own get one that may open data
   * channels and nothing else; a role of their own needs those four actions itself. Pods that run already are not changed.
   *
   * @default false
   */
  readonly exec?: boolean;

  /**
   * What pods may ask for by annotations `lambdalet.dev/..`, and service accounts by `eks.amazonaws.com/role-arn`.
   *
   * @default - nothing
   */
  readonly allow?: readonly VirtualNodeRule[];

  /**
   * What happens to a pod that a NetworkPolicy selects: Fargate does not enforce it.
   *
   * @default warn
   */
  readonly networkPolicies?: 'warn' | 'refuse';

  /**
   * Gives pods the variables of Services, which name cluster IPs.
   *
   * @default false
   */
  readonly serviceLinks?: boolean;

  /**
   * Keys of the pod labels that become tags of the task.
   *
   * @default - all that AWS takes
   */
  readonly costLabels?: readonly string[];

  /**
   * Domain of the cluster's DNS, once the VPC forwards it.
   *
   * @default - it does not
   */
  readonly clusterDomain?: string;
}
