import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Instant } from '../../../lib/core/kubernetes.ts';
import { coreShare, holdShare, peakMemoryMiB } from './hold-share.ts';

/** One function alone in a process, as in an execution environment of Lambda. */
export interface FunctionProcess {
  readonly importMs: number;
  /** Calls the handler; resolves with the moment of the call. */
  invoke(): Promise<Instant>;
  /** CPU seconds since the process was started. */
  cpuSeconds(): number;
  /** The most memory that it ever held. */
  peakMiB(): Promise<number>;
  close(): Promise<void>;
}

/** How to run it. */
export interface FunctionOptions {
  /** Folder of the bundle. */
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** The file for its log. */
  readonly log: string;
}

/**
 * The flags with which the bootstrap of Lambda's runtime starts Node: a tenth of the memory for young objects (two semi-spaces),
 * the rest for the old ones. So does that of the Node 18 runtime; that of Node 24 was not looked at.
 */
export function lambdaFlags(memoryMb: number): readonly string[] {
  const newSpace = Math.floor(memoryMb / 10);
  return [
    '--expose-gc',
    '--max-http-header-size=81920',
    `--max-semi-space-size=${Math.floor(newSpace / 2)}`,
    `--max-old-space-size=${memoryMb - newSpace}`,
  ];
}

type Told =
  | { readonly kind: 'loaded'; readonly importMs: number }
  | { readonly kind: 'invoked'; readonly at: Instant }
  | { readonly kind: 'measured'; readonly peakKiB: number };

/** Starts the process, which imports the bundle; from its first moment on it has the CPU share of its memory size. */
export async function startFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const { memoryMb, log } = options;
  const child = spawnFunction(options);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${process.execPath} cannot be started`);
  const held = holdShare(pid, coreShare(memoryMb));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endIt = (): void => void child.kill('SIGKILL');
  process.once('exit', endIt);
  const told = <Kind extends Told['kind']>(kind: Kind): Promise<Told & { kind: Kind }> =>
    new Promise((resolve, reject) => {
      child.on('message', (message: Told) => {
        if (message.kind === kind) resolve(message as Told & { kind: Kind });
      });
      void ended.then(() => reject(new Error(`the function's process ended; see ${log}`)));
    });
  const ask = <Kind extends Told['kind']>(
    kind: 'invoke' | 'measure',
    answer: Kind,
  ): Promise<Told & { kind: Kind }> => {
    const answered = told(answer);
    child.send({ kind });
    return answered;
  };
  const { importMs } = await told('loaded');
  return {
    importMs,
    invoke: async () => (await ask('invoke', 'invoked')).at,
    cpuSeconds: () => held.cpuSeconds(),
    // Linux counts into its own answer to the process what the parent held when it started it.
    peakMiB: async () => peakMemoryMiB(pid) ?? (await ask('measure', 'measured')).peakKiB / 1024,
    close: async () => {
      process.removeListener('exit', endIt);
      held.release();
      endIt();
      await ended;
    },
  };
}

function spawnFunction({ path, environment, memoryMb, log }: FunctionOptions): ChildProcess {
  const runner = join(import.meta.dirname, 'run-function.mjs');
  const bundle = pathToFileURL(join(path, 'index.mjs')).href;
  const output = openSync(log, 'a');
  try {
    return spawn(process.execPath, [...lambdaFlags(memoryMb), runner, bundle], {
      env: { PATH: process.env['PATH'], ...environment, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb) },
      stdio: ['ignore', output, output, 'ipc'],
    });
  } finally {
    closeSync(output);
  }
}
