import { toTime } from '../../../core/kubernetes.ts';
import type { BoundToken } from '../../../core/pod-inputs.ts';
import type { LaunchNote } from '../../../ports/provider.ts';
import type { TaskVolume } from './arrange-volumes.ts';
import { collectFiles, tokenUser, type FileContext, type VolumeFile } from './collect-files.ts';
import type { PlanContext, PlanProblem } from './plan-types.ts';
import { cleanPath } from './resolve-sub-path.ts';
import { FILES_LIMIT, measureArchive, writeArchive, type ArchiveEntry } from './write-archive.ts';

/** The files of a pod's volumes. */
export interface PlannedFiles {
  /** `undefined` in a draft, without volumes of files, or when something is missing. */
  readonly archive: Uint8Array | undefined;
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly LaunchNote[];
}

/** Bits that `fsGroup` adds, as `SetVolumeOwnership` of the kubelet does to volumes that are not written to. */
const GROUP_FILE = 0o440;
const GROUP_DIRECTORY = 0o2550;
const ROOT_DIRECTORY = 0o777;
const INNER_DIRECTORY = 0o755;
const KIB = 1024;

/** Lays out the files of all volumes that hold files into one archive, a directory for each volume of the task. */
export function planFiles(volumes: readonly TaskVolume[], context: PlanContext): PlannedFiles {
  const { pod, size, inputs } = context;
  const holders = volumes.filter(({ kind }) => kind === 'files');
  if (inputs === undefined || holders.length === 0) return { archive: undefined, problems: [], notes: [] };
  const hasGroup = pod.spec.securityContext?.fsGroup !== undefined;
  const laid = holders.map((volume) => layOut(volume, { pod, size, inputs }, hasGroup));
  const problems = laid.flatMap(({ problem }) => problem ?? []);
  const notes = tokenNotes(
    pod.spec.restartPolicy,
    laid.flatMap(({ tokens }) => tokens),
  );
  if (problems.length > 0) return { archive: undefined, problems: unique(problems), notes: [] };
  const archive = writeArchive(laid.flatMap(({ entries }) => entries));
  if (measureArchive(archive) <= FILES_LIMIT) return { archive, problems: [], notes };
  return { archive: undefined, problems: [tooLarge(laid, measureArchive(archive))], notes: [] };
}

/** The token files (`<volume>/<path>`) that belong to a user other than root. Known from the pod alone. */
export function ownedTokens(
  volumes: readonly TaskVolume[],
  { pod }: Pick<PlanContext, 'pod'>,
): readonly { readonly path: string; readonly user: number }[] {
  const user = tokenUser(pod);
  if (user === undefined || user === 0) return [];
  return volumes.flatMap(({ name, source, subPath }) =>
    (source.projected?.sources ?? []).flatMap(({ serviceAccountToken }) => {
      const inside = serviceAccountToken && below(cleanPath(serviceAccountToken.path), subPath);
      return inside === undefined ? [] : [{ path: `${name}/${inside}`, user }];
    }),
  );
}

interface Layout {
  readonly volume: TaskVolume;
  readonly entries: readonly ArchiveEntry[];
  readonly tokens: readonly BoundToken[];
  readonly problem: PlanProblem | undefined;
}

function layOut(volume: TaskVolume, context: FileContext, hasGroup: boolean): Layout {
  const { files, tokens, errors } = collectFiles(volume.source, context);
  if (errors.length > 0)
    return { volume, entries: [], tokens: [], problem: failedMount(volume.source.name, errors) };
  const shown = [...files]
    .flatMap(([path, file]) => {
      const inside = below(path, volume.subPath);
      return inside === undefined ? [] : [[inside, file] as const];
    })
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    volume,
    entries: [
      directory(volume.name, volume.subPath === '' ? ROOT_DIRECTORY : INNER_DIRECTORY, hasGroup),
      ...directoriesOf(shown.map(([path]) => path)).map((path) =>
        directory(`${volume.name}/${path}`, INNER_DIRECTORY, hasGroup),
      ),
      ...shown.map(([path, file]) => toEntry(`${volume.name}/${path}`, file, hasGroup)),
    ],
    tokens,
    problem: undefined,
  };
}

function below(path: string, directoryPath: string): string | undefined {
  if (directoryPath === '') return path;
  return path.startsWith(`${directoryPath}/`) ? path.slice(directoryPath.length + 1) : undefined;
}

/** All directories above the paths, parents first. */
function directoriesOf(paths: readonly string[]): readonly string[] {
  const found = paths.flatMap((path) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(found)].sort();
}

function directory(path: string, mode: number, hasGroup: boolean): ArchiveEntry {
  return { path, mode: hasGroup ? mode | GROUP_DIRECTORY : mode };
}

function toEntry(path: string, { content, mode }: VolumeFile, hasGroup: boolean): ArchiveEntry {
  return {
    path,
    mode: hasGroup ? mode | GROUP_FILE : mode,
    content: content.kind === 'text' ? Buffer.from(content.text) : content.bytes,
  };
}

/** In the kubelet's words; several errors are listed as its aggregates are. */
function failedMount(volume: string, errors: readonly string[]): PlanProblem {
  const why = errors.length === 1 ? errors.join('') : `[${errors.join(', ')}]`;
  return {
    kind: 'unready',
    reason: 'ContainerCreating',
    event: 'FailedMount',
    message: `MountVolume.SetUp failed for volume "${volume}" : ${why}`,
  };
}

/** A volume of which several directories are mounted fails once. */
function unique(problems: readonly PlanProblem[]): readonly PlanProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function tooLarge(laid: readonly Layout[], taken: number): PlanProblem {
  const sizes = laid
    .map(({ volume, entries }) => ({
      name: volume.source.name,
      bytes: entries.reduce((sum, { content }) => sum + (content?.byteLength ?? 0), 0),
    }))
    .sort((one, other) => other.bytes - one.bytes)
    .map(({ name, bytes }) => `${name} (${Math.ceil(bytes / KIB)} KiB)`);
  return {
    kind: 'unready',
    reason: 'ContainerCreating',
    event: 'FailedMount',
    message: `The files of the pod's volumes take ${Math.ceil(taken / KIB)} KiB compressed and encoded; a task has room for ${FILES_LIMIT / KIB} KiB: ${sizes.join(', ')}. Put large files into the image or on an EFS volume.`,
  };
}

/**
 * Nothing renews a token in a running task. A pod that runs to its end is not told, because its token is asked for longer than most
 * of them run; one that runs until it is deleted is, once for all its tokens.
 */
function tokenNotes(restartPolicy = 'Always', tokens: readonly BoundToken[]): readonly LaunchNote[] {
  if (restartPolicy !== 'Always' || tokens.length === 0) return [];
  const until = toTime(Math.min(...tokens.map(({ expiresAt }) => expiresAt)));
  return [
    {
      type: 'Warning',
      reason: 'TokenNotRenewed',
      message: `The service account token in this task is valid until ${until}, and nothing renews it in a running task: restart the pod before then if it still needs the API server.`,
    },
  ];
}
