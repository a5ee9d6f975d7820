import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { CommandIo } from '../../lib/cli/command-io.ts';
import { onInterrupt } from '../../lib/cli/on-interrupt.ts';

/** A command of the project, running. */
export interface Command {
  /** Everything that it has printed, of both kinds. */
  output(): string;
  /** Resolves with the output once it matches; fails when the command ends before, or takes too long. */
  printed(pattern: RegExp, withinMs?: number): Promise<string>;
  /** Ctrl-C. */
  interrupt(): void;
  /** From now on nobody takes what it prints. */
  stopReading(): void;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs a command of `lambdalet` in a process of its own, without the developer's AWS or cluster variables. */
export function runProgram(
  program: 'demo' | 'local' | 'logs',
  argv: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Command {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|KUBE|VITEST|NODE_OPTIONS)/.test(name));
  const path = join(import.meta.dirname, '../../lib/cli/main.ts');
  const child = spawn(process.execPath, [path, program, ...argv], {
    env: { ...Object.fromEntries(kept), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = keepOutput(program);
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => printed.add(chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    ...{ ...printed.watch(ended), ended },
    interrupt: () => void child.kill('SIGINT'),
    stopReading: () => void child.stdout.pause(),
  };
}

/** Runs the same command in this process. */
export function runHere(
  run: (argv: readonly string[], io: CommandIo) => Promise<number>,
  argv: readonly string[] = [],
): Command {
  const printed = keepOutput(run.name);
  const write = (text: string): boolean => {
    printed.add(text);
    return true;
  };
  const signals = new EventEmitter();
  const interrupts = (): ReturnType<typeof onInterrupt> => onInterrupt(signals);
  const stdin = Readable.from([]);
  const ended = run(argv, { stdin, stdout: { write }, stderr: { write }, environment: {}, interrupts });
  return {
    ...{ ...printed.watch(ended), ended },
    interrupt: () => void signals.emit('SIGINT'),
    stopReading: () => undefined,
  };
}

function keepOutput(name: string) {
  let output = '';
  const listeners = new Set<() => void>();
  const watch = (ended: Promise<number | null>): Pick<Command, 'output' | 'printed'> => ({
    output: () => output,
    printed: async (pattern, withinMs = 60_000) => {
      const isThere = Promise.withResolvers<string>();
      const look = (): void => {
        if (pattern.test(output)) isThere.resolve(output);
      };
      const fail = (why: string): void =>
        isThere.reject(new Error(`${name} ${why} before it printed ${String(pattern)}:\n${output}`));
      listeners.add(look);
      look();
      const timer = setTimeout(() => fail(`took ${withinMs / 1000} s`), withinMs);
      void ended.then((code) => fail(`ended with ${code}`));
      try {
        return await isThere.promise;
      } finally {
        clearTimeout(timer);
        listeners.delete(look);
      }
    },
  });
  return {
    watch,
    add: (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    },
  };
}
