import type { V1PodResourceClaim } from '@kubernetes/client-node';
import type { PodSpec, Wire } from '../../../core/kubernetes.ts';
import { judgeContainers } from './support-container.ts';
import {
  DNS_CONFIG_SUPPORT,
  HOST_ALIAS_SUPPORT,
  OS_SUPPORT,
  PULL_SECRET_SUPPORT,
  READINESS_GATE_SUPPORT,
  SCHEDULER,
  TOLERATION_SUPPORT,
} from './support-pod-parts.ts';
import { judgeQuantities, judgeResources } from './support-resources.ts';
import {
  emulated,
  fault,
  ignored,
  isBlank,
  listWithin,
  native,
  refusedAtAdmission,
  rejected,
  warning,
  within,
  type Finding,
  type Place,
  type SupportRow,
  type SupportTable,
} from './support-row.ts';
import { judgePodSecurity } from './support-security.ts';
import { judgeVolumes } from './support-volume.ts';

/** Seconds that ECS waits between the stop signal and the kill, at most and at least. */
export const STOP_TIMEOUT = { least: 2, most: 120 } as const;

const NO_HOST = 'A task shares nothing with a host: take it out, or run this pod on another node.';
const OWN_NAME = 'The host name of a task is that of the VPC: take it out, or use the variable HOSTNAME.';

/** `spec` of a pod. */
export const POD_SPEC_SUPPORT = {
  activeDeadlineSeconds: native('As the kubelet, to within a few seconds.'),
  affinity: ignored(SCHEDULER),
  automountServiceAccountToken: emulated(
    '`true` delivers the token that the API server mounts into every pod (volume kube-api-access-..) also for the service account `default`, to which it is of no use as a rule and for which it is left out otherwise.',
  ),
  containers: native(
    'At most 10 in a task, init containers and helpers included (see Helpers).',
    judgeContainers,
  ),
  dnsConfig: within(
    'emulated',
    'Options and searches go into variables; nameservers are refused. See PodDNSConfig.',
    DNS_CONFIG_SUPPORT,
  ),
  dnsPolicy: refusedAtAdmission(
    emulated(
      'Tasks ask the resolver of the VPC: cluster names resolve only where it forwards them to the DNS of the cluster. None is refused: use Default or ClusterFirst.',
      judgeDns,
    ),
    "!has(variables.spec.dnsPolicy) || variables.spec.dnsPolicy != 'None'",
  ),
  enableServiceLinks: emulated(
    'The variables of Services come only where the node says so (`serviceLinks`): a cluster IP cannot be reached from a VPC.',
  ),
  ephemeralContainers: ignored('A task gains no containers once it runs.', (containers, { path }) =>
    isBlank(containers) ? [] : [warning(path, 'Not started: a task gains no containers once it runs.')],
  ),
  hostAliases: refusedAtAdmission(
    listWithin('rejected', 'Fargate takes no extra hosts: use DNS. See HostAlias.', HOST_ALIAS_SUPPORT),
    '!has(variables.spec.hostAliases) || variables.spec.hostAliases.all(a, !has(a.hostnames) || a.hostnames.size() == 0)',
  ),
  hostIPC: onNoHost('hostIPC'),
  hostNetwork: onNoHost('hostNetwork'),
  hostPID: onNoHost('hostPID'),
  hostUsers: ignored('A task has its own kernel, so it shares no users with anything.'),
  hostname: emulated(
    'Told as the variable HOSTNAME; the host name of a task is that of the VPC. DNS names of a headless Service work.',
  ),
  hostnameOverride: refusedAtAdmission(rejected<string>(OWN_NAME), '!has(variables.spec.hostnameOverride)'),
  imagePullSecrets: listWithin('emulated', 'See LocalObjectReference.', PULL_SECRET_SUPPORT),
  initContainers: emulated(
    'One after the other before the app containers, as with the kubelet. One that fails ends the task: the pod tries again as a new task that starts with the first of them.',
    judgeContainers,
  ),
  nodeName: native('This node.'),
  nodeSelector: ignored(SCHEDULER),
  os: within('native', 'See PodOS.', OS_SUPPORT),
  overhead: native(
    'Added to the size of the task. An API server takes it only with a runtimeClassName, which is refused: tasks have none.',
    judgeQuantities,
  ),
  preemptionPolicy: ignored(SCHEDULER),
  priority: ignored(SCHEDULER),
  priorityClassName: ignored(SCHEDULER),
  readinessGates: listWithin('native', 'As the kubelet.', READINESS_GATE_SUPPORT),
  resourceClaims: refusedAtAdmission(
    rejected<Wire<V1PodResourceClaim>[]>('Fargate has no devices: take the claim out.'),
    '!has(variables.spec.resourceClaims) || variables.spec.resourceClaims.size() == 0',
  ),
  resources: native('The size of the task is at least this.', judgeResources),
  restartPolicy: emulated(
    'A restart is a new task: all containers start anew, the pod keeps its name and gets a new address.',
  ),
  runtimeClassName: refusedAtAdmission(
    rejected<string>('A task has one runtime: take it out, or run this pod on another node.'),
    '!has(variables.spec.runtimeClassName)',
  ),
  schedulerName: ignored(SCHEDULER),
  schedulingGates: ignored(SCHEDULER),
  schedulingGroup: ignored(SCHEDULER),
  securityContext: native('See PodSecurityContext.', judgePodSecurity),
  serviceAccount: ignored('Old name of serviceAccountName.'),
  serviceAccountName: emulated(
    'Its token is delivered, see Volume (`projected`); its IAM role (`eks.amazonaws.com/role-arn`) becomes the role of the task where a rule of the node allows it, in place of what the webhook of EKS adds to the pod for it; without a rule, what the webhook added works for a day, until its token ends. A role by EKS Pod Identity is not known here: name it in `taskRoles` of the node.',
  ),
  setHostnameAsFQDN: refusedAtAdmission(
    rejected<boolean>(OWN_NAME),
    '!has(variables.spec.setHostnameAsFQDN) || !variables.spec.setHostnameAsFQDN',
  ),
  shareProcessNamespace: native('As the kubelet.'),
  subdomain: native('For the DNS names of a headless Service.'),
  terminationGracePeriodSeconds: emulated(
    `${STOP_TIMEOUT.least} to ${STOP_TIMEOUT.most} seconds; a shorter or longer one becomes that. A grace given to \`kubectl delete\` is not seen by the task.`,
    judgeGrace,
  ),
  tolerations: listWithin('ignored', SCHEDULER, TOLERATION_SUPPORT),
  topologySpreadConstraints: ignored(SCHEDULER),
  volumes: emulated('emptyDir, files of the API server, and EFS. See Volume.', judgeVolumes),
} satisfies SupportTable<PodSpec>;

function onNoHost(field: 'hostIPC' | 'hostNetwork' | 'hostPID'): SupportRow<boolean> {
  return refusedAtAdmission(
    rejected<boolean>(NO_HOST),
    `!has(variables.spec.${field}) || !variables.spec.${field}`,
  );
}

function judgeDns(policy: string, { path }: Place): readonly Finding[] {
  return policy === 'None'
    ? [fault(path, 'Tasks ask the resolver of the VPC: use Default or ClusterFirst.')]
    : [];
}

function judgeGrace(seconds: number, { path }: Place): readonly Finding[] {
  if (seconds <= STOP_TIMEOUT.most) return [];
  return [
    warning(path, `Fargate kills ${STOP_TIMEOUT.most} s after the stop signal, not after ${seconds} s.`),
  ];
}
