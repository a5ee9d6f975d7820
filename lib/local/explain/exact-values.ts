import { sameJson } from '../../core/same-json.ts';
import { read, type JsonLike } from './read-path.ts';

/** A field of a pod as a manifest sets it: the table row that it has, its value, and the object that it stands in. */
export interface SetField {
  /** `Container.image`. */
  readonly row: string;
  readonly value: unknown;
  readonly parent: unknown;
  /** The container that it is about, if it is about one. */
  readonly container: unknown;
}

type Test = (field: SetField) => boolean;

/** Rows whose notes are about every pod, whatever it asks for: told once for all of them. */
const GENERAL: ReadonlySet<string> = new Set([
  'Container.image',
  'Container.imagePullPolicy',
  'Container.env',
  'ResourceRequirements.limits',
  'ResourceRequirements.requests',
  'PodSpec.dnsPolicy',
  'PodSpec.enableServiceLinks',
  'PodSpec.restartPolicy',
]);

/** Rows that only lead to what stands below them. */
const LEADING: ReadonlySet<string> = new Set([
  'Container.lifecycle',
  'Container.startupProbe',
  'Lifecycle.preStop',
  'PodSpec.dnsConfig',
  'PodSpec.volumes',
  'Volume.persistentVolumeClaim',
]);

/** pod-sync looks that often at the least (economy mode): what is asked no more often is asked when it should be. */
const PASS_SECONDS = 12;

const always: Test = () => true;
const between =
  (least: number, most: number): Test =>
  ({ value, parent }) =>
    read(parent, ['exec']) === undefined || (Number(value) >= least && Number(value) <= most);

/** Values with which a field does exactly what the kubelet makes of it, although others of it are emulated. */
const EXACT: Readonly<Record<string, Test>> = {
  'AppArmorProfile.type': always,
  'Capabilities.add': always,
  'ObjectFieldSelector.fieldPath': ({ value }) => !String(value).startsWith('status.'),
  'PodSecurityContext.runAsGroup': always,
  'PodSecurityContext.runAsNonRoot': always,
  // Of sidecars alone their restartPolicy says it all.
  'PodSpec.initContainers': ({ value }) =>
    (value as readonly unknown[]).every((one) => read(one, ['restartPolicy']) === 'Always'),
  'PodSpec.terminationGracePeriodSeconds': ({ value }) => Number(value) >= 2 && Number(value) <= 120,
  'Probe.failureThreshold': between(1, 10),
  'Probe.initialDelaySeconds': between(0, 300),
  'Probe.successThreshold': between(1, 1),
  'Probe.timeoutSeconds': between(2, 60),
  'Probe.periodSeconds': (field) =>
    read(field.parent, ['exec']) === undefined ? Number(field.value) >= PASS_SECONDS : between(5, 300)(field),
  'ResourceFieldSelector.resource': ({ value, container }) =>
    read(container, ['resources', ...String(value).split(/\.(.*)/, 2)]) !== undefined,
  'SeccompProfile.type': always,
  'SecurityContext.allowPrivilegeEscalation': always,
  'SecurityContext.runAsGroup': always,
  'SecurityContext.runAsNonRoot': always,
  'Sysctl.name': always,
  'Volume.emptyDir': ({ value }) => read(value, ['medium']) === 'Memory',
};

/** What an API server writes into every pod or template: nobody asked for it. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  'Container.terminationMessagePath': '/dev/termination-log',
  'Container.terminationMessagePolicy': 'File',
  'PodSpec.preemptionPolicy': 'PreemptLowerPriority',
  'PodSpec.schedulerName': 'default-scheduler',
  'PodSpec.terminationGracePeriodSeconds': 30,
};

const EVICTIONS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Whether the note of the row is about every pod. */
export function isGeneral({ row }: SetField): boolean {
  return GENERAL.has(row);
}

/** Whether nothing need be said of the field: it leads to others, or this value of it is exact. What is refused or warned of is said anyway. */
export function isExact(field: SetField): boolean {
  return LEADING.has(field.row) || EXACT[field.row]?.(field) === true;
}

/** Whether the value is what the API server writes where nothing is. */
export function isDefault({ row, value, parent }: SetField): boolean {
  if (row === 'PodSpec.serviceAccount') return value === read(parent, ['serviceAccountName']);
  if (row === 'PodSpec.serviceAccountName') return value === 'default';
  if (row.startsWith('Toleration.')) return isEviction(parent as JsonLike);
  if (row === 'PodSpec.tolerations') return (value as readonly JsonLike[]).every(isEviction);
  return row in DEFAULTS && sameJson(DEFAULTS[row], value);
}

function isEviction({ key, effect, tolerationSeconds }: JsonLike): boolean {
  return EVICTIONS.includes(String(key)) && effect === 'NoExecute' && tolerationSeconds === 300;
}
