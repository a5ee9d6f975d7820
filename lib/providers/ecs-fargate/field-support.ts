import type { Pod, PodSpec } from '../../core/kubernetes.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { CONTAINER_SUPPORT, PORT_SUPPORT } from './support-container.ts';
import { ENV_SOURCE_SUPPORT, ENV_SUPPORT } from './support-environment.ts';
import { POD_SPEC_SUPPORT } from './support-pod-spec.ts';
import { LIFECYCLE_SUPPORT, PROBE_SUPPORT } from './support-probe.ts';
import { RESOURCES_SUPPORT } from './support-resources.ts';
import { fault, judgeFields, type Finding, type SupportRow } from './support-row.ts';
import {
  CAPABILITIES_SUPPORT,
  POD_SECURITY_CONTEXT_SUPPORT,
  SECURITY_CONTEXT_SUPPORT,
} from './support-security.ts';
import { EMPTY_DIR_SUPPORT, VOLUME_MOUNT_SUPPORT, VOLUME_SUPPORT } from './support-volume.ts';

/** ECS takes no more containers in one task definition. */
const MOST_CONTAINERS = 10;

/** Every table, by the Kubernetes type that it is about, in the order in which they are documented. */
export const SUPPORT_TABLES: Readonly<
  Record<string, Readonly<Record<string, Pick<SupportRow<unknown>, 'level' | 'note'>>>>
> = {
  PodSpec: POD_SPEC_SUPPORT,
  PodSecurityContext: POD_SECURITY_CONTEXT_SUPPORT,
  Container: CONTAINER_SUPPORT,
  ResourceRequirements: RESOURCES_SUPPORT,
  EnvVar: ENV_SUPPORT,
  EnvVarSource: ENV_SOURCE_SUPPORT,
  ContainerPort: PORT_SUPPORT,
  SecurityContext: SECURITY_CONTEXT_SUPPORT,
  Capabilities: CAPABILITIES_SUPPORT,
  VolumeMount: VOLUME_MOUNT_SUPPORT,
  Volume: VOLUME_SUPPORT,
  EmptyDirVolumeSource: EMPTY_DIR_SUPPORT,
  Probe: PROBE_SUPPORT,
  Lifecycle: LIFECYCLE_SUPPORT,
};

/**
 * Judges every field of a pod's spec by the tables: all faults and all warnings at once, each path once. Nothing that the
 * tables reject is left out silently, and nothing that admission adds by default is refused.
 */
export function judgePod(pod: Pod): {
  readonly faults: readonly FieldFault[];
  readonly warnings: readonly FieldFault[];
} {
  const findings = [
    ...judgeFields(POD_SPEC_SUPPORT, pod.spec, { path: 'spec', pod }),
    ...judgeCount(pod.spec),
  ];
  return { faults: ofSeverity(findings, 'fault'), warnings: ofSeverity(findings, 'warning') };
}

/** The path names the list, not a container of it: none of them is the one too many. */
function judgeCount({ containers, restartPolicy }: PodSpec): readonly Finding[] {
  if (containers.length > MOST_CONTAINERS)
    return [
      fault(
        'spec.containers',
        `A task has at most ${MOST_CONTAINERS} containers, this pod has ${containers.length}: split it.`,
      ),
    ];
  if (containers.length <= 1 || (restartPolicy ?? 'Always') === 'Always') return [];
  return [
    fault(
      'spec.containers',
      `A task ends with the first of its containers, so restartPolicy ${restartPolicy} takes exactly one container in this version: split the pod, or use restartPolicy Always.`,
    ),
  ];
}

function ofSeverity(findings: readonly Finding[], severity: Finding['severity']): readonly FieldFault[] {
  const wanted = findings.filter((finding) => finding.severity === severity);
  const byKey = new Map(wanted.map(({ path, note }) => [`${path} ${note}`, { path, note }]));
  return [...byKey.values()];
}
