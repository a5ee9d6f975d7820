import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { createSecretsManagerModel } from '../../../lib/local/aws/secrets-manager/secrets-manager-model.ts';

const T0 = Date.UTC(2026, 2, 4, 9, 15);
const DAY = 24 * 3_600_000;
const token = (letter: string) => letter.repeat(32);

function start() {
  const place = { region: 'eu-central-1', account: '111122223333' };
  const model = createSecretsManagerModel({ place, ids: sequentialIds('sm') });
  const call = (operation: string, input: unknown = {}, now = T0) =>
    model.handle(operation, input, now) as Record<string, unknown>;
  const refusal = (operation: string, input: unknown, now = T0) => {
    try {
      call(operation, input, now);
      return 'accepted';
    } catch (error) {
      return error instanceof AwsError ? `${error.type}: ${error.message}` : String(error);
    }
  };
  const create = (Name: string, more: object = {}) =>
    call('CreateSecret', { Name, SecretString: 'one', ...more });
  return { model, call, refusal, create };
}

describe('client tokens of Secrets Manager', () => {
  it('make a repeated request the same request', () => {
    const { call, create } = start();
    const made = create('a', { ClientRequestToken: token('a') });
    expect(create('a', { ClientRequestToken: token('a') })).toEqual(made);
    const put = { SecretId: 'a', SecretString: 'two', ClientRequestToken: token('b') };
    call('PutSecretValue', put, T0 + 1000);
    call('PutSecretValue', put, T0 + 2000);
    expect(call('DescribeSecret', { SecretId: 'a' })).toMatchObject({
      LastChangedDate: T0 / 1000 + 1,
      VersionIdsToStages: { [token('a')]: ['AWSPREVIOUS'], [token('b')]: ['AWSCURRENT'] },
    });
  });

  it('bring back no earlier value: the request is ignored', () => {
    const { call, create } = start();
    create('a', { ClientRequestToken: token('a') });
    call('PutSecretValue', { SecretId: 'a', SecretString: 'two', ClientRequestToken: token('b') });
    call('PutSecretValue', { SecretId: 'a', SecretString: 'one', ClientRequestToken: token('a') });
    expect(call('GetSecretValue', { SecretId: 'a' })['SecretString']).toBe('two');
  });

  it('stand for one value only, and have 32 to 64 characters', () => {
    const { refusal, create } = start();
    create('a', { ClientRequestToken: token('a') });
    const put = (more: object) => refusal('PutSecretValue', { SecretId: 'a', SecretString: 'x', ...more });
    expect(put({ ClientRequestToken: token('a') })).toMatch(/^ResourceExistsException/);
    expect(put({ ClientRequestToken: 'short' })).toMatch(/^InvalidParameterException/);
    expect(refusal('CreateSecret', { Name: 'a', SecretString: 'x', ClientRequestToken: token('a') })).toMatch(
      /^ResourceExistsException/,
    );
  });
});

describe('dates and deletion of secrets', () => {
  it('tell the day of the last access, without the time', () => {
    const { call, create } = start();
    create('a', { KmsKeyId: 'k', Tags: [{ Key: 't', Value: 'v' }] });
    expect(call('DescribeSecret', { SecretId: 'a' })).not.toHaveProperty('LastAccessedDate');
    call('GetSecretValue', { SecretId: 'a' }, T0 + DAY);
    expect(call('DescribeSecret', { SecretId: 'a' })).toMatchObject({
      CreatedDate: T0 / 1000,
      LastAccessedDate: Date.UTC(2026, 2, 5) / 1000,
      ...{ KmsKeyId: 'k', Tags: [{ Key: 't', Value: 'v' }] },
    });
  });

  it('keep a deleted secret unreadable for its window, then forget it', () => {
    const { call, refusal, create } = start();
    create('a');
    call('DeleteSecret', { SecretId: 'a', RecoveryWindowInDays: 7 });
    expect(refusal('GetSecretValue', { SecretId: 'a' })).toMatch(/^InvalidRequestException/);
    expect(refusal('CreateSecret', { Name: 'a' })).toMatch(
      /^InvalidRequestException.*scheduled for deletion/,
    );
    expect(call('DescribeSecret', { SecretId: 'a' })).toMatchObject({ DeletedDate: (T0 + 7 * DAY) / 1000 });
    expect(call('ListSecrets')).toMatchObject({ SecretList: [] });
    expect(refusal('DescribeSecret', { SecretId: 'a' }, T0 + 8 * DAY)).toMatch(/^ResourceNotFoundException/);
    expect(create('a')).toMatchObject({ Name: 'a' });
  });

  it('delete at once when forced to, and never in two ways', () => {
    const { model, refusal, create, call } = start();
    create('a');
    const both = { SecretId: 'a', ForceDeleteWithoutRecovery: true, RecoveryWindowInDays: 7 };
    expect(refusal('DeleteSecret', both)).toMatch(/^InvalidParameter/);
    expect(refusal('DeleteSecret', { SecretId: 'a', RecoveryWindowInDays: 6 })).toMatch(/^InvalidParameter/);
    call('DeleteSecret', { SecretId: 'a', ForceDeleteWithoutRecovery: true });
    expect(model.names()).toEqual([]);
  });
});

describe('ListSecrets', () => {
  it('filters by the beginning of names and tags, in pages', () => {
    const { call, create } = start();
    for (const name of ['x/1', 'x/2', 'y/1']) create(name, { Tags: [{ Key: 'made-by', Value: name }] });
    const list = (input: object) =>
      call('ListSecrets', input) as { SecretList: { Name: string }[]; NextToken?: string };
    const names = (input: object) => list(input).SecretList.map(({ Name }) => Name);
    expect(names({ Filters: [{ Key: 'name', Values: ['x/'] }] })).toEqual(['x/1', 'x/2']);
    expect(names({ Filters: [{ Key: 'tag-value', Values: ['y'] }] })).toEqual(['y/1']);
    expect(names({ Filters: [{ Key: 'tag-key', Values: ['made'] }] })).toHaveLength(3);
    const { NextToken } = list({ MaxResults: 2 });
    expect(names({ MaxResults: 2, NextToken })).toEqual(['y/1']);
  });

  it.each([[{ MaxResults: 0 }], [{ Filters: [{ Key: 'all', Values: ['x'] }] }]])('refuses %j', (input) => {
    const { refusal, create } = start();
    create('x');
    expect(refusal('ListSecrets', input)).toMatch(/^InvalidParameter/);
  });
});

it('Secrets Manager refuses odd names and large values', () => {
  const { refusal } = start();
  expect(refusal('CreateSecret', { Name: 'a b' })).toMatch(/^InvalidParameter/);
  expect(refusal('CreateSecret', { Name: 'a', SecretString: 'x'.repeat(65_537) })).toMatch(
    /^InvalidParameter/,
  );
});
