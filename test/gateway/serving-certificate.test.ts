import { createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { makeKey, selfSign } from '../../lib/adapters/x509/make-certificate.ts';
import {
  keepCertificate,
  provisionalCertificate,
  type ServingCertificate,
} from '../../lib/gateway/serving-certificate.ts';
import type { CertificateRequests, RequestState } from '../../lib/ports/certificate-requests.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { NOW } from '../support/vocabulary.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const PENDING: RequestState = { kind: 'pending', isApproved: false };
const OF = {
  ...{ node: 'node-1', address: '10.0.1.7', signer: 'kubernetes.io/kubelet-serving' as const },
  approves: false,
} as const;

/** A cluster that answers each look at a request with the next of these, and then with the last: by default it issues nothing. */
function begin(
  states: readonly (RequestState | Error)[],
  change: { approves?: boolean; forbids?: boolean; atLast?: RequestState } = {},
) {
  let looks = 0;
  const clock = createManualClock(NOW);
  const telemetry = createMemoryTelemetry();
  const asked: string[] = [];
  const approved: string[] = [];
  const left = [...states];
  const requests: CertificateRequests = {
    ask: ({ csr }) => {
      asked.push(csr);
      return Promise.resolve(`csr-${asked.length}`);
    },
    look: () => {
      looks += 1;
      const state = left.shift() ?? change.atLast ?? PENDING;
      return state instanceof Error ? Promise.reject(state) : Promise.resolve(state);
    },
    approve: (name) => {
      approved.push(name);
      return Promise.resolve(change.forbids === true ? 'forbidden' : 'approved');
    },
  };
  const issued: ServingCertificate[] = [];
  const over = new AbortController();
  const deps = { requests, clock, telemetry, chance: () => 0 };
  const of = { ...OF, approves: change.approves ?? false };
  void keepCertificate(deps, of, (one) => void issued.push(one), over.signal);
  const told = (part: string) => telemetry.lines.filter(({ message }) => message.includes(part));
  return { clock, asked, approved, issued, told, over, looks: () => looks };
}

describe('the first certificate', () => {
  it('is of the own making, for the address of the gateway', () => {
    const { certificate, key } = provisionalCertificate(OF, NOW);
    const parsed = new X509Certificate(certificate);
    expect(parsed.subjectAltName).toBe('IP Address:10.0.1.7');
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(parsed.validFromDate.getTime()).toBe(NOW - DAY);
    expect(parsed.validToDate.getTime()).toBe(NOW + 365 * DAY);
  });
});

describe('a request that is not approved', () => {
  it('waits for an administrator, who is told once', async () => {
    const { clock, asked, told } = begin([]);
    await clock.advance(60 * MINUTE);
    expect(asked).toHaveLength(1);
    expect(told('waits for an administrator')).toHaveLength(1);
    expect(told('waits for an administrator')[0]?.fields).toMatchObject({
      wayOut: expect.stringContaining('kubectl certificate approve csr-1') as string,
    });
  });

  it('is approved by the gateway itself where it may', async () => {
    const { clock, approved, told } = begin([PENDING], { approves: true });
    await clock.advance(1);
    expect(approved).toEqual(['csr-1']);
    expect(told('waits for an administrator')).toEqual([]);
  });

  it('waits for an administrator where it may not', async () => {
    const { clock, told } = begin([], { approves: true, forbids: true });
    await clock.advance(10 * MINUTE);
    expect(told('waits for an administrator')).toHaveLength(1);
  });

  it.each<RequestState>([{ kind: 'gone' }, { kind: 'refused', why: 'Denied: NotMine' }])(
    'is made anew, later each time, when it is %j',
    async (state) => {
      const { clock, asked, told } = begin([state, state, state]);
      await clock.advance(1);
      expect(asked).toHaveLength(1);
      await clock.advance(MINUTE);
      expect(asked).toHaveLength(2);
      await clock.advance(MINUTE);
      expect(asked).toHaveLength(2);
      await clock.advance(MINUTE);
      expect(asked).toHaveLength(3);
      expect(told('No serving certificate was issued')).toHaveLength(3);
      expect(new Set(asked).size).toBe(3);
    },
  );

  it('is made anew a few times at first, and once a day at last, when it is denied each time', async () => {
    const { clock, asked, looks, over } = begin([], { atLast: { kind: 'refused', why: 'Denied: NotMine' } });
    await clock.advance(2 * DAY);
    expect(asked).toHaveLength(12);
    await clock.advance(10 * DAY);
    expect(asked).toHaveLength(22);
    expect(looks()).toBe(22);
    over.abort();
  });

  it('is looked at less often after a while, and is the only one for as long as it is there', async () => {
    const { clock, asked, looks, over } = begin([]);
    await clock.advance(10 * MINUTE);
    expect(looks()).toBe(61);
    await clock.advance(2 * DAY - 10 * MINUTE);
    expect(looks()).toBe(61 + 2 * 24 * 60 - 10);
    expect(asked).toHaveLength(1);
    over.abort();
  });

  it('is looked at again, not made anew, when the API server was away for a while', async () => {
    const away = new FailureError({ kind: 'transient', message: 'no answer' });
    const { clock, asked, looks, over } = begin([PENDING, away, away]);
    await clock.advance(MINUTE);
    expect(looks()).toBe(7);
    expect(asked).toHaveLength(1);
    over.abort();
  });

  it('is made anew after half an hour at most when it may not be looked at', async () => {
    const lost = new FailureError({ kind: 'auth', message: 'Forbidden' });
    const { clock, asked, over } = begin(Array.from({ length: 100 }, () => lost));
    await clock.advance(31 * MINUTE);
    expect(asked).toHaveLength(6);
    await clock.advance(60 * MINUTE);
    expect(asked).toHaveLength(8);
    over.abort();
  });

  it('is not followed once the gateway ends', async () => {
    const { clock, asked, over } = begin([]);
    await clock.advance(MINUTE);
    over.abort();
    await clock.advance(60 * MINUTE);
    expect(asked).toHaveLength(1);
    expect(clock.sleepers).toBe(0);
  });
});

describe('a certificate for another key', () => {
  it('is not served', async () => {
    const { certificate } = provisionalCertificate(OF, NOW);
    const { clock, issued, told } = begin([{ kind: 'issued', certificate }]);
    await clock.advance(1);
    expect(issued).toEqual([]);
    expect(told('No serving certificate was issued')).toHaveLength(1);
  });
});

describe('a certificate that was issued', () => {
  it('is renewed with a new key at two thirds of its life', async () => {
    const clock = createManualClock(NOW);
    const issued: ServingCertificate[] = [];
    const over = new AbortController();
    const requests: CertificateRequests = {
      ask: ({ csr }) => Promise.resolve(csr),
      look: (csr) => Promise.resolve({ kind: 'issued', certificate: signOnce(csr, clock.now()) }),
      approve: () => Promise.resolve('approved'),
    };
    const deps = { requests, clock, telemetry: createMemoryTelemetry(), chance: () => 0 };
    void keepCertificate(deps, OF, (one) => void issued.push(one), over.signal);
    await clock.advance(1);
    expect(issued).toHaveLength(1);
    await clock.advance(20 * DAY - MINUTE);
    expect(issued).toHaveLength(1);
    await clock.advance(MINUTE);
    expect(issued).toHaveLength(2);
    expect(issued[1]!.key).not.toBe(issued[0]!.key);
    over.abort();
  });
});

/** What every public key of ECDSA on P-256 begins with. */
const KEY_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/** A certificate of thirty days for the key of a request, by a signer that nobody knows. */
function signOnce(csr: string, now: number): string {
  const request = Buffer.from(csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const start = request.indexOf(KEY_HEAD);
  const spki = request.subarray(start, start + 91);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const key = { privateKey: makeKey().privateKey, publicKey };
  const validity = { from: new Date(now), until: new Date(now + 30 * DAY) };
  return selfSign({ commonName: 'system:node:node-1', hosts: ['10.0.1.7'] }, key, validity);
}
