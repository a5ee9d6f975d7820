import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Failure, FailureError } from '../../core/failure.ts';

/** The part of the client that is used. */
export type SecretsClient = Pick<SecretsManagerClient, 'send'>;

/** What to do about each refusal of Secrets Manager (the names of its errors). */
const WAYS_OUT: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'create it in this Region, or correct its ARN in the settings',
  AccessDeniedException:
    'allow this function secretsmanager:GetSecretValue on it (and kms:Decrypt on its key)',
  DecryptionFailure: 'allow this function kms:Decrypt on its key',
  InvalidRequestException: 'restore it if it is marked for deletion',
  UnrecognizedClientException: 'give this function AWS credentials that work',
  InvalidSignatureException: 'give this function AWS credentials that work',
  ExpiredTokenException: 'give this function AWS credentials that work',
  CredentialsProviderError: 'give this function AWS credentials',
};

/** Two sends of 4 s: a call that hangs must leave time for the rest of a heartbeat. The SDK only warns without the last setting. */
function createClient(): SecretsClient {
  return new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
  });
}

/**
 * A reader of one secret's current text, by ARN or name. Throws a `FailureError`: `auth` with the secret's name and the way out
 * when it is missing, denied or binary. Never shows the content.
 */
export function readSecret(secret: string, client: SecretsClient = createClient()): () => Promise<string> {
  return async () => {
    const { SecretString: text } = await client
      .send(new GetSecretValueCommand({ SecretId: secret }))
      .catch((cause: unknown) => {
        throw new FailureError(toFailure(secret, cause), { cause });
      });
    if (text !== undefined && text !== '') return text;
    const message = `The secret ${secret} holds no text; store the kubeconfig as its SecretString`;
    throw new FailureError({ kind: 'auth', code: 'SecretWithoutText', message });
  };
}

function toFailure(secret: string, cause: unknown): Failure {
  const { name: code, message: said } = cause instanceof Error ? cause : new Error(String(cause));
  const wayOut = WAYS_OUT[code];
  if (wayOut !== undefined)
    return {
      kind: 'auth',
      code,
      message: `The secret ${secret} cannot be read (${code}: ${said}); ${wayOut}`,
    };
  const kind = /Throttl|TooManyRequests/.test(code) ? 'throttled' : 'transient';
  return { kind, code, message: `The secret ${secret} cannot be read now (${code}: ${said})` };
}
