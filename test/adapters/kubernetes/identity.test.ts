import { describe, expect, it } from 'vitest';
import { type Access, cacheAccess } from '../../../lib/adapters/kubernetes/identity.ts';
import { FailureError, type FailureKind } from '../../../lib/core/failure.ts';
import type { Fields } from '../../../lib/ports/telemetry.ts';

const MAX_AGE = 300_000;

/** An identity whose loads are counted, can be failed, and whose clock stands until it is moved. */
function createCounted() {
  const state = { now: 0, loads: 0, fails: undefined as FailureKind | undefined };
  const warnings: { readonly message: string; readonly fields: Fields | undefined }[] = [];
  const load = (): Promise<Access> => {
    state.loads += 1;
    if (state.fails) return Promise.reject(new FailureError({ kind: state.fails, message: 'no' }));
    return Promise.resolve({
      endpoint: { url: 'https://a', ca: 'pem' },
      headers: { authorization: `Bearer ${state.loads}` },
    });
  };
  const telemetry = {
    warn: (message: string, fields?: Fields) => void warnings.push({ message, fields }),
  };
  return {
    state,
    warnings,
    identity: cacheAccess(load, MAX_AGE, { clock: { now: () => state.now }, telemetry }),
  };
}

describe('cached access', () => {
  it('is loaded once while it is young, however many ask at the same time', async () => {
    const { state, identity } = createCounted();
    await Promise.all([identity.current(), identity.current()]);
    state.now = MAX_AGE - 1;
    await identity.current();
    expect(state.loads).toBe(1);
  });

  it('is loaded again when it is old, and keeps the object of an equal endpoint', async () => {
    const { state, identity } = createCounted();
    const first = await identity.current();
    state.now = MAX_AGE;
    const second = await identity.current();
    expect(second.headers).toEqual({ authorization: 'Bearer 2' });
    expect(second.endpoint).toBe(first.endpoint);
  });

  it('is renewed once for all whom the server refused', async () => {
    const { state, identity } = createCounted();
    const refused = await identity.current();
    const [one, two] = await Promise.all([identity.renewed(refused), identity.renewed(refused)]);
    expect(await identity.renewed(refused)).toBe(one);
    expect(two).toBe(one);
    expect(state.loads).toBe(2);
  });

  it.each(['throttled', 'transient', 'auth'] as const)(
    'stays in use while a new one cannot be had (%s), and that is said',
    async (kind) => {
      const { state, warnings, identity } = createCounted();
      await identity.current();
      Object.assign(state, { now: MAX_AGE, fails: kind });
      const both = await Promise.all([identity.current(), identity.current()]);
      expect(both.map(({ headers }) => headers)).toEqual([
        { authorization: 'Bearer 1' },
        { authorization: 'Bearer 1' },
      ]);
      await identity.current();
      expect(state.loads).toBe(2);
      expect(warnings).toEqual([
        {
          message: expect.stringContaining('the last one stays in use') as string,
          fields: { failure: { kind, message: 'no' } },
        },
      ]);
      Object.assign(state, { now: MAX_AGE + 30_000, fails: undefined });
      expect((await identity.current()).headers).toEqual({ authorization: 'Bearer 3' });
    },
  );

  it('that the server refuses is told as lost when no other can be had', async () => {
    const { state, identity } = createCounted();
    const refused = await identity.current();
    state.fails = 'auth';
    await expect(identity.renewed(refused)).rejects.toThrow('no');
  });

  it('does not remember a failure', async () => {
    const { state, identity } = createCounted();
    state.fails = 'transient';
    await expect(identity.current()).rejects.toThrow('no');
    state.fails = undefined;
    expect((await identity.current()).headers).toEqual({ authorization: 'Bearer 2' });
  });

  it('gives way to one that is adopted, for as long as a loaded one', async () => {
    const { state, identity } = createCounted();
    const { endpoint } = await identity.current();
    state.now = MAX_AGE - 1;
    identity.adopt({ endpoint: { url: 'https://a', ca: 'pem' }, headers: { authorization: 'Bearer new' } });
    state.now += MAX_AGE - 1;
    const access = await identity.current();
    expect(access.headers).toEqual({ authorization: 'Bearer new' });
    expect(access.endpoint).toBe(endpoint);
    expect(state.loads).toBe(1);
  });
});
