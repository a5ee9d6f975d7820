import { describe, expect, it } from 'vitest';
import { decisionOf, FailureError, failureOf, retryDelay, type FailureKind } from '../../lib/core/failure.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

/** kind, retried?, first delay, longest delay, definitive?, reason, fault of the node? */
const table: readonly [FailureKind, boolean, number, number, boolean, string][] = [
  ['refused', false, 0, 0, true, 'ProviderFailed'],
  ['capacity', true, 15 * SECOND, 15 * MINUTE, true, 'FargateCapacityUnavailable'],
  ['quota', true, 30 * SECOND, 15 * MINUTE, true, 'FargateQuotaExceeded'],
  ['throttled', true, 2 * SECOND, MINUTE, false, 'ContainerCreating'],
  ['auth', true, MINUTE, 5 * MINUTE, true, 'ProviderAccessDenied'],
  ['transient', true, 5 * SECOND, 5 * MINUTE, false, 'ContainerCreating'],
  ['ambiguous', true, 5 * SECOND, 5 * MINUTE, false, 'ContainerCreating'],
  ['internal', true, 30 * SECOND, 5 * MINUTE, false, 'ContainerCreating'],
];

describe('the decision about a failure', () => {
  it.each(table)('%s', (kind, retry, baseDelayMs, maxDelayMs, definitive, podReason) => {
    expect(decisionOf(kind)).toEqual({ retry, baseDelayMs, maxDelayMs, definitive, podReason });
  });

  it.each(table)('%s: the delay doubles up to its bound, however many tries', (kind, _retry, base, most) => {
    expect([0, 1, 2].map((tries) => retryDelay(kind, tries))).toEqual(
      [base, base * 2, base * 4].map((delay) => Math.min(delay, most)),
    );
    expect(retryDelay(kind, 1e6)).toBe(most);
  });

  it('drops nothing for ever but what can never work', () => {
    expect(table.filter(([kind]) => !decisionOf(kind).retry).map(([kind]) => kind)).toEqual(['refused']);
  });
});

describe('anything thrown', () => {
  it('is the failure that it carries, with its cause', () => {
    const failure = { kind: 'throttled', message: 'Rate exceeded', code: 'ThrottlingException' } as const;
    const cause = new Error('socket');
    const thrown = new FailureError(failure, { cause });
    expect(failureOf(thrown)).toBe(failure);
    expect(thrown).toMatchObject({ name: 'FailureError', message: 'Rate exceeded', cause });
  });

  it('is internal when nobody classified it', () => {
    expect(failureOf(new TypeError('x is not a function'))).toEqual({
      kind: 'internal',
      message: 'x is not a function',
    });
    expect(failureOf('boom')).toEqual({ kind: 'internal', message: 'boom' });
  });
});
