import { posix } from 'node:path';
import type { Container, Pod, PodSpec } from '../../../core/kubernetes.ts';
import { mountedVolumes } from '../../../core/pod-needs.ts';
import { isTmpfs } from '../support/choose-helpers.ts';
import { containerPaths } from './container-paths.ts';
import type { PlanProblem } from './plan-types.ts';
import { cleanPath, isNested, resolveSubPath, type SubPath } from './resolve-sub-path.ts';

/** A volume of a pod. */
export type PodVolume = NonNullable<PodSpec['volumes']>[number];
type Mount = NonNullable<Container['volumeMounts']>[number];

/** A volume of the task: a volume of the pod, or one directory of it. */
export interface TaskVolume {
  /** By position: the same for all replicas, whatever their volumes are called. */
  readonly name: string;
  /** `disk`: an emptyDir; `files`: laid out by the writer; `claim`: a persistent volume. */
  readonly kind: 'disk' | 'files' | 'claim';
  readonly source: PodVolume;
  /** The directory of a `files` volume that it holds; `''`: all of it. */
  readonly subPath: string;
}

/** A mount of a container, and the volume of the task that it shows; `tmpfs`: an emptyDir in memory, which is no volume. */
export interface PlacedMount {
  readonly container: string;
  readonly mount: Mount;
  readonly containerPath: string;
  readonly shows: TaskVolume | { readonly kind: 'tmpfs'; readonly source: PodVolume };
}

/** What a pod mounts where. Known from the pod alone. */
export interface Arrangement {
  readonly volumes: readonly TaskVolume[];
  readonly mounts: readonly PlacedMount[];
  readonly problems: readonly PlanProblem[];
}

/** A mount with its place in the pod. */
interface MountPlace {
  readonly container: Container;
  readonly mount: Mount;
  readonly path: string;
  readonly part: SubPath;
}

/** One directory of a volume of the pod, as its mounts name it. */
interface Part {
  readonly subPath: string;
  readonly places: readonly MountPlace[];
}

const WHOLE_ONLY =
  'ECS mounts whole volumes only, so every directory of an emptyDir becomes a volume of its own: mount either the whole or directories that do not contain each other. An expression of fields of the pod (subPathExpr) may be any directory, so it stands alone.';

/**
 * Gives every volume that is mounted a place in the task: whole volumes, and for `subPath` one volume for each directory. Volumes
 * of kinds that the field table refuses have none.
 */
export function arrangeVolumes(pod: Pod): Arrangement {
  const volumes: TaskVolume[] = [];
  const mounts: PlacedMount[] = [];
  const places = placesOf(pod);
  const problems: PlanProblem[] = [...duplicates(places)];
  for (const source of mountedVolumes(pod)) {
    const kind = isTmpfs(pod, source) ? 'tmpfs' : kindOf(source);
    const own = places.filter(({ mount }) => mount.name === source.name);
    if (kind === undefined) continue;
    if (kind === 'tmpfs') {
      mounts.push(...own.map((place) => placed(place, { kind, source })));
      continue;
    }
    const split = splitVolume(kind, source, own);
    problems.push(...split.problems);
    for (const { subPath, places: shown } of split.parts) {
      const volume = { name: `volume-${volumes.length}`, kind, source, subPath };
      volumes.push(volume);
      mounts.push(...shown.map((place) => placed(place, volume)));
    }
  }
  return { volumes, mounts, problems };
}

function placed({ container, mount }: MountPlace, shows: PlacedMount['shows']): PlacedMount {
  return { container: container.name, mount, containerPath: absolute(mount.mountPath), shows };
}

/** The kubelet takes a relative path as one below the root. */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function kindOf(volume: PodVolume): TaskVolume['kind'] | undefined {
  const { emptyDir, persistentVolumeClaim, configMap, secret, downwardAPI, projected } = volume;
  if (emptyDir !== undefined) return 'disk';
  if (persistentVolumeClaim !== undefined) return 'claim';
  const holdsFiles = [configMap, secret, downwardAPI, projected].some((source) => source !== undefined);
  return holdsFiles ? 'files' : undefined;
}

function placesOf({ spec }: Pod): readonly MountPlace[] {
  return containerPaths(spec).flatMap(({ container, path }) =>
    (container.volumeMounts ?? []).map((mount, index) => ({
      container,
      mount,
      path: `${path}.volumeMounts[${index}]`,
      part: resolveSubPath(container, mount),
    })),
  );
}

/** ECS refuses two mounts at one path of a container; one below the other is fine. */
function duplicates(places: readonly MountPlace[]): readonly PlanProblem[] {
  const taken = new Set<string>();
  return places.flatMap(({ container, mount, path }) => {
    const target = posix.resolve('/', mount.mountPath);
    const key = `${container.name}:${target}`;
    if (taken.has(key))
      return [fault(`${path}.mountPath`, `Another volume is mounted at ${target} already.`)];
    taken.add(key);
    return [];
  });
}

interface Split {
  readonly parts: readonly Part[];
  readonly problems: readonly PlanProblem[];
}

function splitVolume(kind: TaskVolume['kind'], source: PodVolume, places: readonly MountPlace[]): Split {
  const unknown = places.flatMap(({ part, path }) =>
    part.kind === 'unknown' ? [fault(`${path}.subPathExpr`, unknownVariable(part.variable))] : [],
  );
  if (unknown.length > 0) return { parts: [], problems: unknown };
  if (kind === 'disk') return splitDisk(places);
  const groups = groupOf(places, ({ part }) => (part.kind === 'shared' ? part.path : ''));
  const judge = kind === 'files' ? judgeDirectory : judgeClaimed;
  const problems = places.flatMap((place) => judge(place, source));
  return { parts: groups.map(([subPath, own]) => ({ subPath, places: own })), problems };
}

/** Which directory of an emptyDir a volume is does not matter: nothing is in them yet, and they only must not meet. */
function splitDisk(places: readonly MountPlace[]): Split {
  const groups = groupOf(places, ({ part }) => JSON.stringify(part));
  const parts = groups.map(([, own]) => ({ subPath: '', places: own }));
  const problems = groups.flatMap(([, [first]]) => {
    const meets = groups.some(
      ([, [other]]) => first !== undefined && other !== undefined && mayMeet(first, other),
    );
    return meets && first !== undefined && !isWhole(first) ? [fault(subPathOf(first), WHOLE_ONLY)] : [];
  });
  return { parts, problems };
}

function mayMeet(one: MountPlace, other: MountPlace): boolean {
  if (one === other) return false;
  if (one.part.kind !== 'shared' || other.part.kind !== 'shared') return true;
  return isWhole(one) || isWhole(other) || isNested(one.part.path, other.part.path);
}

function isWhole({ part }: MountPlace): boolean {
  return part.kind === 'shared' && part.path === '';
}

function judgeDirectory(place: MountPlace, source: PodVolume): readonly PlanProblem[] {
  const { part } = place;
  if (part.kind !== 'shared')
    return [
      fault(
        subPathOf(place),
        'Which files a container sees cannot differ between replicas: use a plain subPath.',
      ),
    ];
  if (isWhole(place) || filePaths(source).some((file) => file.startsWith(`${part.path}/`))) return [];
  return [
    fault(
      subPathOf(place),
      `Fargate mounts directories, not single files: mount the whole volume at a directory of its own and point the program to ${part.path} there, or give the keys paths below a directory with \`items\`.`,
    ),
  ];
}

function judgeClaimed(place: MountPlace): readonly PlanProblem[] {
  if (isWhole(place)) return [];
  const note =
    'Fargate mounts the whole volume: use a persistent volume of its own for this directory (an access point, or its path in the volume handle).';
  return [fault(subPathOf(place), note)];
}

/** The paths that the files of a volume are given by name. */
function filePaths({ configMap, secret, downwardAPI, projected }: PodVolume): readonly string[] {
  const sources = (projected?.sources ?? []).flatMap((source) => [
    ...(source.serviceAccountToken === undefined ? [] : [source.serviceAccountToken]),
    ...itemsOf(source.configMap, source.secret, source.downwardAPI),
  ]);
  return [...itemsOf(configMap, secret, downwardAPI), ...sources].map(({ path }) => cleanPath(path));
}

function itemsOf(
  ...sources: readonly ({ readonly items?: readonly { readonly path: string }[] } | undefined)[]
): readonly { readonly path: string }[] {
  return sources.flatMap((source) => source?.items ?? []);
}

function groupOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly (readonly [string, readonly Item[]])[] {
  return [...Map.groupBy(items, keyOf)];
}

function subPathOf({ mount, path }: MountPlace): string {
  return (mount.subPathExpr ?? '') === '' ? `${path}.subPath` : `${path}.subPathExpr`;
}

function unknownVariable(name: string): string {
  return `$(${name}) is not known when the task is defined: only plain values and fields of the pod can be in a path.`;
}

function fault(path: string, note: string): PlanProblem {
  return { kind: 'fault', path, note };
}
