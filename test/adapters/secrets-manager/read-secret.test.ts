import { describe, expect, it } from 'vitest';
import { readSecret, type SecretsClient } from '../../../lib/adapters/secrets-manager/read-secret.ts';
import { failureOf } from '../../../lib/core/failure.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:cluster-a-AbCdEf';

/** A client that answers every command in the same way. */
function clientThat(answer: () => Promise<object>): SecretsClient {
  return { send: answer };
}

function failing(name: string): SecretsClient {
  return clientThat(() => Promise.reject(Object.assign(new Error(`words of ${name}`), { name })));
}

describe('secret', () => {
  it('gives its text', async () => {
    const client = clientThat(() => Promise.resolve({ SecretString: 'apiVersion: v1' }));
    expect(await readSecret(SECRET, client)()).toBe('apiVersion: v1');
  });

  it.each([
    ['ResourceNotFoundException', 'auth', 'create it in this Region'],
    ['AccessDeniedException', 'auth', 'secretsmanager:GetSecretValue'],
    ['DecryptionFailure', 'auth', 'kms:Decrypt'],
    ['InvalidRequestException', 'auth', 'marked for deletion'],
    ['ExpiredTokenException', 'auth', 'AWS credentials'],
    ['ThrottlingException', 'throttled', 'cannot be read now'],
    ['TimeoutError', 'transient', 'cannot be read now'],
  ])('that fails with %s fails as %s and says what to do', async (name, kind, says) => {
    const failure = await readSecret(SECRET, failing(name))().catch(failureOf);
    expect(failure).toMatchObject({ kind, code: name });
    expect(failure).toHaveProperty('message', expect.stringContaining(SECRET));
    expect(failure).toHaveProperty('message', expect.stringContaining(says));
  });

  it('that is binary is refused without its content', async () => {
    const client = clientThat(() => Promise.resolve({ SecretBinary: Buffer.from('hidden') }));
    const failure = await readSecret(SECRET, client)().catch(failureOf);
    expect(failure).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('SecretString') as string,
    });
    expect(JSON.stringify(failure)).not.toContain('hidden');
  });
});
