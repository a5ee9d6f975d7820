import { HELPERS } from './plan-types.ts';

/** Where the writer sees the volumes of the task, each under its name. */
export const WRITER_ROOT = '/volumes';

/** The directory of an archive for files whose paths do not fit into a tar header: by number, with a list of their paths. */
export const LONG_DIRECTORY = '.long';

/** What the writer must do. Known from the pod alone. */
export interface WriterTasks {
  /** Names of the volumes that files are laid out into; none: no files are awaited. */
  readonly files: readonly string[];
  /** Names of the emptyDirs. */
  readonly directories: readonly string[];
  /** The pod's `fsGroup`. */
  readonly group: number | undefined;
  /** Files (`<volume>/<path>`) that belong to a user. */
  readonly owned: readonly { readonly path: string; readonly user: number }[];
  /** Name of the volume that wrapped containers find a shell in. */
  readonly wrapper: string | undefined;
}

const PREAMBLE = `set -eu
set -o pipefail
umask 022
fail() { echo "${HELPERS.writer}: $1" >&2; exit 1; }
cd ${WRITER_ROOT} || fail "no volume is mounted"`;

/** `printf` is built in: what is joined here never is an argument of a program, which would be too long for one. */
const JOIN = `join() {
  n=0
  size=0
  while [ "$n" -lt "$LAMBDALET_FILES_COUNT" ]; do
    eval "part=\\\${LAMBDALET_FILES_$n:-}"
    [ -n "$part" ] || fail "part $n of the $LAMBDALET_FILES_COUNT parts of the files is missing"
    printf %s "$part"
    size=$((size + \${#part}))
    n=$((n + 1))
  done
  case $((size % 4)) in 2) printf == ;; 3) printf = ;; esac
}`;

const UNPACK = `case \${LAMBDALET_FILES_COUNT:-} in
  '' | *[!0-9]*) fail "the files are missing: the env file of this container was not read" ;;
esac
join | base64 -d | tar -xzf - || fail "the files cannot be unpacked"
if [ -f ${LONG_DIRECTORY}/list ]; then
  n=0
  while IFS= read -r path; do
    mkdir -p "\${path%/*}" && mv -f "${LONG_DIRECTORY}/$n" "$path" || fail "$path cannot be written"
    n=$((n + 1))
  done <${LONG_DIRECTORY}/list
  rm -rf ${LONG_DIRECTORY}
fi`;

/**
 * The script of the writer for busybox `sh`, the same for all replicas: it lays out the files, gives the emptyDirs their rights and
 * copies the shell for wrapped containers. It may run twice; what goes wrong ends it with a message on stderr and not with 0.
 */
export function writerScript({ files, directories, group, owned, wrapper }: WriterTasks): string {
  const volumes = [...files, ...directories, ...(wrapper === undefined ? [] : [wrapper])];
  return [
    PREAMBLE,
    ...volumes.map((name) => `[ -d ${name} ] || fail "${name} is not mounted"`),
    ...(files.length === 0 ? [] : [JOIN, UNPACK]),
    ...(group === undefined ? [] : files.map((name) => `chgrp -R ${group} ${name}`)),
    ...owned.map(({ path, user }) => `chown ${user} ${quote(path)}`),
    ...directories.map((name) => rights(name, group)),
    ...(wrapper === undefined ? [] : [copyShell(wrapper)]),
  ].join('\n');
}

/** An emptyDir is for everybody; with an `fsGroup` what is made in it belongs to that group (`SetVolumeOwnership` of the kubelet). */
function rights(name: string, group: number | undefined): string {
  return group === undefined ? `chmod 0777 ${name}` : `chgrp ${group} ${name}\nchmod 2777 ${name}`;
}

function copyShell(wrapper: string): string {
  return `cp -f /bin/busybox ${wrapper}/busybox && chmod 0755 ${wrapper}/busybox || fail "the shell cannot be copied"`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
