import { parseArgs } from 'node:util';

/** How fast the emulated AWS is: tasks RUNNING within two seconds, or after half a minute as on Fargate. */
export type Pace = 'fast' | 'real';

/** What `npm run local` was asked for. */
export interface LocalOptions {
  /** A running cluster to join instead of an embedded one. */
  readonly kubeconfig?: string;
  readonly node: string;
  /** In a cluster that was joined: simulated pods become Ready, so that Services send traffic to them. */
  readonly podsReady: boolean;
  readonly pace: Pace;
  /** Show the log lines of the functions. */
  readonly verbose: boolean;
}

/** What `npm run demo` was asked for. */
export type DemoOptions = Pick<LocalOptions, 'pace' | 'verbose'>;

/** What to do: run, or say something and end with that exit code. */
export type Reading<Options> =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'say'; readonly text: string; readonly exitCode: 0 | 1 };

interface Flag {
  readonly type: 'string' | 'boolean';
  readonly value?: string;
  readonly about: string;
}

const PACE: Flag = {
  type: 'string',
  value: 'fast|real',
  about: 'fast (default): tasks run after two seconds; real: with the delays of Fargate',
};
const VERBOSE: Flag = { type: 'boolean', about: 'show the log lines of the functions' };
const HELP: Flag = { type: 'boolean', about: 'show this text' };

const LOCAL_FLAGS = {
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    about: 'join this running cluster instead of starting one (inline credentials only)',
  },
  node: { type: 'string', value: 'NAME', about: 'the name of the virtual node; lambdalet by default' },
  'pods-ready': {
    type: 'boolean',
    about: 'with --kubeconfig: let simulated pods be Ready, so that Services send them traffic',
  },
  pace: PACE,
  verbose: VERBOSE,
  help: HELP,
} as const satisfies Record<string, Flag>;

const DEMO_FLAGS = { pace: PACE, verbose: VERBOSE, help: HELP } as const satisfies Record<string, Flag>;

/** What a simulated container does: the one text for `--help` and the documents. */
export const SIMULATION = `Nothing runs for real: a simulated container does what its image and command say.
  no command, or a program      runs until it is stopped, then exits with 143
  sh -c 'SCRIPT' (bash, ash)    a tiny shell: sleep N, echo, exit N, true, false, NAME=value, $NAME, set -e, trap,
                                ; && || while for; such as  sleep 2; echo done; exit $CODE
  sleep 5, echo hi, exit 3      work without a shell too
  image registry.invalid/...    cannot be pulled (ImagePullBackOff)
What it echoes is in the emulated CloudWatch Logs.`;

/** Reads the command line of `npm run local`. */
export function readLocalOptions(argv: readonly string[]): Reading<LocalOptions> {
  return read('npm run local --', LOCAL_FLAGS, argv, (given) => {
    const { kubeconfig } = given;
    return {
      ...(typeof kubeconfig === 'string' && { kubeconfig }),
      node: nodeOf(given['node'] ?? 'lambdalet'),
      podsReady: given['pods-ready'] === true,
      pace: paceOf(given['pace'] ?? 'fast'),
      verbose: given['verbose'] === true,
    };
  });
}

/** Reads the command line of `npm run demo`. */
export function readDemoOptions(argv: readonly string[]): Reading<DemoOptions> {
  return read('npm run demo --', DEMO_FLAGS, argv, (given) => ({
    pace: paceOf(given['pace'] ?? 'fast'),
    verbose: given['verbose'] === true,
  }));
}

type Given = Readonly<Record<string, string | boolean | undefined>>;

function read<Options>(
  command: string,
  flags: Readonly<Record<string, Flag>>,
  argv: readonly string[],
  toOptions: (given: Given) => Options,
): Reading<Options> {
  const usage = `usage: ${command} [flags]\n\n${describe(flags)}\n\n${SIMULATION}`;
  try {
    const types = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]));
    const { values } = parseArgs({ args: [...argv], options: types });
    const given = values as Given;
    if (given['help'] === true) return { kind: 'say', text: usage, exitCode: 0 };
    return { kind: 'run', options: toOptions(given) };
  } catch (error) {
    const fault = (error instanceof Error ? error.message : String(error)).split('. ')[0] ?? '';
    return { kind: 'say', text: `${fault}.\nThe flags are:\n${describe(flags)}`, exitCode: 1 };
  }
}

function describe(flags: Readonly<Record<string, Flag>>): string {
  return Object.entries(flags)
    .map(([name, { value = '', about }]) => `  ${`--${name} ${value}`.padEnd(20)}${about}`)
    .join('\n');
}

function paceOf(given: string | boolean): Pace {
  if (given === 'fast' || given === 'real') return given;
  throw new Error(`--pace is ${JSON.stringify(given)}, which is neither fast nor real`);
}

function nodeOf(given: string | boolean): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(String(given))) return String(given);
  throw new Error(
    `--node is ${JSON.stringify(given)}, which is no name for a node: lower-case letters, digits and dashes, at most 63`,
  );
}
