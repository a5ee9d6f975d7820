import { describe, expect, it } from 'vitest';
import type { HttpRequest, Transport } from '../../../lib/adapters/kubernetes/send-request.ts';
import { tokenIdentity } from '../../../lib/adapters/kubernetes/token-identity.ts';
import { FailureError, type Failure } from '../../../lib/core/failure.ts';
import type { Fields } from '../../../lib/ports/telemetry.ts';
import { aToken, CANARY } from './a-token.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LOST: Failure = { kind: 'auth', code: 'ResourceNotFoundException', message: 'The secret is gone' };

function tokenFrom(from: number, lifeMs: number): string {
  return aToken({ iat: from / 1000, exp: (from + lifeMs) / 1000 });
}

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Fields;
}

/** A cluster that gives tokens of a day (or less), a secret in a store, and one function with an identity. */
function aCluster(first: string) {
  const state = {
    now: NOON,
    stored: JSON.stringify({
      server: 'https://api',
      serviceAccount: 'lambdalet/lambdalet-prod',
      token: first,
    }),
    givenMs: DAY,
    /** Set: given instead of a good token. */
    given: undefined as string | undefined,
    reads: 0,
    writes: 0,
    /** Set: the next such call fails with it. */
    readFails: undefined as Failure | undefined,
    writeFails: undefined as Failure | undefined,
    mintStatus: 201,
  };
  const requests: (HttpRequest & { readonly token: string })[] = [];
  const lines: Line[] = [];
  const transport: Transport = {
    send: (access, request) => {
      requests.push({ ...request, token: String(access.headers['authorization']) });
      const status = {
        token: state.given ?? tokenFrom(state.now, state.givenMs),
        expirationTimestamp: new Date(state.now + state.givenMs).toISOString(),
      };
      const body = state.mintStatus < 300 ? { status } : { message: 'User cannot create' };
      return Promise.resolve({
        ...{ status: state.mintStatus, contentType: 'application/json', retryAfter: undefined },
        body: JSON.stringify(body),
      });
    },
    open: () => Promise.reject(new Error('nobody watches')),
  };
  const store = {
    read: () => {
      state.reads += 1;
      return state.readFails === undefined
        ? Promise.resolve(state.stored)
        : Promise.reject(new FailureError(state.readFails));
    },
    write: (text: string) => {
      state.writes += 1;
      if (state.writeFails !== undefined) return Promise.reject(new FailureError(state.writeFails));
      state.stored = text;
      return Promise.resolve();
    },
  };
  const say =
    (level: string) =>
    (message: string, fields: Fields = {}): void =>
      void lines.push({ level, message, fields });
  const telemetry = {
    ...{ info: say('info'), warn: say('warn'), count: () => undefined },
    trouble: (kind: string, message: string, fields?: Fields) => say(`trouble ${kind}`)(message, fields),
  };
  const clock = { now: () => state.now, sleep: () => Promise.resolve() };
  const newFunction = () => tokenIdentity(store, { clock, telemetry, transport });
  return { state, requests, lines, newFunction, identity: newFunction() };
}

describe('a service account token', () => {
  it('costs nothing but a look at the secret each five minutes while it is young', async () => {
    const { state, requests, identity } = aCluster(tokenFrom(NOON, DAY));
    for (; state.now < NOON + 12 * HOUR; state.now += 12_000) await identity.renewIfDue();
    expect(requests).toEqual([]);
    expect(state.writes).toBe(0);
    expect(state.reads).toBe((12 * HOUR) / (5 * MINUTE));
  });

  it('gets its successor at half of its life, which it asks for itself', async () => {
    const { state, requests, lines, identity } = aCluster(tokenFrom(NOON, DAY));
    await identity.current();
    state.now = NOON + 12 * HOUR;
    await identity.renewIfDue();
    expect(requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/namespaces/lambdalet/serviceaccounts/lambdalet-prod/token',
        token: `Bearer ${tokenFrom(NOON, DAY)}`,
      },
    ]);
    expect(JSON.parse(requests[0]!.body!)).toMatchObject({
      kind: 'TokenRequest',
      spec: { expirationSeconds: 86_400 },
    });
    const next = tokenFrom(state.now, DAY);
    expect(JSON.parse(state.stored)).toEqual({
      server: 'https://api',
      serviceAccount: 'lambdalet/lambdalet-prod',
      token: next,
      issuedAt: '2026-11-23T00:00:00.000Z',
      expiresAt: '2026-11-24T00:00:00.000Z',
    });
    expect((await identity.current()).headers).toEqual({ authorization: `Bearer ${next}` });
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'The service account token was renewed',
        fields: {
          serviceAccount: 'lambdalet/lambdalet-prod',
          expiresAt: '2026-11-24T00:00:00.000Z',
          lifeMinutes: 1440,
        },
      },
    ]);
  });

  it('is renewed at half of the life that the server gave, not of the one that was asked for', async () => {
    const { state, requests, identity } = aCluster(tokenFrom(NOON, HOUR));
    state.givenMs = HOUR;
    for (; state.now <= NOON + 3 * HOUR; state.now += 12_000) await identity.renewIfDue();
    expect(requests).toHaveLength(6);
  });

  it('without an end is replaced at once', async () => {
    const { state, requests, identity } = aCluster(aToken({}));
    await identity.renewIfDue();
    await identity.renewIfDue();
    expect(requests).toHaveLength(1);
    expect(JSON.parse(state.stored)).toMatchObject({ token: tokenFrom(NOON, DAY) });
  });

  it('that another function has just renewed is taken up, not renewed again', async () => {
    const { state, requests, newFunction } = aCluster(tokenFrom(NOON, DAY));
    const [one, other] = [newFunction(), newFunction()];
    await Promise.all([one.current(), other.current()]);
    state.now = NOON + 12 * HOUR;
    await one.renewIfDue();
    await other.renewIfDue();
    expect(requests).toHaveLength(1);
    expect((await other.current()).headers).toEqual({
      authorization: `Bearer ${tokenFrom(state.now, DAY)}`,
    });
  });

  it('that several functions renew at the same time ends as one of theirs, and each goes on', async () => {
    const { state, requests, newFunction } = aCluster(tokenFrom(NOON, DAY));
    const functions = [newFunction(), newFunction(), newFunction()];
    await Promise.all(functions.map((one) => one.current()));
    state.now = NOON + 12 * HOUR;
    await Promise.all(functions.map((one) => one.renewIfDue()));
    expect(requests.length).toBeGreaterThan(1);
    const { token } = JSON.parse(state.stored) as { token: string };
    for (const one of functions)
      expect((await one.current()).headers).toEqual({ authorization: `Bearer ${token}` });
    await Promise.all(functions.map((one) => one.renewIfDue()));
    expect(state.writes).toBe(requests.length);
  });

  it('that a person replaced meanwhile is not written over with the successor of the old one', async () => {
    const { state, requests, identity } = aCluster(tokenFrom(NOON, DAY));
    state.now = NOON + 12 * HOUR - 1;
    await identity.current();
    const byHand = JSON.stringify({
      server: 'https://new-api',
      serviceAccount: 'lambdalet/lambdalet-prod',
      token: tokenFrom(state.now, DAY),
    });
    Object.assign(state, { stored: byHand, now: NOON + 12 * HOUR });
    await identity.renewIfDue();
    expect(requests).toEqual([]);
    expect(state.stored).toBe(byHand);
    expect((await identity.current()).endpoint.url).toBe('https://new-api');
  });

  it('whose renewal fails is asked for again a minute later, long before it ends', async () => {
    const { state, requests, lines, identity } = aCluster(tokenFrom(NOON, DAY));
    Object.assign(state, { now: NOON + 12 * HOUR, mintStatus: 403 });
    for (let beat = 0; beat < 10; beat += 1, state.now += 12_000) await identity.renewIfDue();
    expect(requests).toHaveLength(2);
    expect(lines).toMatchObject(
      Array.from({ length: 2 }, () => ({
        level: 'warn',
        message: 'The service account token was not renewed and is asked for again',
        fields: {
          failure: { kind: 'auth', code: '403' },
          serviceAccount: 'lambdalet/lambdalet-prod',
          expiresAt: '2026-11-23T12:00:00.000Z',
        },
      })),
    );
    state.mintStatus = 201;
    await identity.renewIfDue();
    expect((await identity.current()).headers).toEqual({
      authorization: `Bearer ${tokenFrom(state.now, DAY)}`,
    });
  });

  it('that cannot be stored stays in use, and its successor is not', async () => {
    const { state, lines, identity } = aCluster(tokenFrom(NOON, DAY));
    const writeFails: Failure = { kind: 'transient', code: 'InternalServiceError', message: 'later' };
    Object.assign(state, { now: NOON + 12 * HOUR, writeFails });
    await identity.renewIfDue();
    expect((await identity.current()).headers).toEqual({ authorization: `Bearer ${tokenFrom(NOON, DAY)}` });
    expect(lines).toMatchObject([{ level: 'warn', fields: { failure: writeFails } }]);
  });

  it('is kept when its successor is nothing that could be used', async () => {
    const { state, lines, identity } = aCluster(tokenFrom(NOON, DAY));
    state.now = NOON + 12 * HOUR;
    state.given = 'two words';
    await identity.renewIfDue();
    expect(state.writes).toBe(0);
    expect(lines).toMatchObject([{ level: 'warn', fields: { failure: { code: 'TokenSecretRefused' } } }]);
  });

  it('needs a person when nothing has helped for half of the time that was left', async () => {
    const { state, lines, identity } = aCluster(tokenFrom(NOON, DAY));
    Object.assign(state, { now: NOON + 18 * HOUR, mintStatus: 503 });
    await identity.renewIfDue();
    expect(lines.at(-1)).toMatchObject({
      level: 'trouble auth',
      fields: { failure: { kind: 'transient' }, wayOut: expect.stringContaining('identity.md') as string },
    });
  });

  it('is read again at once when the server refuses it', async () => {
    const { state, identity } = aCluster(tokenFrom(NOON, DAY));
    const refused = await identity.current();
    const rotated = tokenFrom(NOON + MINUTE, DAY);
    state.stored = state.stored.replace(tokenFrom(NOON, DAY), rotated);
    expect((await identity.renewed(refused)).headers).toEqual({ authorization: `Bearer ${rotated}` });
    expect(state.reads).toBe(2);
  });

  it('stays in use when its secret is lost, and that is said', async () => {
    const { state, lines, identity } = aCluster(tokenFrom(NOON, DAY));
    await identity.current();
    Object.assign(state, { now: NOON + HOUR, readFails: LOST });
    expect((await identity.current()).headers).toEqual({ authorization: `Bearer ${tokenFrom(NOON, DAY)}` });
    expect(lines).toMatchObject([
      { message: expect.stringContaining('stays in use') as string, fields: { failure: LOST } },
    ]);
  });

  it('is not renewed into a secret that is lost', async () => {
    const { state, requests, identity } = aCluster(tokenFrom(NOON, DAY));
    await identity.current();
    Object.assign(state, { now: NOON + 13 * HOUR, readFails: LOST });
    await identity.renewIfDue();
    expect(requests).toEqual([]);
  });

  it('is in no line of the log', async () => {
    const { state, lines, identity } = aCluster(tokenFrom(NOON, HOUR));
    for (const mintStatus of [201, 403, 500]) {
      Object.assign(state, { now: state.now + DAY, mintStatus });
      await identity.renewIfDue();
    }
    expect(lines.filter(({ message }) => message.includes('renewed'))).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain(CANARY);
  });
});
