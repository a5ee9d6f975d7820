import { describe, expect, it } from 'vitest';
import { classifySqsError } from '../../../lib/adapters/sqs/classify-sqs-error.ts';
import { FailureError } from '../../../lib/core/failure.ts';

const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/111122223333/events';

function kindOf(thrown: unknown): string {
  return classifySqsError(thrown, QUEUE).failure.kind;
}

describe('the failure in an SQS error', () => {
  it('is the one that was found already', () => {
    const failure = new FailureError({ kind: 'quota', message: 'known' });
    expect(classifySqsError(failure, QUEUE)).toBe(failure);
  });

  it('keeps what was thrown as its cause', () => {
    const cause = new Error('unexpected');
    expect(classifySqsError(cause, QUEUE).cause).toBe(cause);
  });

  it('is transient when the time was over', () => {
    expect(kindOf(Object.assign(new Error('too slow'), { name: 'TimeoutError' }))).toBe('transient');
  });

  it('is a fault of ours when neither SQS nor the network said it', () => {
    expect(kindOf(new TypeError('x is not a function'))).toBe('internal');
    expect(kindOf('a text')).toBe('internal');
  });

  it('is in the words of the code when there are no others', () => {
    const silent = Object.assign(new Error(''), { code: 'ECONNRESET' });
    expect(classifySqsError(silent, QUEUE).failure).toEqual({
      kind: 'transient',
      code: 'ECONNRESET',
      message: `SQS queue ${QUEUE}: ECONNRESET`,
    });
  });
});
