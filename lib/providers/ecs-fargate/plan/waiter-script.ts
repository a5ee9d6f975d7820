/**
 * One token of JSON a line: a text, a bracket, a colon, a comma, or a bare word. What is between them is dropped, so that the
 * layout of the document means nothing.
 */
const TOKENS = String.raw`grep -oE '"([^"\\]|\\.)*"|[]{}:,[]|[^]{}:,"[:space:][]+'`;

/**
 * Reads tokens of the task's metadata; exit 0 when each name in `names` is that of a stopped entry of its list of containers.
 * Name and status of a container are those of its own object (depth 3), whatever its labels and networks are called, in
 * whatever order they come.
 */
const JUDGE = [
  `$0 == ":" { key = before }`,
  `$0 == "{" || $0 == "[" { depth++; if (depth == 2) listed = (key == "\\"Containers\\""); if (depth == 3) { name = ""; state = "" } }`,
  `$0 == "}" || $0 == "]" { if (depth == 3 && listed && state == "\\"STOPPED\\"") stopped[name] = 1; depth-- }`,
  `before == ":" && depth == 3 && listed && key == "\\"Name\\"" { name = $0 }`,
  `before == ":" && depth == 3 && listed && key == "\\"KnownStatus\\"" { state = $0 }`,
  `{ before = $0 }`,
  `END { count = split(names, wanted, " "); for (i = 1; i <= count; i++) if (!(("\\"" wanted[i] "\\"") in stopped)) exit 1 }`,
].join('\n');

/**
 * The program of the waiter, for busybox `sh -c`; its arguments are the names of the app containers. It asks the task's metadata
 * endpoint (`${ECS_CONTAINER_METADATA_URI_V4}/task`, `Containers[].Name` and `.KnownStatus`) every two seconds and exits 0 as
 * soon as all of them are STOPPED. An endpoint that does not answer, or with anything else, is asked again; other containers are
 * of no interest. SIGTERM ends it at once: it is the first process of its container, which no signal ends by itself. A look is
 * timed by `timeout`: the `-T` of wget ends in a crash where busybox was built without it.
 */
export const WAITER_SCRIPT = [
  `trap 'exit 0' TERM INT`,
  `names="$*"`,
  `while :; do`,
  `  if timeout 5 wget -q -O - "$ECS_CONTAINER_METADATA_URI_V4/task" 2>/dev/null | ${TOKENS} | awk -v names="$names" '${JUDGE}'; then exit 0; fi`,
  `  sleep 2 &`,
  `  wait $!`,
  `done`,
].join('\n');
