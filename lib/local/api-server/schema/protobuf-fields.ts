/**
 * Field numbers of the protobuf form of the kinds, by model: `number name`, with `+Message` for a message whose fields stand in
 * JSON beside its siblings, and `!quantity`, `!bytes`, `!items` where the wire type is not the one of the JSON. Taken from the
 * generated.proto files of k8s.io/api and k8s.io/apimachinery 0.36; numbers never change, later releases only add some.
 * Volume sources of single storage products and status that only kubelets write are left out.
 */
const TEXT = `
AuthenticationV1TokenRequest: 1 metadata, 2 spec, 3 status
CoreV1EndpointPort: 1 name, 2 port, 3 protocol, 4 appProtocol
CoreV1Event: 1 metadata, 2 involvedObject, 3 reason, 4 message, 5 source, 6 firstTimestamp, 7 lastTimestamp, 8 count, 9 type, 10 eventTime, 11 series, 12 action, 13 related, 14 reportingComponent, 15 reportingInstance
CoreV1EventSeries: 1 count, 2 lastObservedTime
CoreV1ResourceClaim: 1 name, 2 request
EphemeralContainerCommon: 1 name, 2 image, 3 command, 4 args, 5 workingDir, 6 ports, 7 env, 8 resources, 9 volumeMounts, 10 livenessProbe, 11 readinessProbe, 12 lifecycle, 13 terminationMessagePath, 14 imagePullPolicy, 15 securityContext, 16 stdin, 17 stdinOnce, 18 tty, 19 envFrom, 20 terminationMessagePolicy, 21 volumeDevices, 22 startupProbe, 23 resizePolicy, 24 restartPolicy, 25 restartPolicyRules
EventsV1Event: 1 metadata, 2 eventTime, 3 series, 4 reportingController, 5 reportingInstance, 6 action, 7 reason, 8 regarding, 9 related, 10 note, 11 type, 12 deprecatedSource, 13 deprecatedFirstTimestamp, 14 deprecatedLastTimestamp, 15 deprecatedCount
EventsV1EventSeries: 1 count, 2 lastObservedTime
LocalObjectReference: 1 name
PersistentVolumeSource: 3 hostPath, 5 nfs, 20 local, 22 csi
ProbeHandler: 1 exec, 2 httpGet, 3 tcpSocket, 4 grpc
V1Affinity: 1 nodeAffinity, 2 podAffinity, 3 podAntiAffinity
V1AppArmorProfile: 1 type, 2 localhostProfile
V1Binding: 1 metadata, 2 target
V1BoundObjectReference: 1 kind, 2 apiVersion, 3 name, 4 uid
V1CSIPersistentVolumeSource: 1 driver, 2 volumeHandle, 3 readOnly, 4 fsType, 5 volumeAttributes, 6 controllerPublishSecretRef, 7 nodeStageSecretRef, 8 nodePublishSecretRef, 9 controllerExpandSecretRef, 10 nodeExpandSecretRef
V1CSIVolumeSource: 1 driver, 2 readOnly, 3 fsType, 4 volumeAttributes, 5 nodePublishSecretRef
V1Capabilities: 1 add, 2 drop
V1ClusterTrustBundleProjection: 1 name, 2 signerName, 3 labelSelector, 4 path, 5 optional
V1Condition: 1 type, 2 status, 3 observedGeneration, 4 lastTransitionTime, 5 reason, 6 message
V1ConfigMap: 1 metadata, 2 data, 3 binaryData!bytes, 4 immutable
V1ConfigMapEnvSource: 1 +LocalObjectReference, 2 optional
V1ConfigMapKeySelector: 1 +LocalObjectReference, 2 key, 3 optional
V1ConfigMapProjection: 1 +LocalObjectReference, 2 items, 4 optional
V1ConfigMapVolumeSource: 1 +LocalObjectReference, 2 items, 3 defaultMode, 4 optional
V1Container: 1 name, 2 image, 3 command, 4 args, 5 workingDir, 6 ports, 7 env, 8 resources, 9 volumeMounts, 10 livenessProbe, 11 readinessProbe, 12 lifecycle, 13 terminationMessagePath, 14 imagePullPolicy, 15 securityContext, 16 stdin, 17 stdinOnce, 18 tty, 19 envFrom, 20 terminationMessagePolicy, 21 volumeDevices, 22 startupProbe, 23 resizePolicy, 24 restartPolicy, 25 restartPolicyRules
V1ContainerPort: 1 name, 2 hostPort, 3 containerPort, 4 protocol, 5 hostIP
V1ContainerResizePolicy: 1 resourceName, 2 restartPolicy
V1ContainerRestartRule: 1 action, 2 exitCodes
V1ContainerRestartRuleOnExitCodes: 1 operator, 2 values
V1ContainerState: 1 waiting, 2 running, 3 terminated
V1ContainerStateRunning: 1 startedAt
V1ContainerStateTerminated: 1 exitCode, 2 signal, 3 reason, 4 message, 5 startedAt, 6 finishedAt, 7 containerID
V1ContainerStateWaiting: 1 reason, 2 message
V1ContainerStatus: 1 name, 2 state, 3 lastState, 4 ready, 5 restartCount, 6 image, 7 imageID, 8 containerID, 9 started, 10 allocatedResources!quantity, 11 resources, 12 volumeMounts, 13 user, 14 allocatedResourcesStatus, 15 stopSignal
V1ContainerUser: 1 linux
V1DaemonEndpoint: 1 Port
V1DeleteOptions: 1 gracePeriodSeconds, 2 preconditions, 3 orphanDependents, 4 propagationPolicy, 5 dryRun, 6 ignoreStoreReadErrorWithClusterBreakingPotential
V1Deployment: 1 metadata, 2 spec, 3 status
V1DeploymentCondition: 1 type, 2 status, 4 reason, 5 message, 6 lastUpdateTime, 7 lastTransitionTime
V1DeploymentSpec: 1 replicas, 2 selector, 3 template, 4 strategy, 5 minReadySeconds, 6 revisionHistoryLimit, 7 paused, 9 progressDeadlineSeconds
V1DeploymentStatus: 1 observedGeneration, 2 replicas, 3 updatedReplicas, 4 availableReplicas, 5 unavailableReplicas, 6 conditions, 7 readyReplicas, 8 collisionCount, 9 terminatingReplicas
V1DeploymentStrategy: 1 type, 2 rollingUpdate
V1DownwardAPIProjection: 1 items
V1DownwardAPIVolumeFile: 1 path, 2 fieldRef, 3 resourceFieldRef, 4 mode
V1DownwardAPIVolumeSource: 1 items, 2 defaultMode
V1EmptyDirVolumeSource: 1 medium, 2 sizeLimit!quantity
V1EndpointAddress: 1 ip, 2 targetRef, 3 hostname, 4 nodeName
V1EndpointSubset: 1 addresses, 2 notReadyAddresses, 3 ports
V1Endpoints: 1 metadata, 2 subsets
V1EnvFromSource: 1 prefix, 2 configMapRef, 3 secretRef
V1EnvVar: 1 name, 2 value, 3 valueFrom
V1EnvVarSource: 1 fieldRef, 2 resourceFieldRef, 3 configMapKeyRef, 4 secretKeyRef, 5 fileKeyRef
V1EphemeralContainer: 1 +EphemeralContainerCommon, 2 targetContainerName
V1EphemeralVolumeSource: 1 volumeClaimTemplate
V1EventSource: 1 component, 2 host
V1Eviction: 1 metadata, 2 deleteOptions
V1ExecAction: 1 command
V1FieldSelectorAttributes: 1 rawSelector, 2 requirements
V1FieldSelectorRequirement: 1 key, 2 operator, 3 values
V1GRPCAction: 1 port, 2 service
V1HTTPGetAction: 1 path, 2 port, 3 host, 4 scheme, 5 httpHeaders
V1HTTPHeader: 1 name, 2 value
V1HostAlias: 1 ip, 2 hostnames
V1HostIP: 1 ip
V1HostPathVolumeSource: 1 path, 2 type
V1IPBlock: 1 cidr, 2 except
V1ImageVolumeSource: 1 reference, 2 pullPolicy
V1ImageVolumeStatus: 1 imageRef
V1Job: 1 metadata, 2 spec, 3 status
V1JobCondition: 1 type, 2 status, 3 lastProbeTime, 4 lastTransitionTime, 5 reason, 6 message
V1JobSpec: 1 parallelism, 2 completions, 3 activeDeadlineSeconds, 4 selector, 5 manualSelector, 6 template, 7 backoffLimit, 8 ttlSecondsAfterFinished, 9 completionMode, 10 suspend, 11 podFailurePolicy, 12 backoffLimitPerIndex, 13 maxFailedIndexes, 14 podReplacementPolicy, 15 managedBy, 16 successPolicy
V1JobStatus: 1 conditions, 2 startTime, 3 completionTime, 4 active, 5 succeeded, 6 failed, 7 completedIndexes, 8 uncountedTerminatedPods, 9 ready, 10 failedIndexes, 11 terminating
V1KeyToPath: 1 key, 2 path, 3 mode
V1LabelSelector: 1 matchLabels, 2 matchExpressions
V1LabelSelectorAttributes: 1 rawSelector, 2 requirements
V1LabelSelectorRequirement: 1 key, 2 operator, 3 values
V1Lease: 1 metadata, 2 spec
V1LeaseSpec: 1 holderIdentity, 2 leaseDurationSeconds, 3 acquireTime, 4 renewTime, 5 leaseTransitions, 6 strategy, 7 preferredHolder
V1Lifecycle: 1 postStart, 2 preStop, 3 stopSignal
V1LifecycleHandler: 1 exec, 2 httpGet, 3 tcpSocket, 4 sleep
V1LinuxContainerUser: 1 uid, 2 gid, 3 supplementalGroups
V1LocalObjectReference: 1 name
V1LocalVolumeSource: 1 path, 2 fsType
V1NFSVolumeSource: 1 server, 2 path, 3 readOnly
V1Namespace: 1 metadata, 2 spec, 3 status
V1NamespaceCondition: 1 type, 2 status, 4 lastTransitionTime, 5 reason, 6 message
V1NamespaceSpec: 1 finalizers
V1NamespaceStatus: 1 phase, 2 conditions
V1NetworkPolicy: 1 metadata, 2 spec
V1NetworkPolicyEgressRule: 1 ports, 2 to
V1NetworkPolicyIngressRule: 1 ports, 2 from
V1NetworkPolicyPeer: 1 podSelector, 2 namespaceSelector, 3 ipBlock
V1NetworkPolicyPort: 1 protocol, 2 port, 3 endPort
V1NetworkPolicySpec: 1 podSelector, 2 ingress, 3 egress, 4 policyTypes
V1Node: 1 metadata, 2 spec, 3 status
V1NodeAddress: 1 type, 2 address
V1NodeAffinity: 1 requiredDuringSchedulingIgnoredDuringExecution, 2 preferredDuringSchedulingIgnoredDuringExecution
V1NodeAllocatableResourceClaimStatus: 1 resourceClaimName, 2 containers, 3 resources!quantity
V1NodeCondition: 1 type, 2 status, 3 lastHeartbeatTime, 4 lastTransitionTime, 5 reason, 6 message
V1NodeDaemonEndpoints: 1 kubeletEndpoint
V1NodeSelector: 1 nodeSelectorTerms
V1NodeSelectorRequirement: 1 key, 2 operator, 3 values
V1NodeSelectorTerm: 1 matchExpressions, 2 matchFields
V1NodeSpec: 1 podCIDR, 2 externalID, 3 providerID, 4 unschedulable, 5 taints, 6 configSource, 7 podCIDRs
V1NodeStatus: 1 capacity!quantity, 2 allocatable!quantity, 3 phase, 4 conditions, 5 addresses, 6 daemonEndpoints, 7 nodeInfo, 8 images, 9 volumesInUse, 10 volumesAttached, 11 config, 12 runtimeHandlers, 13 features, 14 declaredFeatures
V1NodeSystemInfo: 1 machineID, 2 systemUUID, 3 bootID, 4 kernelVersion, 5 osImage, 6 containerRuntimeVersion, 7 kubeletVersion, 8 kubeProxyVersion, 9 operatingSystem, 10 architecture, 11 swap
V1NonResourceAttributes: 1 path, 2 verb
V1NonResourceRule: 1 verbs, 2 nonResourceURLs
V1ObjectFieldSelector: 1 apiVersion, 2 fieldPath
V1ObjectMeta: 1 name, 2 generateName, 3 namespace, 4 selfLink, 5 uid, 6 resourceVersion, 7 generation, 8 creationTimestamp, 9 deletionTimestamp, 10 deletionGracePeriodSeconds, 11 labels, 12 annotations, 13 ownerReferences, 14 finalizers
V1ObjectReference: 1 kind, 2 namespace, 3 name, 4 uid, 5 apiVersion, 6 resourceVersion, 7 fieldPath
V1OwnerReference: 1 kind, 3 name, 4 uid, 5 apiVersion, 6 controller, 7 blockOwnerDeletion
V1PersistentVolume: 1 metadata, 2 spec, 3 status
V1PersistentVolumeClaim: 1 metadata, 2 spec, 3 status
V1PersistentVolumeClaimCondition: 1 type, 2 status, 3 lastProbeTime, 4 lastTransitionTime, 5 reason, 6 message
V1PersistentVolumeClaimSpec: 1 accessModes, 2 resources, 3 volumeName, 4 selector, 5 storageClassName, 6 volumeMode, 7 dataSource, 8 dataSourceRef, 9 volumeAttributesClassName
V1PersistentVolumeClaimStatus: 1 phase, 2 accessModes, 3 capacity!quantity, 4 conditions, 5 allocatedResources!quantity, 7 allocatedResourceStatuses, 8 currentVolumeAttributesClassName
V1PersistentVolumeClaimTemplate: 1 metadata, 2 spec
V1PersistentVolumeClaimVolumeSource: 1 claimName, 2 readOnly
V1PersistentVolumeSpec: 1 capacity!quantity, 2 +PersistentVolumeSource, 3 accessModes, 4 claimRef, 5 persistentVolumeReclaimPolicy, 6 storageClassName, 7 mountOptions, 8 volumeMode, 9 nodeAffinity, 10 volumeAttributesClassName
V1PersistentVolumeStatus: 1 phase, 2 message, 3 reason, 4 lastPhaseTransitionTime
V1Pod: 1 metadata, 2 spec, 3 status
V1PodAffinity: 1 requiredDuringSchedulingIgnoredDuringExecution, 2 preferredDuringSchedulingIgnoredDuringExecution
V1PodAffinityTerm: 1 labelSelector, 2 namespaces, 3 topologyKey, 4 namespaceSelector, 5 matchLabelKeys, 6 mismatchLabelKeys
V1PodAntiAffinity: 1 requiredDuringSchedulingIgnoredDuringExecution, 2 preferredDuringSchedulingIgnoredDuringExecution
V1PodCondition: 1 type, 2 status, 3 lastProbeTime, 4 lastTransitionTime, 5 reason, 6 message, 7 observedGeneration
V1PodDNSConfig: 1 nameservers, 2 searches, 3 options
V1PodDNSConfigOption: 1 name, 2 value
V1PodFailurePolicy: 1 rules
V1PodFailurePolicyOnExitCodesRequirement: 1 containerName, 2 operator, 3 values
V1PodFailurePolicyOnPodConditionsPattern: 1 type, 2 status
V1PodFailurePolicyRule: 1 action, 2 onExitCodes, 3 onPodConditions
V1PodIP: 1 ip
V1PodOS: 1 name
V1PodReadinessGate: 1 conditionType
V1PodSecurityContext: 1 seLinuxOptions, 2 runAsUser, 3 runAsNonRoot, 4 supplementalGroups, 5 fsGroup, 6 runAsGroup, 7 sysctls, 8 windowsOptions, 9 fsGroupChangePolicy, 10 seccompProfile, 11 appArmorProfile, 12 supplementalGroupsPolicy, 13 seLinuxChangePolicy
V1PodSpec: 1 volumes, 2 containers, 3 restartPolicy, 4 terminationGracePeriodSeconds, 5 activeDeadlineSeconds, 6 dnsPolicy, 7 nodeSelector, 8 serviceAccountName, 9 serviceAccount, 10 nodeName, 11 hostNetwork, 12 hostPID, 13 hostIPC, 14 securityContext, 15 imagePullSecrets, 16 hostname, 17 subdomain, 18 affinity, 19 schedulerName, 20 initContainers, 21 automountServiceAccountToken, 22 tolerations, 23 hostAliases, 24 priorityClassName, 25 priority, 26 dnsConfig, 27 shareProcessNamespace, 28 readinessGates, 29 runtimeClassName, 30 enableServiceLinks, 31 preemptionPolicy, 32 overhead!quantity, 33 topologySpreadConstraints, 34 ephemeralContainers, 35 setHostnameAsFQDN, 36 os, 37 hostUsers, 38 schedulingGates, 39 resourceClaims, 40 resources, 41 hostnameOverride, 43 schedulingGroup
V1PodStatus: 1 phase, 2 conditions, 3 message, 4 reason, 5 hostIP, 6 podIP, 7 startTime, 8 containerStatuses, 9 qosClass, 10 initContainerStatuses, 11 nominatedNodeName, 12 podIPs, 13 ephemeralContainerStatuses, 14 resize, 15 resourceClaimStatuses, 16 hostIPs, 17 observedGeneration, 18 extendedResourceClaimStatus, 19 allocatedResources!quantity, 20 resources, 21 nodeAllocatableResourceClaimStatuses
V1PodTemplateSpec: 1 metadata, 2 spec
V1PortStatus: 1 port, 2 protocol, 3 error
V1Preconditions: 1 uid, 2 resourceVersion
V1PreferredSchedulingTerm: 1 weight, 2 preference
V1Probe: 1 +ProbeHandler, 2 initialDelaySeconds, 3 timeoutSeconds, 4 periodSeconds, 5 successThreshold, 6 failureThreshold, 7 terminationGracePeriodSeconds
V1ProjectedVolumeSource: 1 sources, 2 defaultMode
V1ReplicaSet: 1 metadata, 2 spec, 3 status
V1ReplicaSetCondition: 1 type, 2 status, 3 lastTransitionTime, 4 reason, 5 message
V1ReplicaSetSpec: 1 replicas, 2 selector, 3 template, 4 minReadySeconds
V1ReplicaSetStatus: 1 replicas, 2 fullyLabeledReplicas, 3 observedGeneration, 4 readyReplicas, 5 availableReplicas, 6 conditions, 7 terminatingReplicas
V1ResourceAttributes: 1 namespace, 2 verb, 3 group, 4 version, 5 resource, 6 subresource, 7 name, 8 fieldSelector, 9 labelSelector
V1ResourceFieldSelector: 1 containerName, 2 resource, 3 divisor!quantity
V1ResourceRequirements: 1 limits!quantity, 2 requests!quantity, 3 claims
V1ResourceRule: 1 verbs, 2 apiGroups, 3 resources, 4 resourceNames
V1RollingUpdateDeployment: 1 maxUnavailable, 2 maxSurge
V1SELinuxOptions: 1 user, 2 role, 3 type, 4 level
V1Scale: 1 metadata, 2 spec, 3 status
V1ScaleSpec: 1 replicas
V1ScaleStatus: 1 replicas, 2 selector
V1SeccompProfile: 1 type, 2 localhostProfile
V1Secret: 1 metadata, 2 data!bytes, 3 type, 4 stringData, 5 immutable
V1SecretEnvSource: 1 +LocalObjectReference, 2 optional
V1SecretKeySelector: 1 +LocalObjectReference, 2 key, 3 optional
V1SecretProjection: 1 +LocalObjectReference, 2 items, 4 optional
V1SecretReference: 1 name, 2 namespace
V1SecretVolumeSource: 1 secretName, 2 items, 3 defaultMode, 4 optional
V1SecurityContext: 1 capabilities, 2 privileged, 3 seLinuxOptions, 4 runAsUser, 5 runAsNonRoot, 6 readOnlyRootFilesystem, 7 allowPrivilegeEscalation, 8 runAsGroup, 9 procMount, 10 windowsOptions, 11 seccompProfile, 12 appArmorProfile
V1SelfSubjectAccessReview: 1 metadata, 2 spec, 3 status
V1SelfSubjectAccessReviewSpec: 1 resourceAttributes, 2 nonResourceAttributes
V1SelfSubjectReview: 1 metadata, 2 status
V1SelfSubjectReviewStatus: 1 userInfo
V1SelfSubjectRulesReview: 1 metadata, 2 spec, 3 status
V1SelfSubjectRulesReviewSpec: 1 namespace
V1Service: 1 metadata, 2 spec, 3 status
V1ServiceAccount: 1 metadata, 2 secrets, 3 imagePullSecrets, 4 automountServiceAccountToken
V1ServiceAccountTokenProjection: 1 audience, 2 expirationSeconds, 3 path
V1ServicePort: 1 name, 2 protocol, 3 port, 4 targetPort, 5 nodePort, 6 appProtocol
V1ServiceSpec: 1 ports, 2 selector, 3 clusterIP, 4 type, 5 externalIPs, 7 sessionAffinity, 8 loadBalancerIP, 9 loadBalancerSourceRanges, 10 externalName, 11 externalTrafficPolicy, 12 healthCheckNodePort, 13 publishNotReadyAddresses, 14 sessionAffinityConfig, 17 ipFamilyPolicy, 18 clusterIPs, 19 ipFamilies, 20 allocateLoadBalancerNodePorts, 21 loadBalancerClass, 22 internalTrafficPolicy, 23 trafficDistribution
V1ServiceStatus: 1 loadBalancer, 2 conditions
V1SleepAction: 1 seconds
V1SubjectAccessReview: 1 metadata, 2 spec, 3 status
V1SubjectAccessReviewSpec: 1 resourceAttributes, 2 nonResourceAttributes, 3 user, 4 groups, 5 extra!items, 6 uid
V1SubjectAccessReviewStatus: 1 allowed, 2 reason, 3 evaluationError, 4 denied
V1SubjectRulesReviewStatus: 1 resourceRules, 2 nonResourceRules, 3 incomplete, 4 evaluationError
V1SuccessPolicy: 1 rules
V1SuccessPolicyRule: 1 succeededIndexes, 2 succeededCount
V1Sysctl: 1 name, 2 value
V1TCPSocketAction: 1 port, 2 host
V1Taint: 1 key, 2 value, 3 effect, 4 timeAdded
V1TokenRequestSpec: 1 audiences, 3 boundObjectRef, 4 expirationSeconds
V1TokenRequestStatus: 1 token, 2 expirationTimestamp
V1TokenReview: 1 metadata, 2 spec, 3 status
V1TokenReviewSpec: 1 token, 2 audiences
V1TokenReviewStatus: 1 authenticated, 2 user, 3 error, 4 audiences
V1Toleration: 1 key, 2 operator, 3 value, 4 effect, 5 tolerationSeconds
V1TopologySpreadConstraint: 1 maxSkew, 2 topologyKey, 3 whenUnsatisfiable, 4 labelSelector, 5 minDomains, 6 nodeAffinityPolicy, 7 nodeTaintsPolicy, 8 matchLabelKeys
V1TypedLocalObjectReference: 1 apiGroup, 2 kind, 3 name
V1TypedObjectReference: 1 apiGroup, 2 kind, 3 name, 4 namespace
V1UncountedTerminatedPods: 1 succeeded, 2 failed
V1UserInfo: 1 username, 2 uid, 3 groups, 4 extra!items
V1Volume: 1 name, 2 +VolumeSource
V1VolumeDevice: 1 name, 2 devicePath
V1VolumeMount: 1 name, 2 readOnly, 3 mountPath, 4 subPath, 5 mountPropagation, 6 subPathExpr, 7 recursiveReadOnly
V1VolumeMountStatus: 1 name, 2 mountPath, 3 readOnly, 4 recursiveReadOnly, 5 volumeStatus
V1VolumeNodeAffinity: 1 required
V1VolumeProjection: 1 secret, 2 downwardAPI, 3 configMap, 4 serviceAccountToken, 5 clusterTrustBundle, 6 podCertificate
V1VolumeResourceRequirements: 1 limits!quantity, 2 requests!quantity
V1VolumeStatus: 1 image
V1WeightedPodAffinityTerm: 1 weight, 2 podAffinityTerm
VolumeSource: 1 hostPath, 2 emptyDir, 3 gcePersistentDisk, 4 awsElasticBlockStore, 5 gitRepo, 6 secret, 7 nfs, 8 iscsi, 9 glusterfs, 10 persistentVolumeClaim, 11 rbd, 12 flexVolume, 13 cinder, 14 cephfs, 15 flocker, 16 downwardAPI, 17 fc, 18 azureFile, 19 configMap, 20 vsphereVolume, 21 quobyte, 22 azureDisk, 23 photonPersistentDisk, 24 portworxVolume, 25 scaleIO, 26 projected, 27 storageos, 28 csi, 29 ephemeral, 30 image
`;

/** One field of a protobuf message. */
export interface ProtobufField {
  readonly name: string;
  readonly form: 'plain' | 'inline' | 'quantity' | 'bytes' | 'items';
}

/** The fields of each message by number. */
export const PROTOBUF_FIELDS: ReadonlyMap<string, ReadonlyMap<number, ProtobufField>> = new Map(
  TEXT.trim()
    .split('\n')
    .map((line) => {
      const [message = '', fields = ''] = line.split(': ');
      return [message, new Map(fields.split(', ').map(toField))];
    }),
);

/** The form of each field under `Model.field`. */
export const PROTOBUF_FORMS: ReadonlyMap<string, ProtobufField['form']> = new Map(
  [...PROTOBUF_FIELDS].flatMap(([message, fields]) =>
    [...fields.values()].map((field) => [`${message}.${field.name}`, field.form] as const),
  ),
);

function toField(text: string): readonly [number, ProtobufField] {
  const [number = '', rest = ''] = text.split(' ');
  const [name = '', form] = rest.split('!');
  if (name.startsWith('+')) return [Number(number), { name: name.slice(1), form: 'inline' }];
  return [Number(number), { name, form: (form ?? 'plain') as ProtobufField['form'] }];
}
