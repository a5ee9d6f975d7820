import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { FailureError } from '../../core/failure.ts';
import { failureOfSecret, type SecretDeed } from './failure-of-secret.ts';

/** The part of the client that is used. */
export type SecretsClient = Pick<SecretsManagerClient, 'send'>;

/** The current text of one secret. Both throw a `FailureError` that names the secret and the way out, and never show its content. */
export interface Secret {
  /** `auth` when it is missing, denied or binary. */
  readonly read: () => Promise<string>;
  /** Makes a new version the current one. */
  readonly write: (text: string) => Promise<void>;
}

/** Two sends of 4 s: a call that hangs must leave time for the rest of a heartbeat. The SDK only warns without the last setting. */
function createClient(): SecretsClient {
  return new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
  });
}

/** One secret, by ARN or name. */
export function openSecret(secret: string, client: SecretsClient = createClient()): Secret {
  const refuse =
    (deed: SecretDeed) =>
    (cause: unknown): never => {
      throw new FailureError(failureOfSecret(deed, secret, cause), { cause });
    };
  return {
    read: async () => {
      const command = new GetSecretValueCommand({ SecretId: secret });
      const { SecretString: text } = await client.send(command).catch(refuse('read'));
      if (text !== undefined && text !== '') return text;
      const message = `The secret ${secret} holds no text; store the credential of the cluster as its SecretString`;
      throw new FailureError({ kind: 'auth', code: 'SecretWithoutText', message });
    },
    write: async (text) => {
      // The SDK adds a ClientRequestToken: a send whose answer was lost makes no second version.
      const command = new PutSecretValueCommand({ SecretId: secret, SecretString: text });
      await client.send(command).catch(refuse('write'));
    },
  };
}
