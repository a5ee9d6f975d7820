import type { Instant } from '../../lib/core/kubernetes.ts';
import { AwsError, type AwsModel } from '../../lib/local/aws/aws-model.ts';
import { sdkError } from './failures.ts';

/** The members of answers that the SDK gives as dates; on the wire they are epoch seconds. */
const TIMES = [
  'createdAt',
  'connectivityAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
  'registeredAt',
  'deregisteredAt',
  'CreatedDate',
  'LastChangedDate',
  'LastAccessedDate',
] as const;

type Model = Pick<AwsModel, 'handle'>;

/** What lies between the client and the model: `gate` decides when and whether a call gets there. */
export type WireGate = (operation: string, input: unknown, carryOut: () => unknown) => Promise<unknown>;

/**
 * The model behind the interface of the SDK's client, without its serialization and its retries: what the model answers comes
 * back as the SDK would give it.
 */
export function createWireClient(model: Model, now: () => Instant, gate: WireGate): { readonly send: never } {
  const send = (command: { readonly input: unknown; readonly constructor: { readonly name: string } }) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    return gate(operation, command.input, () => answer(model, operation, command.input, now()));
  };
  return { send: send as never };
}

function answer(model: Model, operation: string, input: unknown, now: Instant): unknown {
  try {
    return revive(model.handle(operation, input, now) as Record<string, unknown>);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const httpStatusCode = /ServerException|InternalFailure/.test(error.type) ? 500 : 400;
    throw sdkError(error.type, error.message, { ...error.members, $metadata: { httpStatusCode } });
  }
}

/** Dates instead of seconds, in an answer and one level down in it. */
function revive(answer: Record<string, unknown>): Record<string, unknown> {
  reviveTimes(answer);
  for (const value of Object.values(answer)) {
    const things = (Array.isArray(value) ? value : [value]) as readonly unknown[];
    for (const thing of things) if (typeof thing === 'object' && thing !== null) reviveTimes(thing as never);
  }
  return answer;
}

function reviveTimes(thing: Record<string, unknown>): void {
  for (const name of TIMES) {
    const seconds = thing[name];
    if (typeof seconds === 'number') thing[name] = new Date(Math.round(seconds * 1000));
  }
}
