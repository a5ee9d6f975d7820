import type { ECSClient, RunTaskCommandOutput } from '@aws-sdk/client-ecs';
import { RunTaskCommand, type RunTaskCommandInput } from '@aws-sdk/client-ecs';

/** How long one RunTask may take. */
const TIMEOUT_MS = 10_000;

/** Carries the error of the one send past the SDK's retries: it looks like nothing that they would try again. */
class OnlySendError extends Error {
  readonly sent: unknown;
  constructor(sent: unknown) {
    super('The request was sent once and failed.');
    this.name = 'OnlySendError';
    this.sent = sent;
  }
}

/**
 * Sends RunTask exactly once within 10 s, however the client is set to retry: whoever counts sends must see each of them.
 * Throws the error of that send.
 */
export async function sendOnce(
  client: Pick<ECSClient, 'send'>,
  input: RunTaskCommandInput,
): Promise<RunTaskCommandOutput> {
  const command = new RunTaskCommand(input);
  command.middlewareStack.add(
    (next) => async (request) => {
      try {
        return await next(request);
      } catch (error) {
        throw new OnlySendError(error);
      }
    },
    // Low priority in this step is inside the retries, which have high priority.
    { step: 'finalizeRequest', priority: 'low', name: 'sendOnce' },
  );
  try {
    return await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw error instanceof OnlySendError ? error.sent : error;
  }
}
