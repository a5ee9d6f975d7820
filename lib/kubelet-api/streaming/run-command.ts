import { failureOf } from '../../core/failure.ts';
import type { Exec, ExecAsk, ExecEnd, ExecSession } from '../../ports/exec.ts';
import type { CommandStreams } from './command-streams.ts';

/**
 * Runs a command for a client: its input, its output and its end. Each direction waits for the other side to take what was written, so
 * that nothing piles up here. The client hears how it ended even where it never began; when the client is gone, the command is hung up.
 */
export async function runCommand(exec: Exec, ask: ExecAsk, streams: CommandStreams): Promise<void> {
  let session: ExecSession;
  try {
    session = await exec.open(ask, streams.gone);
  } catch (error) {
    return streams.finish({ kind: 'failed', message: inContext(failureOf(error).message) });
  }
  const hungUp = Promise.withResolvers<ExecEnd>();
  const hangUp = (): void => {
    session.close();
    hungUp.resolve({ kind: 'lost', message: 'the client hung up' });
  };
  streams.gone.addEventListener('abort', hangUp, { once: true });
  if (streams.gone.aborted) hangUp();
  try {
    // A session never rejects; one that does all the same is hung up, instead of ending the process for everybody.
    passInput(session, streams).catch(hangUp);
    passSizes(session, streams).catch(hangUp);
    const end = await Promise.race([passOutput(session, streams), hungUp.promise]);
    if (streams.gone.aborted) return;
    await streams.finish(end.kind === 'exited' ? end : { kind: 'failed', message: inContext(end.message) });
  } finally {
    streams.gone.removeEventListener('abort', hangUp);
    session.close();
  }
}

async function passInput(session: ExecSession, { stdin, gone }: CommandStreams): Promise<void> {
  for await (const bytes of stdin) await session.write(bytes);
  // A client that is gone did not say that there is no more.
  if (!gone.aborted) await session.endInput();
}

async function passSizes(session: ExecSession, { resizes }: CommandStreams): Promise<void> {
  for await (const size of resizes) await session.resize(size);
}

async function passOutput(session: ExecSession, streams: CommandStreams): Promise<ExecEnd> {
  for await (const { from, bytes } of session.output) {
    if (streams.gone.aborted) break;
    await streams.write(from, bytes);
  }
  return session.end;
}

function inContext(message: string): string {
  return `error executing command in container: ${message}`;
}
