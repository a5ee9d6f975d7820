import type { PodSpec } from '../../core/kubernetes.ts';
import { judgeContainers } from './support-container.ts';
import { judgeQuantities, judgeResources } from './support-resources.ts';
import { judgePodSecurity } from './support-security.ts';
import {
  emulated,
  fault,
  ignored,
  isBlank,
  native,
  rejected,
  warning,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';
import { judgeVolumes } from './support-volume.ts';

/** Seconds that ECS waits between the stop signal and the kill, at most and at least. */
export const STOP_TIMEOUT = { least: 2, most: 120 } as const;

const SCHEDULER = 'The scheduler decides by it before the pod gets here.';
const NO_HOST = 'A task shares nothing with a host: take it out, or run this pod on another node.';
const VPC_DNS =
  'Tasks ask the resolver of the VPC: cluster names resolve only where Route 53 forwards them to the DNS of the cluster.';

/** `spec` of a pod. */
export const POD_SPEC_SUPPORT = {
  activeDeadlineSeconds: native('As the kubelet, to within a few seconds.'),
  affinity: ignored(SCHEDULER),
  automountServiceAccountToken: ignored('No token is mounted in this version, wanted or not.'),
  containers: native(
    'At most 10 containers; with restartPolicy Never or OnFailure exactly one.',
    judgeContainers,
  ),
  dnsConfig: rejected('Tasks ask the resolver of the VPC: take it out.'),
  dnsPolicy: emulated(VPC_DNS, (policy: string, { path }) =>
    policy === 'None' ? [fault(path, 'Tasks ask the resolver of the VPC: use Default or ClusterFirst.')] : [],
  ),
  enableServiceLinks: ignored('Variables of Services are not set: use their DNS names.'),
  ephemeralContainers: ignored('A task gains no containers once it runs.', (containers, { path }) =>
    isBlank(containers) ? [] : [warning(path, 'Not started: a task gains no containers once it runs.')],
  ),
  hostAliases: rejected('Fargate takes no extra hosts: use DNS.'),
  hostIPC: rejected(NO_HOST),
  hostNetwork: rejected(NO_HOST),
  hostPID: rejected(NO_HOST),
  hostUsers: ignored('A task has its own kernel, so it shares no users with anything.'),
  hostname: emulated(
    'Told as the variable HOSTNAME; the host name of a task is that of the VPC. DNS names of a headless Service work.',
  ),
  hostnameOverride: rejected('The host name of a task is that of the VPC: take it out.'),
  imagePullSecrets: rejected(
    'Registry credentials do not reach the task in this version: use ECR with the execution role, or a public image.',
  ),
  initContainers: rejected(
    'Init containers are not run in this version: do it at the start of the container.',
  ),
  nodeName: native('This node.'),
  nodeSelector: ignored(SCHEDULER),
  os: native('linux.', ({ name }: { readonly name: string }, { path }) =>
    name === 'linux' ? [] : [fault(`${path}.name`, 'Only Linux tasks are run.')],
  ),
  overhead: native('Added to the size of the task.', judgeQuantities),
  preemptionPolicy: ignored(SCHEDULER),
  priority: ignored(SCHEDULER),
  priorityClassName: ignored(SCHEDULER),
  readinessGates: native('As the kubelet.'),
  resourceClaims: rejected('Fargate has no devices: take the claim out.'),
  resources: native('The size of the task is at least this.', judgeResources),
  restartPolicy: emulated(
    'A restart is a new task: the pod keeps its name and gets a new address. Always restarts all of its containers.',
  ),
  runtimeClassName: rejected('A task has one runtime: take it out.'),
  schedulerName: ignored(SCHEDULER),
  schedulingGates: ignored(SCHEDULER),
  schedulingGroup: ignored(SCHEDULER),
  securityContext: native('See PodSecurityContext.', judgePodSecurity),
  serviceAccount: ignored('Old name of serviceAccountName.'),
  serviceAccountName: ignored(
    'For the API server and `fieldRef`; no token reaches the task in this version.',
  ),
  setHostnameAsFQDN: rejected('The host name of a task is that of the VPC: take it out.'),
  shareProcessNamespace: native('As the kubelet.'),
  subdomain: native('For the DNS names of a headless Service.'),
  terminationGracePeriodSeconds: emulated(
    `${STOP_TIMEOUT.least} to ${STOP_TIMEOUT.most} seconds; a shorter or longer one becomes that. A grace given to \`kubectl delete\` is not seen by the task.`,
    judgeGrace,
  ),
  tolerations: ignored(SCHEDULER),
  topologySpreadConstraints: ignored(SCHEDULER),
  volumes: emulated('emptyDir, see Volume.', judgeVolumes),
} satisfies SupportTable<PodSpec>;

function judgeGrace(seconds: number, { path }: Place): readonly Finding[] {
  if (seconds <= STOP_TIMEOUT.most) return [];
  return [
    warning(path, `Fargate kills ${STOP_TIMEOUT.most} s after the stop signal, not after ${seconds} s.`),
  ];
}
