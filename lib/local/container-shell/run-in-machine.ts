import { MachineSession, toBytes, type Machine } from './machine.ts';
import { Shell } from './shell.ts';
import { release, type OpenFile } from './streams.ts';
import { Terminal } from './terminal.ts';

/** A program with a terminal of its own in a simulated container. */
export interface RunningProgram {
  readonly terminal: Terminal;
  /** Its exit code; its output ends before. */
  readonly end: Promise<number>;
  /** Ends it and everything that it started. */
  kill(): void;
}

/** Starts a program of a machine in a new terminal, as the agent of ECS Exec does; `undefined`: there is no such program. */
export function runInMachine(machine: Machine, words: readonly string[]): RunningProgram | undefined {
  const [name = '', ...given] = words.map(toBytes);
  if (!machine.programs.has(name.split('/').at(-1) ?? '')) return undefined;
  const terminal = new Terminal();
  const session = new MachineSession(machine, terminal);
  const variables = variablesOf(machine);
  const file: OpenFile = terminal.openFile();
  const shell = new Shell(session, {
    files: new Map([0, 1, 2].map((fd) => [fd, file])),
    ...{ directory: machine.workingDirectory, variables, exported: variables.keys() },
  });
  release(file);
  const end = run(shell, name, given).finally(() => {
    shell.end();
    terminal.hangUp();
  });
  return { terminal, end, kill: () => session.kill() };
}

/** What ^C ends is no fault here: the shell that would say so is only a frame. */
async function run(shell: Shell, name: string, given: readonly string[]): Promise<number> {
  shell.options.isInteractive = true;
  try {
    return await shell.runExternal(name, given);
  } catch {
    return 129;
  }
}

function variablesOf({ environment, hostname, workingDirectory }: Machine): ReadonlyMap<string, string> {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const own = {
    PATH: path,
    HOME: '/root',
    HOSTNAME: hostname,
    PWD: workingDirectory,
    TERM: 'xterm-256color',
  };
  const variables = [...Object.entries(own), ...environment];
  return new Map(variables.map(([name, value]) => [toBytes(name), toBytes(value)]));
}
