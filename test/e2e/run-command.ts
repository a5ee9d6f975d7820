import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A command of the project, running. */
export interface Command {
  /** Everything that it has printed, of both kinds. */
  output(): string;
  /** Resolves with the output once it matches; fails when it ends before, or takes too long. */
  printed(pattern: RegExp, withinMs?: number): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs a program of `lib/local` as npm does, in a process of its own, without the developer's AWS or cluster variables. */
export function runCommand(program: 'demo.ts' | 'main.ts', argv: readonly string[] = []): Command {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|KUBE|VITEST|NODE_OPTIONS)/.test(name));
  const path = join(import.meta.dirname, '../../lib/local', program);
  const child = spawn(process.execPath, [path, ...argv], {
    env: Object.fromEntries(kept),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    output: () => output,
    ended,
    signal: (name) => void child.kill(name),
    printed: async (pattern, withinMs = 30_000) => {
      const isThere = Promise.withResolvers<string>();
      const look = (): void => {
        if (pattern.test(output)) isThere.resolve(output);
      };
      const fail = (why: string): void =>
        isThere.reject(new Error(`${program} ${why} before it printed ${String(pattern)}:\n${output}`));
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
  };
}
