import type { ECSClient } from '@aws-sdk/client-ecs';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import type { EcsModel } from '../../../lib/local/aws/ecs/ecs-model.ts';
import type { Instant } from '../../../lib/core/kubernetes.ts';

/** What lies between the client and the model: it decides when a call gets there. */
type Wire = (operation: string, input: unknown, carryOut: () => unknown) => Promise<unknown>;

/** The model behind the interface of the SDK's client, without its serialization, its retries and its CPU time. */
export function createModelClient(
  model: Pick<EcsModel, 'handle'>,
  clock: { now(): Instant },
  wire: Wire = (_operation, _input, carryOut) => Promise.resolve().then(carryOut),
): Pick<ECSClient, 'send'> {
  const send = (command: { readonly input: unknown; readonly constructor: { readonly name: string } }) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    return wire(operation, command.input, () => answer(model, operation, command.input, clock.now()));
  };
  return { send: send as never };
}

function answer(model: Pick<EcsModel, 'handle'>, operation: string, input: unknown, now: Instant): unknown {
  try {
    return withDates(model.handle(operation, input, now));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const httpStatusCode = /ServerException|InternalFailure/.test(error.type) ? 500 : 400;
    throw Object.assign(new Error(error.message), {
      ...{ ...error.members, name: error.type, $metadata: { httpStatusCode } },
    });
  }
}

/** Times are epoch seconds on the wire and dates for whoever uses the SDK: those of tasks are one level down in the answer. */
function withDates(answer: unknown): unknown {
  for (const value of Object.values(answer as object) as unknown[])
    for (const thing of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof thing === 'object' && thing !== null)
        for (const [name, seconds] of Object.entries(thing))
          if (name.endsWith('At') && typeof seconds === 'number')
            Object.assign(thing, { [name]: new Date(Math.round(seconds * 1000)) });
  return answer;
}
