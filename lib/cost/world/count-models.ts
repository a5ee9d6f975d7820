import { AwsError, type AwsModel } from '../../local/aws/aws-model.ts';
import type { AwsModels } from '../../local/aws/create-aws-models.ts';
import type { CallMeter } from '../count-calls.ts';

/** What SQS and EventBridge bill as one request. */
const CHUNK_BYTES = 64 * 1024;

/** Counts every operation of the models, whoever calls it: the functions, Lambda, EventBridge, the Scheduler, the agent of ECS. */
export function countModels(models: AwsModels, meter: CallMeter): void {
  for (const [service, model] of Object.entries(models) as [string, AwsModel][]) {
    const handle = model.handle.bind(model);
    const counted: AwsModel['handle'] = (operation, input, now) => {
      const answer = tryToAnswer(() => handle(operation, input, now));
      // Whoever sent this counts it under its own name.
      if (isUnknown(answer.error)) throw answer.error;
      meter.count(`${service}.${operation}`, chunksOf(service, input, answer.value));
      if ('error' in answer) throw answer.error;
      return answer.value;
    };
    Object.assign(model, { handle: counted });
  }
}

function isUnknown(error: unknown): error is AwsError {
  return error instanceof AwsError && error.type === 'UnknownOperationException';
}

function tryToAnswer(answer: () => unknown): { readonly value?: unknown; readonly error?: unknown } {
  try {
    return { value: answer() };
  } catch (error) {
    return { error };
  }
}

function chunksOf(service: string, input: unknown, answer: unknown): number {
  if (service !== 'sqs' && service !== 'eventBridge') return 1;
  const bytes = [input, answer].map((part) => Buffer.byteLength(JSON.stringify(part ?? '')));
  return Math.max(1, Math.ceil(Math.max(...bytes) / CHUNK_BYTES));
}
