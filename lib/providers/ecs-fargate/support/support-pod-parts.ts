import type {
  V1HostAlias,
  V1LocalObjectReference,
  V1PodDNSConfig,
  V1PodDNSConfigOption,
  V1PodOS,
  V1PodReadinessGate,
  V1Toleration,
} from '@kubernetes/client-node';
import type { Wire } from '../../../core/kubernetes.ts';
import { emulated, fault, ignored, native, rejected, type SupportTable } from './support-row.ts';

/** Why fields of the scheduler mean nothing here. */
export const SCHEDULER = 'The scheduler decides by it before the pod gets here.';

const VPC_RESOLVER =
  'Tasks ask the resolver of the VPC: take it out, and forward zones with Route 53 Resolver rules.';

/** `spec.os`. */
export const OS_SUPPORT = {
  name: native('linux.', (name: string, { path }) =>
    name === 'linux' ? [] : [fault(path, 'Only Linux tasks are run: run this pod on another node.')],
  ),
} satisfies SupportTable<Wire<V1PodOS>>;

/** `spec.dnsConfig`. */
export const DNS_CONFIG_SUPPORT = {
  nameservers: rejected(VPC_RESOLVER),
  options: emulated<Wire<V1PodDNSConfigOption>[]>(
    'Told as the variable RES_OPTIONS, which glibc reads. Programs with musl (Alpine) or a resolver of their own do not.',
  ),
  searches: emulated<string[]>(
    'Told as the variable LOCALDOMAIN, which glibc reads, after the domains of the cluster where the node has a `clusterDomain`. They stand in place of the search domain of the VPC. Programs with musl (Alpine) or a resolver of their own do not read it: use full names there.',
  ),
} satisfies SupportTable<Wire<V1PodDNSConfig>>;

/** `spec.hostAliases[]`. */
export const HOST_ALIAS_SUPPORT = {
  hostnames: rejected('Fargate takes no extra hosts: use DNS, such as a private zone of Route 53.'),
  ip: ignored('Goes with hostnames.'),
} satisfies SupportTable<Wire<V1HostAlias>>;

/** `spec.imagePullSecrets[]`. */
export const PULL_SECRET_SUPPORT = {
  name: emulated(
    'As the kubelet: one that is not there is passed over. Its credentials are kept in Secrets Manager for as long as pods use them.',
  ),
} satisfies SupportTable<Wire<V1LocalObjectReference>>;

/** `spec.readinessGates[]`. */
export const READINESS_GATE_SUPPORT = {
  conditionType: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1PodReadinessGate>>;

/** `spec.tolerations[]`. */
export const TOLERATION_SUPPORT = {
  effect: ignored(SCHEDULER),
  key: ignored(SCHEDULER),
  operator: ignored(SCHEDULER),
  tolerationSeconds: ignored('The node controller evicts by it, not the node.'),
  value: ignored(SCHEDULER),
} satisfies SupportTable<Wire<V1Toleration>>;
