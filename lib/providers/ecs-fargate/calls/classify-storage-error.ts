import type { Failure, FailureKind } from '../../../core/failure.ts';
import { classifyError } from './classify-error.ts';

/**
 * What storing something for a launch came to. No pod is to blame for it, so that nothing is `refused` for good: what the service
 * will not do is a fault of the deployment (`auth`). And whatever became of it, no task was started: nothing is `ambiguous`.
 */
export function classifyStorageError(
  thrown: unknown,
  /** What was done to what, for the person who reads the message. */
  what: string,
  wayOut: Readonly<Record<string, string>> = {},
): Failure {
  const { kind, code, message } = classifyError(thrown, 'other');
  const name = code ?? '';
  const way = wayOut[name];
  const said = `${what}: ${name}: ${message}${way === undefined ? '' : ` (${way})`}`;
  return { kind: kindOf(name, kind), ...(code !== undefined && { code }), message: said };
}

/** Names by which S3 and Secrets Manager ask for patience, whatever their HTTP status. */
const BUSY: readonly string[] = ['SlowDown', 'RequestTimeTooSkewed', 'KMS.ThrottlingException'];

function kindOf(name: string, kind: FailureKind): FailureKind {
  if (BUSY.includes(name)) return 'throttled';
  return kind === 'refused' ? 'auth' : kind;
}
