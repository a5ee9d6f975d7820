import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { StartedWorld, WorldAnswers, WorldChoice, WorldQuestion, WorldReply } from './world-messages.ts';

/** The servers in a process of their own. */
export interface BenchWorld extends StartedWorld {
  ask<Question extends Exclude<WorldQuestion, { kind: 'start' }>>(
    question: Question,
  ): Promise<WorldAnswers[Question['kind']]>;
  close(): Promise<void>;
}

/** Starts API server, DynamoDB and the emulators of AWS in another process, so that a function's process is measured alone. */
export async function openBenchWorld(choice: WorldChoice): Promise<BenchWorld> {
  const child = fork(join(import.meta.dirname, 'serve-world.ts'), {
    execArgv: ['--max-old-space-size=4096'],
    // The functions that run in there log.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void ended.then(() => {
    for (const one of waiting.values()) one.reject(new Error('the servers of the bench ended'));
  });
  const endIt = (): void => void child.kill();
  process.once('exit', endIt);
  child.on('message', (reply: WorldReply) => {
    const one = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) one?.reject(new Error(reply.error));
    else one?.resolve(reply.value);
  });
  let ids = 0;
  const ask = (question: WorldQuestion): Promise<unknown> => {
    const id = (ids += 1);
    const one = Promise.withResolvers<unknown>();
    waiting.set(id, one);
    child.send({ id, question });
    return one.promise;
  };
  const close = async (): Promise<void> => {
    process.removeListener('exit', endIt);
    endIt();
    await ended;
  };
  try {
    const started = (await ask({ kind: 'start', choice })) as StartedWorld;
    return { ...started, ask: ask as BenchWorld['ask'], close };
  } catch (error) {
    await close();
    throw error;
  }
}
