// The inside of an execution environment: loads one handler and calls it for each message. Runs as a worker thread.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadCall, ThreadReply, ThreadStart } from './thread-messages.ts';

type Handler = (event: unknown, context: object) => unknown;

// A cold start from the sources takes half the time with it: they are stripped and compiled once for all environments.
enableCompileCache();
const { module } = workerData as ThreadStart;
const { handler } = (await import(module)) as { readonly handler: Handler };

const reply = (message: ThreadReply): void => parentPort?.postMessage(message);

async function invoke({ requestId, functionName, event, deadline }: ThreadCall): Promise<void> {
  try {
    const context = {
      awsRequestId: requestId,
      functionName,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    reply({ kind: 'answered', requestId, value: await handler(event, context) });
  } catch (error) {
    reply({ kind: 'failed', requestId, message: error instanceof Error ? error.message : String(error) });
  }
}

parentPort?.on('message', (call: ThreadCall) => void invoke(call));
flushCompileCache();
reply({ kind: 'loaded' });
