import { describe, expect, it } from 'vitest';
import { ANNOTATION_SUPPORT } from '../../lib/providers/ecs-fargate/support/support-annotations.ts';
import type { SupportRow } from '../../lib/providers/ecs-fargate/support/support-row.ts';
import { ROW_NAMES } from '../../lib/providers/ecs-fargate/support/support-tables.ts';
import { readShown } from './golden-shows.ts';

/** Rows that are not rejected as such, and of which some values are refused. */
const REFUSABLE = [
  'AppArmorProfile.type',
  'Capabilities.add',
  'Container.args',
  'Container.command',
  'Container.env',
  'Container.image',
  'Container.imagePullPolicy',
  'Container.name',
  'Container.resources',
  'Container.restartPolicy',
  'ContainerPort.hostPort',
  'ContainerPort.protocol',
  'EmptyDirVolumeSource.medium',
  'EmptyDirVolumeSource.sizeLimit',
  'HTTPGetAction.host',
  'LifecycleHandler (preStop).exec',
  'ObjectFieldSelector (of a file).fieldPath',
  'ObjectFieldSelector.fieldPath',
  'PodOS.name',
  'PodSecurityContext.runAsGroup',
  'PodSecurityContext.runAsUser',
  'PodSpec.containers',
  'PodSpec.dnsPolicy',
  'PodSpec.overhead',
  'PodSpec.resources',
  'PodSpec.volumes',
  'ResourceFieldSelector.containerName',
  'ResourceFieldSelector.divisor',
  'ResourceFieldSelector.resource',
  'ResourceRequirements.limits',
  'ResourceRequirements.requests',
  'SeccompProfile.type',
  'SecurityContext.runAsGroup',
  'SecurityContext.runAsUser',
  'Sysctl.name',
  'TCPSocketAction.host',
  'Volume.persistentVolumeClaim',
  'VolumeMount.mountPath',
  'VolumeMount.subPath',
  'VolumeMount.subPathExpr',
];

/** Rows of which some values are accepted with a warning. */
const WARNABLE = [
  'Container.env',
  'Container.livenessProbe',
  'Container.readinessProbe',
  'Container.startupProbe',
  'Container.terminationMessagePath',
  'PodSecurityContext.fsGroup',
  'PodSecurityContext.runAsNonRoot',
  'PodSecurityContext.supplementalGroupsPolicy',
  'PodSpec.dnsPolicy',
  'PodSpec.ephemeralContainers',
  'PodSpec.terminationGracePeriodSeconds',
  'Probe.successThreshold',
  'Probe.terminationGracePeriodSeconds',
  'SecurityContext.allowPrivilegeEscalation',
  'SecurityContext.runAsNonRoot',
];

/** Rejected rows that no API server stores with a value that asks for nothing; besides them the sources of volumes. */
const NEVER_BLANK = [
  'AppArmorProfile.localhostProfile',
  'EnvVarSource.fileKeyRef',
  'Lifecycle.postStart',
  'Lifecycle.stopSignal',
  'LifecycleHandler (preStop).httpGet',
  'LifecycleHandler (preStop).tcpSocket',
  'PodSpec.hostnameOverride',
  'PodSpec.runtimeClassName',
  'SeccompProfile.localhostProfile',
  'VolumeProjection.clusterTrustBundle',
  'VolumeProjection.podCertificate',
];

const rows: readonly { readonly row: SupportRow<unknown>; readonly name: string }[] = [...ROW_NAMES].map(
  ([row, name]) => ({ row, name }),
);
const accepting = rows.filter(({ row }) => row.level !== 'rejected').map(({ name }) => name);
const rejecting = rows.filter(({ row }) => row.level === 'rejected').map(({ name }) => name);
const judging = rows.filter(({ row }) => row.judge !== undefined).map(({ name }) => name);
const annotations = Object.keys(ANNOTATION_SUPPORT).map((name) => `annotation ${name}`);
const shown = readShown();

describe('the golden cases', () => {
  it('show every row of every table, and every annotation, in a pod that is launched', () => {
    expectAll([...accepting, ...annotations], shown.accepted, 'sets it in a pod that is launched');
  });

  it('show every rejected field with a value that asks for nothing, where one can be stored', () => {
    const blankable = rejecting.filter(
      (name) => !NEVER_BLANK.includes(name) && !(name.startsWith('Volume.') && name !== 'Volume.name'),
    );
    expectAll(blankable, shown.blank, 'sets it to what asks for nothing, in a pod that is launched');
    expect(
      NEVER_BLANK.filter((name) => shown.blank.has(name) || !rejecting.includes(name)),
      'a case shows these blank, or they are no rejected rows: take them out of NEVER_BLANK',
    ).toEqual([]);
  });

  it('show every field that can be refused in a pod that is refused for it', () => {
    expectAll([...rejecting, ...REFUSABLE, ...annotations], shown.refused, 'is refused for it');
    expect(
      accepting.filter((name) => shown.refused.has(name) && !REFUSABLE.includes(name)),
      'a case is refused for these rows: add them to REFUSABLE',
    ).toEqual([]);
  });

  it('show every field that can be warned of in a pod that is launched with that warning', () => {
    expectAll(WARNABLE, shown.warned, 'is launched with a warning at it');
    expect(
      accepting.filter((name) => shown.warned.has(name) && !WARNABLE.includes(name)),
      'a case is warned of these rows: add them to WARNABLE',
    ).toEqual([]);
  });

  it('show what every row with a rule of its own does by it', () => {
    const ruled = judging.filter((name) => !shown.holders.has(name));
    expectAll(ruled, new Set([...shown.refused, ...shown.warned]), 'is refused for it, or warned of it');
  });
});

/** Every name must be among what is shown; what is missing says which case to write. */
function expectAll(names: readonly string[], found: ReadonlySet<string>, does: string): void {
  const missing = names.filter((name) => !found.has(name)).map((name) => `${describeRow(name)} ${does}`);
  expect(
    missing,
    `${missing.join('\n')}\nWrite test/golden/<name>.pod.yaml for each, then UPDATE_GOLDEN=1 vitest run test/providers/golden.test.ts, and read what it writes.`,
  ).toEqual([]);
}

function describeRow(name: string): string {
  const at = name.lastIndexOf('.');
  return at < 0
    ? `${name} has no case that`
    : `row ${name.slice(at + 1)} of table ${name.slice(0, at)} has no case that`;
}
