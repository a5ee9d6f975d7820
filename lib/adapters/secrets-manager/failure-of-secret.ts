import type { Failure } from '../../core/failure.ts';

/** What was tried with a secret. */
export type SecretDeed = 'read' | 'write';

const PARTICIPLES: Readonly<Record<SecretDeed, string>> = { read: 'read', write: 'written' };

/** What to do about each refusal of Secrets Manager (the names of its errors) that does not pass by itself. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'create it in this Region, or correct its ARN in the settings',
  DecryptionFailure: 'allow this function kms:Decrypt on its key, and see that the key is enabled',
  EncryptionFailure: 'allow this function kms:GenerateDataKey on its key, and see that the key is enabled',
  InvalidRequestException: 'restore it if it is marked for deletion',
  LimitExceededException: 'wait: Secrets Manager removes versions without a label by itself',
  UnrecognizedClientException: 'give this function AWS credentials that work',
  InvalidSignatureException: 'give this function AWS credentials that work',
  ExpiredTokenException: 'give this function AWS credentials that work',
  CredentialsProviderError: 'give this function AWS credentials',
};

/** What to do when the right is missing. */
const RIGHTS: Readonly<Record<SecretDeed, string>> = {
  read: 'allow this function secretsmanager:GetSecretValue on it (and kms:Decrypt on its key)',
  write:
    'allow this function secretsmanager:PutSecretValue on it (and kms:Decrypt and kms:GenerateDataKey on its key)',
};

/** What an error of the client means. */
export function failureOfSecret(deed: SecretDeed, secret: string, cause: unknown): Failure {
  const { name: code, message: said } = cause instanceof Error ? cause : new Error(String(cause));
  const what = `The secret ${secret} cannot be ${PARTICIPLES[deed]}`;
  const wayOut = code === 'AccessDeniedException' ? RIGHTS[deed] : WAYS_OUT[code];
  if (wayOut !== undefined) return { kind: 'auth', code, message: `${what} (${code}: ${said}); ${wayOut}` };
  const kind = /Throttl|TooManyRequests/.test(code) ? 'throttled' : 'transient';
  return { kind, code, message: `${what} now (${code}: ${said})` };
}
