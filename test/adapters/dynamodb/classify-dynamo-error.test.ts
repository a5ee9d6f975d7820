import { describe, expect, it } from 'vitest';
import { attemptsOf, classifyDynamoError } from '../../../lib/adapters/dynamodb/classify-dynamo-error.ts';
import { FailureError } from '../../../lib/core/failure.ts';
import type { FailureKind } from '../../../lib/core/failure.ts';

const call = { table: 'pods', region: 'eu-west-1', changes: true };

function sdkError(name: string, more: object = {}, message = 'the far side said so'): Error {
  return Object.assign(new Error(message), { name, ...more });
}
const answered = (httpStatusCode: number, attempts = 1) => ({ $metadata: { httpStatusCode, attempts } });

describe('classifying an error of DynamoDB', () => {
  it.each<[FailureKind, string, object]>([
    ['throttled', 'ProvisionedThroughputExceededException', answered(400, 3)],
    ['throttled', 'ThrottlingException', answered(400, 3)],
    ['auth', 'AccessDeniedException', answered(400)],
    ['auth', 'ExpiredTokenException', answered(400)],
    ['auth', 'CredentialsProviderError', {}],
    ['auth', 'ResourceNotFoundException', answered(400)],
    ['internal', 'ValidationException', answered(400)],
    ['internal', 'SomethingNewException', answered(400)],
    ['internal', 'TypeError', {}],
    ['ambiguous', 'InternalServerError', answered(500, 3)],
    ['ambiguous', 'TimeoutError', { $metadata: { attempts: 3 } }],
    ['ambiguous', 'Error', { code: 'ECONNRESET', $metadata: { attempts: 1 } }],
    ['ambiguous', 'Error', { code: 'ECONNREFUSED', $metadata: { attempts: 3 } }],
    ['transient', 'Error', { code: 'ECONNREFUSED', $metadata: { attempts: 1 } }],
  ])('calls a change that ended in it %s: %s %o', (kind, name, more) => {
    expect(classifyDynamoError(sdkError(name, more), call).failure.kind).toBe(kind);
  });

  it.each([
    ['InternalServerError', answered(500, 3)],
    ['TimeoutError', {}],
    ['Error', { code: 'ECONNRESET' }],
  ])('calls a read that ended in %s transient, because it changed nothing', (name, more) => {
    expect(classifyDynamoError(sdkError(name, more), { ...call, changes: false }).failure.kind).toBe(
      'transient',
    );
  });

  it('names the table, the Region, the code and the words of the far side', () => {
    const cause = sdkError('ValidationException', answered(400));
    const error = classifyDynamoError(cause, call);
    expect(error.failure).toEqual({
      kind: 'internal',
      message: 'DynamoDB table pods in Region eu-west-1: the far side said so',
      code: 'ValidationException',
    });
    expect(error.cause).toBe(cause);
  });

  it('says whose rights are missing', () => {
    const { message } = classifyDynamoError(sdkError('AccessDeniedException', answered(400)), call);
    expect(message).toContain("refuses this function's role");
  });

  it('shows the code where there are no words', () => {
    // Node gives an aggregate of refused connections no message of its own.
    const { message } = classifyDynamoError(sdkError('AggregateError', { code: 'ECONNREFUSED' }, ''), call);
    expect(message).toBe('DynamoDB table pods in Region eu-west-1: ECONNREFUSED');
  });

  it('takes anything that was thrown', () => {
    expect(classifyDynamoError('odd', call).failure).toMatchObject({ kind: 'internal' });
    const classified = new FailureError({ kind: 'quota', message: 'full' });
    expect(classifyDynamoError(classified, call)).toBe(classified);
  });

  it('counts one attempt where the SDK tells none', () => {
    expect(attemptsOf(sdkError('TimeoutError'))).toBe(1);
    expect(attemptsOf(sdkError('TimeoutError', answered(500, 3)))).toBe(3);
  });
});
