import { FailureError } from '../../lib/core/failure.ts';
import type { Fate, GatedPort } from './deeds.ts';

/** Methods that change something: only of these a lost answer leaves it open whether it was carried out. */
const CHANGES = /^(patch|remove|write|forget|take|renew|clear|create|cordon|set|keep|discard)/;

/** What the port's adapter throws for a call that failed, or whose answer was lost. */
export function failureOfCall(port: GatedPort, method: string, fate: Fate): Error {
  const as = fate.kind === 'fails' ? fate.as : 'ambiguous';
  if (port === 'ecs' || port === 's3' || port === 'secrets') return ecsError(as);
  const kind = as === 'ambiguous' && !CHANGES.test(method) ? 'transient' : as;
  return new FailureError({ kind, message: `${port}.${method} failed (${as})`, code: 'Simulated' });
}

/** An error as the SDK throws it: the provider has to classify it. */
function ecsError(as: (Fate & { kind: 'fails' })['as']): Error {
  switch (as) {
    case 'transient':
      return sdkError('Error', 'connect ECONNREFUSED', { code: 'ECONNREFUSED' });
    case 'throttled':
      return sdkError('ThrottlingException', 'Rate exceeded', { $metadata: { httpStatusCode: 400 } });
    case 'auth':
      return sdkError('AccessDeniedException', 'not authorized to perform this action', {
        $metadata: { httpStatusCode: 400 },
      });
    case 'ambiguous':
      return sdkError('TimeoutError', 'the request timed out', { code: 'ETIMEDOUT' });
  }
}

/** An error with the members that the SDK's errors have. */
export function sdkError(name: string, message: string, members: object): Error {
  return Object.assign(new Error(message), { name }, members);
}
