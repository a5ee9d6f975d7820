import { describe, expect, it } from 'vitest';
import { type Access, cacheAccess } from '../../../lib/adapters/kubernetes/identity.ts';
import { FailureError, type FailureKind } from '../../../lib/core/failure.ts';

const MAX_AGE = 300_000;

/** An identity whose loads are counted, can be failed, and whose clock stands until it is moved. */
function createCounted() {
  const state = { now: 0, loads: 0, fails: undefined as FailureKind | undefined };
  const load = (): Promise<Access> => {
    state.loads += 1;
    if (state.fails) return Promise.reject(new FailureError({ kind: state.fails, message: 'no' }));
    return Promise.resolve({
      endpoint: { url: 'https://a', ca: 'pem' },
      headers: { authorization: `Bearer ${state.loads}` },
    });
  };
  return { state, identity: cacheAccess(load, MAX_AGE, { now: () => state.now }) };
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

  it('stays in use while a new one cannot be had for a passing reason', async () => {
    const { state, identity } = createCounted();
    await identity.current();
    Object.assign(state, { now: MAX_AGE, fails: 'throttled' });
    expect((await identity.current()).headers).toEqual({ authorization: 'Bearer 1' });
    await identity.current();
    expect(state.loads).toBe(2);
    Object.assign(state, { now: MAX_AGE + 30_000, fails: undefined });
    expect((await identity.current()).headers).toEqual({ authorization: 'Bearer 3' });
  });

  it('does not stay in use when the new one is refused for good', async () => {
    const { state, identity } = createCounted();
    await identity.current();
    Object.assign(state, { now: MAX_AGE, fails: 'auth' });
    await expect(identity.current()).rejects.toThrow('no');
  });

  it('does not remember a failure', async () => {
    const { state, identity } = createCounted();
    state.fails = 'transient';
    await expect(identity.current()).rejects.toThrow('no');
    state.fails = undefined;
    expect((await identity.current()).headers).toEqual({ authorization: 'Bearer 2' });
  });
});
