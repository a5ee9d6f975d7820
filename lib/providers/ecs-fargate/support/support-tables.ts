import { CONTAINER_SUPPORT, PORT_SUPPORT } from './support-container.ts';
import {
  CONFIG_ENV_SUPPORT,
  CONFIG_KEY_SUPPORT,
  ENV_FROM_SUPPORT,
  ENV_SOURCE_SUPPORT,
  ENV_SUPPORT,
  FIELD_REF_SUPPORT,
  RESOURCE_REF_SUPPORT,
  SECRET_ENV_SUPPORT,
  SECRET_KEY_SUPPORT,
} from './support-environment.ts';
import {
  CONFIG_MAP_PROJECTION_SUPPORT,
  CONFIG_MAP_VOLUME_SUPPORT,
  DOWNWARD_FILE_SUPPORT,
  DOWNWARD_PROJECTION_SUPPORT,
  DOWNWARD_VOLUME_SUPPORT,
  FILE_FIELD_SUPPORT,
  KEY_TO_PATH_SUPPORT,
  PROJECTED_VOLUME_SUPPORT,
  PROJECTION_SUPPORT,
  SECRET_PROJECTION_SUPPORT,
  SECRET_VOLUME_SUPPORT,
  TOKEN_PROJECTION_SUPPORT,
} from './support-files.ts';
import { LIFECYCLE_SUPPORT, PRE_STOP_SUPPORT, SLEEP_SUPPORT } from './support-lifecycle.ts';
import { VOLUME_MOUNT_SUPPORT } from './support-mount.ts';
import {
  DNS_CONFIG_SUPPORT,
  HOST_ALIAS_SUPPORT,
  OS_SUPPORT,
  PULL_SECRET_SUPPORT,
  READINESS_GATE_SUPPORT,
  TOLERATION_SUPPORT,
} from './support-pod-parts.ts';
import { POD_SPEC_SUPPORT } from './support-pod-spec.ts';
import {
  EXEC_SUPPORT,
  GRPC_SUPPORT,
  HTTP_GET_SUPPORT,
  HTTP_HEADER_SUPPORT,
  PROBE_SUPPORT,
  TCP_SOCKET_SUPPORT,
} from './support-probe.ts';
import { RESOURCES_SUPPORT } from './support-resources.ts';
import type { SupportRow } from './support-row.ts';
import {
  APP_ARMOR_SUPPORT,
  CAPABILITIES_SUPPORT,
  POD_SECURITY_CONTEXT_SUPPORT,
  SECCOMP_SUPPORT,
  SECURITY_CONTEXT_SUPPORT,
  SYSCTL_SUPPORT,
} from './support-security.ts';
import { CLAIM_SUPPORT, EMPTY_DIR_SUPPORT, VOLUME_SUPPORT } from './support-volume.ts';

/** What is read of a row where nothing is judged. */
export type DescribedRow = Pick<SupportRow<unknown>, 'level' | 'note' | 'admits'>;

/** Every table, by the Kubernetes type that it is about, in the order in which they are documented. */
export const SUPPORT_TABLES: Readonly<Record<string, Readonly<Record<string, DescribedRow>>>> = {
  PodSpec: POD_SPEC_SUPPORT,
  PodSecurityContext: POD_SECURITY_CONTEXT_SUPPORT,
  Sysctl: SYSCTL_SUPPORT,
  PodOS: OS_SUPPORT,
  PodDNSConfig: DNS_CONFIG_SUPPORT,
  HostAlias: HOST_ALIAS_SUPPORT,
  'LocalObjectReference (imagePullSecrets)': PULL_SECRET_SUPPORT,
  PodReadinessGate: READINESS_GATE_SUPPORT,
  Toleration: TOLERATION_SUPPORT,
  Container: CONTAINER_SUPPORT,
  ResourceRequirements: RESOURCES_SUPPORT,
  EnvVar: ENV_SUPPORT,
  EnvVarSource: ENV_SOURCE_SUPPORT,
  ObjectFieldSelector: FIELD_REF_SUPPORT,
  ResourceFieldSelector: RESOURCE_REF_SUPPORT,
  ConfigMapKeySelector: CONFIG_KEY_SUPPORT,
  SecretKeySelector: SECRET_KEY_SUPPORT,
  EnvFromSource: ENV_FROM_SUPPORT,
  ConfigMapEnvSource: CONFIG_ENV_SUPPORT,
  SecretEnvSource: SECRET_ENV_SUPPORT,
  ContainerPort: PORT_SUPPORT,
  SecurityContext: SECURITY_CONTEXT_SUPPORT,
  Capabilities: CAPABILITIES_SUPPORT,
  SeccompProfile: SECCOMP_SUPPORT,
  AppArmorProfile: APP_ARMOR_SUPPORT,
  VolumeMount: VOLUME_MOUNT_SUPPORT,
  Volume: VOLUME_SUPPORT,
  EmptyDirVolumeSource: EMPTY_DIR_SUPPORT,
  PersistentVolumeClaimVolumeSource: CLAIM_SUPPORT,
  ConfigMapVolumeSource: CONFIG_MAP_VOLUME_SUPPORT,
  SecretVolumeSource: SECRET_VOLUME_SUPPORT,
  KeyToPath: KEY_TO_PATH_SUPPORT,
  DownwardAPIVolumeSource: DOWNWARD_VOLUME_SUPPORT,
  DownwardAPIVolumeFile: DOWNWARD_FILE_SUPPORT,
  'ObjectFieldSelector (of a file)': FILE_FIELD_SUPPORT,
  ProjectedVolumeSource: PROJECTED_VOLUME_SUPPORT,
  VolumeProjection: PROJECTION_SUPPORT,
  ConfigMapProjection: CONFIG_MAP_PROJECTION_SUPPORT,
  SecretProjection: SECRET_PROJECTION_SUPPORT,
  DownwardAPIProjection: DOWNWARD_PROJECTION_SUPPORT,
  ServiceAccountTokenProjection: TOKEN_PROJECTION_SUPPORT,
  Probe: PROBE_SUPPORT,
  ExecAction: EXEC_SUPPORT,
  HTTPGetAction: HTTP_GET_SUPPORT,
  HTTPHeader: HTTP_HEADER_SUPPORT,
  TCPSocketAction: TCP_SOCKET_SUPPORT,
  GRPCAction: GRPC_SUPPORT,
  Lifecycle: LIFECYCLE_SUPPORT,
  'LifecycleHandler (preStop)': PRE_STOP_SUPPORT,
  SleepAction: SLEEP_SUPPORT,
};

/** The type and field of every row, as `Container.image`: rows are what the tables are, object by object. */
export const ROW_NAMES: ReadonlyMap<DescribedRow, string> = new Map(
  Object.entries(SUPPORT_TABLES).flatMap(([type, rows]) =>
    Object.entries(rows).map(([field, row]): [DescribedRow, string] => [row, `${type}.${field}`]),
  ),
);
