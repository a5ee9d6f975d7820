import type { Pod } from '../../../core/kubernetes.ts';
import type { FieldFault } from '../../../ports/provider.ts';
import { isAddressField, isWrapped } from '../support/choose-helpers.ts';
import { WRAPPER_PATH } from './plan-types.ts';
import { containerPaths } from './container-paths.ts';

const FIRST = '<lambdalet:podIP>';
const ALL = '<lambdalet:podIPs>';
const SHELL = `${WRAPPER_PATH}/busybox`;

/**
 * Starts the program that its arguments name, with the addresses of the task in place of the texts that stand for them: in every
 * argument and in every variable. `$0` is a static busybox. Three traps shape it: an ash keeps variables to itself whose name is
 * none of a shell (`a.b`) and exports some of its own, so the environment is taken from /proc and given as a whole (line breaks
 * travel as control character 1, which comes out as one too); its `exec`
 * may prefer an applet to a program of the image, so the program is looked up here; and a child that is left behind would
 * become the program's, so nothing runs beside it. IPv4 comes first, as on a node that prefers it.
 */
export const WRAPPER_SCRIPT = `IFS='
'
set -f
one=$(printf '\\001')
tries=0
until facts=$("$0" wget -q -Y off -O - "$ECS_CONTAINER_METADATA_URI_V4" </dev/null); do
  tries=$((tries + 1))
  [ $tries -lt 5 ] || { echo 'lambdalet: the task metadata does not answer' >&2; exit 125; }
  "$0" sleep 1
done
facts=$(printf %s "$facts" | "$0" tr -d ' \\t\\r\\n')
list() {
  case $facts in
  *"\\"$1\\":["*) found=\${facts#*"\\"$1\\":["}; found=\${found%%]*} ;;
  *) found= ;;
  esac
}
list IPv4Addresses
all=$found
list IPv6Addresses
all=$(printf %s "$all\${all:+\${found:+,}}$found" | "$0" tr -d '"')
first=\${all%%,*}
[ -n "$first" ] || { echo 'lambdalet: the task metadata names no address' >&2; exit 125; }
swap() {
  rest=$text
  text=
  while :; do
    case $rest in
    *"$1"*) text=$text\${rest%%"$1"*}$2; rest=\${rest#*"$1"} ;;
    *) text=$text$rest; return ;;
    esac
  done
}
fill() {
  case $text in *'<lambdalet:'*) swap '${FIRST}' "$first"; swap '${ALL}' "$all" ;; esac
}
count=$#
environ=$("$0" tr '\\0\\n' '\\n\\1' </proc/$$/environ)
for text in $environ; do
  fill
  case $text in *"$one"*) swap "$one" "$IFS" ;; esac
  set -- "$@" "$text"
done
number=0
while [ $number -lt $count ]; do
  text=$1
  shift
  fill
  if [ $number -eq 0 ]; then
    case $text in
    */*) ;;
    *)
      program=
      IFS=:
      for place in $PATH; do
        program=\${place:-.}/$text
        if [ -f "$program" ] && [ -x "$program" ]; then break; fi
        program=
      done
      [ -n "$program" ] || { echo "lambdalet: $text: not found in PATH" >&2; exit 127; }
      text=$program
      ;;
    esac
  fi
  set -- "$@" "$text"
  number=$((number + 1))
done
exec "$0" env -i -- "$@"
`;

/** The entry point of a wrapped container; the program and its arguments follow as the command. */
export const WRAPPER_ENTRY: readonly string[] = [SHELL, 'sh', '-c', WRAPPER_SCRIPT, SHELL];

/**
 * The text that stands for an address field until the wrapper runs, the same for all replicas. A task is its own host, so the
 * host's addresses are the pod's.
 */
export function standInFor(fieldPath: string): string {
  return fieldPath.endsWith('IPs') ? ALL : FIRST;
}

/** Variables with an address of the task in containers that cannot be wrapped: the program of an image is not known here. */
export function unwrappable(pod: Pod): readonly FieldFault[] {
  return containerPaths(pod.spec)
    .filter(({ container }) => !isWrapped(container))
    .flatMap(({ container, path }) =>
      (container.env ?? []).flatMap(({ valueFrom }, index) => {
        const field = valueFrom?.fieldRef?.fieldPath ?? '';
        if (!isAddressField(field)) return [];
        return {
          path: `${path}.env[${index}].valueFrom.fieldRef.fieldPath`,
          note: `${field} is known only once the task runs, and can be told only to a container with \`command\`: repeat the image's ENTRYPOINT there, or let the program read \${ECS_CONTAINER_METADATA_URI_V4}.`,
        };
      }),
    );
}
