import type { ContainerDefinition, MountPoint, Tmpfs } from '@aws-sdk/client-ecs';
import type { Container } from '../../../core/kubernetes.ts';
import { allContainers } from '../../../core/pod-needs.ts';
import type { LaunchNote } from '../../../ports/provider.ts';
import { arrangeVolumes, type Arrangement, type PlacedMount, type TaskVolume } from './arrange-volumes.ts';
import { helpersOf } from '../support/choose-helpers.ts';
import { containerPaths } from './container-paths.ts';
import { planClaim, type PlannedClaim } from './plan-claims.ts';
import { ownedTokens, planFiles } from './plan-files.ts';
import { planTmpfs } from './plan-tmpfs.ts';
import {
  WRAPPER_PATH,
  type PlanContext,
  type PlannedVolumes,
  type PlannedWriter,
  type PlanProblem,
} from './plan-types.ts';
import { WRITER_ROOT, writerScript } from './writer-script.ts';

type ContainerMounts = Pick<ContainerDefinition, 'mountPoints' | 'linuxParameters'>;

/** The volume of the task that holds the shell of wrapped containers, mounted at {@link WRAPPER_PATH}; no position, because no volume of the pod is it. */
const WRAPPER_VOLUME = 'wrapper';

/**
 * The volumes of the task, where containers see them, and what the writer does before. Everything but the archive and the volumes of
 * claims is known from the pod alone, so replicas share it. `wrapped`: names of the containers that are started through the shell.
 */
export function planVolumes(context: PlanContext, wrapped: readonly string[] = []): PlannedVolumes {
  const { pod } = context;
  const arranged = arrangeVolumes(pod);
  const claims = new Map(
    arranged.volumes
      .filter(({ kind }) => kind === 'claim')
      .map((volume) => [volume, planClaim(volume, context)] as const),
  );
  const files = planFiles(arranged.volumes, context);
  const containers = allContainers(pod.spec);
  const mounts = containers.map((container): readonly [string, ContainerMounts] => [
    container.name,
    mountsFor(container, { context, arranged, claims, isWrapped: wrapped.includes(container.name) }),
  ]);
  return {
    volumes: [
      ...arranged.volumes.map((volume) => claims.get(volume)?.volume ?? { name: volume.name }),
      ...(wrapped.length === 0 ? [] : [{ name: WRAPPER_VOLUME }]),
    ],
    mounts: new Map(mounts),
    writer: planWriter(arranged.volumes, { context, archive: files.archive, isWrapping: wrapped.length > 0 }),
    problems: [
      ...arranged.problems,
      ...wrapperClashes(context, wrapped),
      ...[...claims.values()].flatMap(({ problems }) => problems),
      ...files.problems,
    ],
    notes: [
      ...memoryOnDisk(arranged.volumes),
      ...[...claims.values()].flatMap(({ notes }) => notes),
      ...files.notes,
    ],
  };
}

function mountsFor(
  container: Container,
  given: {
    readonly context: PlanContext;
    readonly arranged: Arrangement;
    readonly claims: ReadonlyMap<TaskVolume, PlannedClaim>;
    readonly isWrapped: boolean;
  },
): ContainerMounts {
  const { context, arranged, claims, isWrapped } = given;
  const placed = new Map(arranged.mounts.map((mount) => [mount.mount, mount]));
  const own = (container.volumeMounts ?? []).flatMap((mount) => placed.get(mount) ?? []);
  const mountPoints = [
    ...own.flatMap((mount) => mountPointOf(mount, claims)),
    ...(isWrapped ? [{ sourceVolume: WRAPPER_VOLUME, containerPath: WRAPPER_PATH, readOnly: true }] : []),
  ];
  const tmpfs: Tmpfs[] = own
    .filter(({ shows }) => shows.kind === 'tmpfs')
    .map((mount) => planTmpfs(mount, context));
  return { mountPoints, ...(tmpfs.length === 0 ? {} : { linuxParameters: { tmpfs } }) };
}

/** Files of the API server are read-only, as the kubelet mounts them. */
function mountPointOf(
  { mount, containerPath, shows }: PlacedMount,
  claims: ReadonlyMap<TaskVolume, PlannedClaim>,
): readonly MountPoint[] {
  if (shows.kind === 'tmpfs') return [];
  const readOnly = mount.readOnly === true || shows.kind === 'files' || claims.get(shows)?.readOnly === true;
  return [{ sourceVolume: shows.name, containerPath, readOnly }];
}

function planWriter(
  volumes: readonly TaskVolume[],
  given: {
    readonly context: PlanContext;
    readonly archive: Uint8Array | undefined;
    readonly isWrapping: boolean;
  },
): PlannedWriter | undefined {
  const { context, archive, isWrapping } = given;
  if (!isWrapping && !helpersOf(context.pod).includes('writer')) return undefined;
  const named = (kind: TaskVolume['kind']): readonly string[] =>
    volumes.filter((volume) => volume.kind === kind).map(({ name }) => name);
  const [files, directories] = [named('files'), named('disk')];
  const wrapper = isWrapping ? WRAPPER_VOLUME : undefined;
  const written = [...files, ...directories, ...(wrapper === undefined ? [] : [wrapper])];
  return {
    script: writerScript({
      files,
      directories,
      group: context.pod.spec.securityContext?.fsGroup,
      owned: ownedTokens(volumes, context),
      wrapper,
    }),
    mountPoints: written.map((name) => ({ sourceVolume: name, containerPath: `${WRITER_ROOT}/${name}` })),
    needsFiles: files.length > 0,
    archive,
  };
}

function wrapperClashes({ pod }: PlanContext, wrapped: readonly string[]): readonly PlanProblem[] {
  const note = `${WRAPPER_PATH} is taken in a container that is told its address: mount it elsewhere.`;
  return containerPaths(pod.spec).flatMap(({ container: { name, volumeMounts = [] }, path }) =>
    volumeMounts.flatMap(({ mountPath }, index): readonly PlanProblem[] =>
      wrapped.includes(name) && `${mountPath.replace(/^(?!\/)/, '/')}/`.startsWith(`${WRAPPER_PATH}/`)
        ? [{ kind: 'fault', path: `${path}.volumeMounts[${index}].mountPath`, note }]
        : [],
    ),
  );
}

/** Only a volume that one container mounts once can be in memory. */
function memoryOnDisk(volumes: readonly TaskVolume[]): readonly LaunchNote[] {
  const names = volumes
    .filter(({ source }) => source.emptyDir?.medium === 'Memory')
    .map(({ source }) => source.name);
  return [...new Set(names)].map((name) => ({
    type: 'Warning',
    reason: 'MemoryVolumeOnDisk',
    message: `The volume ${name} is on the disk of the task: Fargate gives memory only to a volume that one container mounts, once and whole.`,
  }));
}
