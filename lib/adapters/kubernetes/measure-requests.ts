import type { IncomingMessage } from 'node:http';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { Transport } from './send-request.ts';

/**
 * The same transport, its requests told as `ApiLatency` and `ApiErrors`. A watch is as long as it lives and has no latency, but one
 * that cannot be opened is an error, unless it was ourselves who gave it up.
 */
export function measureRequests(transport: Transport, telemetry: Pick<Telemetry, 'count'>): Transport {
  const judge = (status: number): void => {
    if (status === 429 || status >= 500) telemetry.count('ApiErrors', 1);
  };
  return {
    send: async (access, request) => {
      try {
        const answer = await transport.send(access, request);
        if (answer.ms !== undefined) telemetry.count('ApiLatency', roundTenths(answer.ms));
        judge(answer.status);
        return answer;
      } catch (error) {
        telemetry.count('ApiErrors', 1);
        throw error;
      }
    },
    open: async (access, request, signal): Promise<IncomingMessage> => {
      try {
        const response = await transport.open(access, request, signal);
        judge(response.statusCode ?? 0);
        return response;
      } catch (error) {
        if (!signal.aborted) telemetry.count('ApiErrors', 1);
        throw error;
      }
    },
  };
}

/** A line holds a hundred values: a tenth of a millisecond is exact enough. */
function roundTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
