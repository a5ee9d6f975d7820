import type { Option } from '../cli/option-table.ts';

/** How fast the emulated AWS is: tasks RUNNING within two seconds, or after half a minute as on Fargate. */
export type Pace = 'fast' | 'real';

/** `--pace` */
export const PACE = {
  type: 'string',
  value: 'fast|real',
  oneOf: ['fast', 'real'],
  about: 'fast (default): tasks run after two seconds; real: with the delays of Fargate',
} as const satisfies Option;

/** `--verbose` */
export const VERBOSE = {
  type: 'boolean',
  about: 'show the log lines of the functions',
} as const satisfies Option;

/** What a simulated container does: the one text for `--help` and the documents. */
export const SIMULATION = `Nothing runs for real: a simulated container does what its image and command say.
  no command, or a program      runs until it is stopped, then exits with 143
  sh -c 'SCRIPT' (bash, ash)    a tiny shell: sleep N, echo, exit N, true, false, NAME=value, $NAME, set -e, trap,
                                ; && || while for; such as  sleep 2; echo done; exit $CODE
  sleep 5, echo hi, exit 3      work without a shell too
  image registry.invalid/...    cannot be pulled (ImagePullBackOff)
What it echoes is in the emulated CloudWatch Logs.`;
