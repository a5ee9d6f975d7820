import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { ThreadCall, ThreadReply, ThreadStart } from './thread-messages.ts';

/** The published package holds JavaScript, a clone TypeScript. */
const THREAD = import.meta.filename.endsWith('.ts') ? './environment-thread.ts' : './environment-thread.js';

/** What one function is. */
export interface FunctionShape {
  readonly name: string;
  /** File URL of the module that exports `handler`: a source or a bundle. */
  readonly module: string;
  readonly timeoutMs: number;
  /** The whole environment of the function. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets every line that the function writes. */
  readonly onLine: (line: string) => void;
}

/** A place in which one function runs, one invocation at a time. */
export interface ExecutionEnvironment {
  /** Rejects when the handler threw, ran out of its time, or the environment ended meanwhile. */
  invoke(event: unknown): Promise<unknown>;
  /** Whether it can be used again: not after a crash or a timeout. */
  isAlive(): boolean;
  /** Ends it at once, whatever it does: as abrupt as a real one may end, which every handler must bear. */
  close(): Promise<void>;
}

/**
 * Starts an environment as Lambda does: a module cache, an environment and a standard output of its own, no memory shared with
 * anyone. A thread is that, and it can be ended in the middle of a hold of 14 minutes.
 */
export function startEnvironment(shape: FunctionShape): ExecutionEnvironment {
  const start: ThreadStart = { module: shape.module };
  const worker = new Worker(new URL(THREAD, import.meta.url), {
    workerData: start,
    env: shape.environment,
    // Not those of a test runner: the handler is loaded as Node alone would.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  for (const output of [worker.stdout, worker.stderr]) readLines(output, shape.onLine);
  let current: PromiseWithResolvers<unknown> | undefined;
  let isAlive = true;
  const end = (why: string): void => {
    isAlive = false;
    current?.reject(new Error(`${shape.name} ${why}`));
    current = undefined;
  };
  worker.on('message', (reply: ThreadReply) => {
    if (reply.kind === 'answered') current?.resolve(reply.value);
    if (reply.kind === 'failed') current?.reject(new Error(reply.message));
  });
  worker.on('error', (error) => end(`crashed: ${error instanceof Error ? error.message : String(error)}`));
  worker.on('exit', () => end('was ended'));
  const close = async (): Promise<void> => {
    end('was ended');
    await worker.terminate();
  };
  return {
    invoke: async (event) => {
      current = Promise.withResolvers();
      const call = callOf(shape, event);
      const timer = setTimeout(() => {
        end(`timed out after ${shape.timeoutMs / 1000} seconds`);
        void worker.terminate();
      }, shape.timeoutMs);
      worker.postMessage(call);
      try {
        return await current.promise;
      } finally {
        clearTimeout(timer);
      }
    },
    isAlive: () => isAlive,
    close,
  };
}

function callOf({ name, timeoutMs }: FunctionShape, event: unknown): ThreadCall {
  return { requestId: randomUUID(), functionName: name, event, deadline: Date.now() + timeoutMs };
}

function readLines(output: Readable, onLine: (line: string) => void): void {
  createInterface({ input: output, crlfDelay: Infinity }).on('line', onLine);
}
