import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { createSecretMirror } from '../../lib/providers/ecs-fargate/calls/mirror-secrets.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createEcsEmulator } from './ecs-emulator.ts';
import { T0 } from './fixtures.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NAME = 'lambdalet/demo/env/shop/db';

function start() {
  const clock = createManualClock(T0);
  const { secretsManager: model, secretsClient: client } = createEcsEmulator(() => clock.now());
  const create = (more: { readonly cluster?: string; readonly kmsKey?: string } = {}) =>
    createSecretMirror({ cluster: 'demo', clock, client, ...more });
  const value = () =>
    (model.handle('GetSecretValue', { SecretId: NAME }, clock.now()) as { SecretString: string })
      .SecretString;
  const writes = () => model.callCount('CreateSecret') + model.callCount('PutSecretValue');
  return { clock, model, mirror: create(), create, value, writes };
}

const ensure = ({ mirror, clock }: Pick<ReturnType<typeof start>, 'mirror' | 'clock'>, value: string) =>
  clock.runUntil(mirror.ensure([{ name: NAME, value }], clock.now() + MINUTE));

/** The failure of something that must fail. */
async function failureOf(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FailureError) return error.failure;
  throw new Error(`no FailureError, but ${String(error)}`);
}

describe('mirroring secrets', () => {
  it('makes one, gives its ARN, and asks no more while it is known', async () => {
    const started = start();
    const arn = (await ensure(started, 'one')).get(NAME);
    expect(arn).toMatch(/:secret:lambdalet\/demo\/env\/shop\/db-\w{6}$/);
    expect((await ensure(started, 'one')).get(NAME)).toBe(arn);
    expect([started.writes(), started.model.callCount('GetSecretValue')]).toEqual([1, 1]);
  });

  it('writes nothing when the value is as it should be, whoever wrote it', async () => {
    const started = start();
    await ensure(started, 'one');
    await ensure({ ...started, mirror: started.create() }, 'one');
    await started.clock.advance(6 * MINUTE);
    await ensure(started, 'one');
    expect(started.writes()).toBe(1);
  });

  it('writes a changed value under the same ARN, and one that changed back', async () => {
    const started = start();
    const arn = (await ensure(started, 'one')).get(NAME);
    for (const value of ['two', 'one']) {
      expect((await ensure(started, value)).get(NAME)).toBe(arn);
      expect(started.value()).toBe(value);
    }
  });

  it('shares the calls of launches that come together', async () => {
    const started = start();
    await Promise.all(Array.from({ length: 20 }, () => ensure(started, 'one')));
    expect([started.writes(), started.model.callCount('GetSecretValue')]).toEqual([1, 1]);
  });

  it('does not mind who was faster', async () => {
    const started = start();
    await Promise.all([
      ensure(started, 'one'),
      ensure({ ...started, mirror: started.create() }, 'one'),
    ]).catch(() => undefined);
    await ensure(started, 'one');
    expect(started.value()).toBe('one');
  });

  it('shows no value in version ids, which others may see', async () => {
    const [one, other] = [start(), start()];
    await ensure(one, 'password');
    await ensure(other, 'another');
    const idsOf = ({ model, clock }: ReturnType<typeof start>) =>
      Object.keys(
        (model.handle('DescribeSecret', { SecretId: NAME }, clock.now()) as { VersionIdsToStages: object })
          .VersionIdsToStages,
      );
    await ensure({ ...one, mirror: start().mirror, clock: one.clock }, 'password');
    expect(idsOf(one)).toHaveLength(1);
    expect(idsOf(one)[0]).toMatch(/^[0-9a-f]{8}-/);
    expect(idsOf(one)).not.toEqual(idsOf(other));
  });

  it.each([
    ['AccessDeniedException', 'auth'],
    ['EncryptionFailure', 'auth'],
    ['LimitExceededException', 'quota'],
    ['InvalidRequestException', 'transient'],
    ['ThrottlingException', 'throttled'],
    ['InternalServiceError', 'transient'],
  ])('calls %s %s, without the value', async (type, kind) => {
    const started = start();
    for (let time = 0; time < 3; time += 1) started.model.failNext('CreateSecret', new AwsError(type, 'no'));
    const failure = await failureOf(ensure(started, 'canary'));
    expect(failure).toMatchObject({ kind, code: type });
    expect(failure.message).toContain(NAME);
    expect(failure.message).not.toContain('canary');
  });
});

describe('retiring mirrored secrets', () => {
  it('deletes what nobody read or wrote for a week, at once and at most so many', async () => {
    const started = start();
    const names = ['a', 'b', 'c'].map((name) => `lambdalet/demo/pull/${name}`);
    await started.mirror.ensure(
      names.map((name) => ({ name, value: 'x' })),
      T0 + MINUTE,
    );
    await started.clock.advance(7 * DAY - MINUTE);
    expect(await started.mirror.retire(10)).toBe(0);
    await started.clock.advance(DAY + 2 * MINUTE);
    started.model.handle('GetSecretValue', { SecretId: names[1] }, started.clock.now());
    expect(await started.mirror.retire(1)).toBe(1);
    expect(await started.mirror.retire(10)).toBe(1);
    expect(started.model.names()).toEqual([names[1]]);
    await ensure(started, 'one');
  });

  it('leaves alone what it did not make, and what is another cluster’s', async () => {
    const started = start();
    started.model.handle('CreateSecret', { Name: 'lambdalet/demo/kubeconfig', SecretString: 'x' }, T0);
    await started.create({ cluster: 'demo2' }).ensure([{ name: 'lambdalet/demo2/env/a/b', value: 'x' }], T0);
    await started.clock.advance(30 * DAY);
    expect(await started.mirror.retire(10)).toBe(0);
    expect(started.model.names()).toHaveLength(2);
  });

  it('leaves alone what this process has just made sure of, since a task may be about to read it', async () => {
    const started = start();
    await ensure(started, 'one');
    await started.clock.advance(30 * DAY);
    started.model.failNext('GetSecretValue', new AwsError('ResourceNotFoundException', 'not seen yet'));
    started.model.failNext('CreateSecret', new AwsError('ResourceExistsException', 'there'));
    await ensure(started, 'one').catch(() => undefined);
    await ensure(started, 'one');
    expect(await started.mirror.retire(10)).toBe(0);
  });

  it('looks over many pages, looks again by name, and does not mind what is gone by then', async () => {
    const started = start();
    const names = Array.from({ length: 120 }, (_, index) => `lambdalet/demo/pull/${index}`);
    await started.mirror.ensure(
      names.map((name) => ({ name, value: 'x' })),
      T0 + MINUTE,
    );
    await started.clock.advance(9 * DAY);
    const gone = new AwsError('ResourceNotFoundException', 'gone');
    started.model.failNext('DescribeSecret', gone);
    started.model.failNext('DeleteSecret', gone);
    expect(await started.mirror.retire(200)).toBe(119);
    expect(started.model.names()).toHaveLength(2);
  });

  it('says who may not', async () => {
    const started = start();
    started.model.failNext('ListSecrets', new AwsError('AccessDeniedException', 'no'));
    const failure = await failureOf(started.mirror.retire(1));
    expect(failure).toMatchObject({ kind: 'auth' });
    expect(failure.message).toContain('secretsmanager:ListSecrets');
  });
});
