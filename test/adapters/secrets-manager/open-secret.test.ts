import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { openSecret, type SecretsClient } from '../../../lib/adapters/secrets-manager/open-secret.ts';
import { failureOf } from '../../../lib/core/failure.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:cluster-a-AbCdEf';

/** A client that answers every command in the same way. */
function clientThat(answer: (command: unknown) => Promise<object>): SecretsClient {
  return { send: answer } as SecretsClient;
}

function failing(name: string): SecretsClient {
  return clientThat(() => Promise.reject(Object.assign(new Error(`words of ${name}`), { name })));
}

describe('a secret', () => {
  it('gives its current text', async () => {
    const asked: unknown[] = [];
    const client = clientThat((command) => {
      asked.push(command);
      return Promise.resolve({ SecretString: 'apiVersion: v1' });
    });
    expect(await openSecret(SECRET, client).read()).toBe('apiVersion: v1');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBeInstanceOf(GetSecretValueCommand);
    expect(asked[0]).toHaveProperty('input', { SecretId: SECRET });
  });

  it('takes a new text as its current one', async () => {
    const asked: unknown[] = [];
    const client = clientThat((command) => {
      asked.push(command);
      return Promise.resolve({});
    });
    await openSecret(SECRET, client).write('next');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBeInstanceOf(PutSecretValueCommand);
    expect(asked[0]).toHaveProperty('input', { SecretId: SECRET, SecretString: 'next' });
  });

  it.each([
    ['ResourceNotFoundException', 'auth', 'create it in this Region'],
    ['AccessDeniedException', 'auth', 'secretsmanager:GetSecretValue'],
    ['DecryptionFailure', 'auth', 'kms:Decrypt'],
    ['InvalidRequestException', 'auth', 'marked for deletion'],
    ['ExpiredTokenException', 'auth', 'AWS credentials'],
    ['ThrottlingException', 'throttled', 'cannot be read now'],
    ['TimeoutError', 'transient', 'cannot be read now'],
  ])('whose reading fails with %s fails as %s and says what to do', async (name, kind, says) => {
    const failure = await openSecret(SECRET, failing(name)).read().catch(failureOf);
    expect(failure).toMatchObject({ kind, code: name });
    expect(failure).toHaveProperty('message', expect.stringContaining(SECRET));
    expect(failure).toHaveProperty('message', expect.stringContaining(says));
  });

  it.each([
    ['AccessDeniedException', 'auth', 'secretsmanager:PutSecretValue'],
    ['EncryptionFailure', 'auth', 'kms:GenerateDataKey'],
    ['LimitExceededException', 'auth', 'wait'],
    ['ThrottlingException', 'throttled', 'cannot be written now'],
    ['InternalServiceError', 'transient', 'cannot be written now'],
  ])('whose writing fails with %s fails as %s, without the text', async (name, kind, says) => {
    const failure = await openSecret(SECRET, failing(name)).write('hidden').catch(failureOf);
    expect(failure).toMatchObject({ kind, code: name });
    expect(failure).toHaveProperty('message', expect.stringContaining(says));
    expect(JSON.stringify(failure)).not.toContain('hidden');
  });

  it('that is binary is refused without its content', async () => {
    const client = clientThat(() => Promise.resolve({ SecretBinary: Buffer.from('hidden') }));
    const failure = await openSecret(SECRET, client).read().catch(failureOf);
    expect(failure).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('SecretString') as string,
    });
    expect(JSON.stringify(failure)).not.toContain('hidden');
  });
});
