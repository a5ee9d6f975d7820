import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import {
  createEnvFileStore,
  type EnvFileStore,
} from '../../lib/providers/ecs-fargate/calls/store-env-files.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createEcsEmulator } from './ecs-emulator.ts';
import { T0 } from './fixtures.ts';
import { BUCKET } from './storage-clients.ts';

const LATER = T0 + 60_000;

function start(more: { readonly bucket?: string; readonly kmsKey?: string } = {}) {
  const clock = createManualClock(T0);
  const { s3, filesClient: client } = createEcsEmulator(() => clock.now());
  const store = createEnvFileStore({ bucket: BUCKET, clock, client, ...more });
  return { clock, s3, store };
}

/** The failure of a put, with the clock running. */
async function failureOf({
  clock,
  store,
}: {
  clock: ReturnType<typeof createManualClock>;
  store: EnvFileStore;
}) {
  const outcome = await clock.runUntil(
    store.put('a.env', 'TOKEN=canary\n', LATER).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  if (outcome instanceof FailureError) return outcome.failure;
  throw new Error(`no FailureError, but ${String(outcome)}`);
}

describe('storing env files', () => {
  it('encrypts with KMS, by the account’s key or the one it is given', async () => {
    const [plain, keyed] = [start(), start({ kmsKey: 'arn:aws:kms:eu-west-1:111122223333:key/1' })];
    await plain.store.put('demo/n/u/1/main.env', 'A=ü\n', LATER);
    await keyed.store.put('demo/n/u/1/main.env', 'A=1\n', LATER);
    const stored = plain.s3.object(BUCKET, 'demo/n/u/1/main.env');
    expect(Buffer.from(stored?.content ?? []).toString()).toBe('A=ü\n');
    expect(stored).toMatchObject({ encryption: 'aws:kms' });
    expect(stored).not.toHaveProperty('kmsKey');
    expect(keyed.s3.object(BUCKET, 'demo/n/u/1/main.env')?.kmsKey).toMatch(/key\/1$/);
  });

  it('clears what begins so, and nothing else, over many pages', async () => {
    const { s3, store } = start();
    const keys = Array.from({ length: 1001 }, (_, index) => `demo/n/u/1/${index} & <>.env`);
    for (const Key of keys) s3.handle('PutObject', { Bucket: BUCKET, Key, Body: new Uint8Array() }, T0);
    await store.put('demo/n/u/10/main.env', 'A=1\n', LATER);
    await store.clear('demo/n/u/1/');
    expect(s3.keys(BUCKET)).toEqual(['demo/n/u/10/main.env']);
    expect(s3.callCount('DeleteObjects')).toBe(2);
    await store.clear('demo/n/u/1/');
    expect(s3.callCount('DeleteObjects'), 'nothing there costs no delete').toBe(2);
  });

  it.each([
    ['SlowDown', 'throttled'],
    ['InternalError', 'transient'],
  ])('tries %s again, and says %s when it does not end', async (type, kind) => {
    const passing = start();
    passing.s3.failNext('PutObject', new AwsError(type, 'please wait'));
    await passing.clock.runUntil(passing.store.put('a.env', 'A=1\n', LATER));
    expect(passing.s3.keys(BUCKET)).toEqual(['a.env']);
    const lasting = start();
    for (let time = 0; time < 3; time += 1)
      lasting.s3.failNext('PutObject', new AwsError(type, 'please wait'));
    expect((await failureOf(lasting)).kind).toBe(kind);
    expect(lasting.s3.callCount('PutObject')).toBe(3);
  });

  it.each([
    ['AccessDenied', /AccessDenied: Access Denied \(allow this function s3:PutObject/],
    ['KMS.DisabledException', /KMS.DisabledException/],
  ])('takes %s for a fault of the deployment, in words that help', async (type, message) => {
    const started = start();
    started.s3.failNext('PutObject', new AwsError(type, 'Access Denied'));
    const failure = await failureOf(started);
    expect(failure.kind).toBe('auth');
    expect(failure.message).toMatch(message);
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  it('names a bucket that is not there', async () => {
    const failure = await failureOf(start({ bucket: 'no-such-bucket' }));
    expect(failure).toMatchObject({ kind: 'auth', code: 'NoSuchBucket' });
    expect(failure.message).toContain('the bucket no-such-bucket');
  });

  it('does not take a refusal inside an answer for success', async () => {
    const clock = createManualClock(T0);
    const client = {
      send: ({ constructor }: object) =>
        Promise.resolve(
          constructor.name === 'ListObjectsV2Command'
            ? { Contents: [{ Key: 'a.env' }] }
            : { Errors: [{ Key: 'a.env', Code: 'AccessDenied', Message: 'Access Denied' }] },
        ),
    };
    const store = createEnvFileStore({ bucket: BUCKET, clock, client: client });
    await expect(store.clear('a')).rejects.toMatchObject({ failure: { kind: 'auth' } });
  });
});
