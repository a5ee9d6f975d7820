import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyOutcome,
  askedFrom,
  isAlive,
  isReady,
  isStarted,
  outcomeOfHealth,
  verdictOf,
  type ProbeOutcome,
} from '../../lib/core/judge-probe.ts';
import { PROBE_KINDS, type ProbePlan } from '../../lib/core/plan-probes.ts';
import type { ContainerProbes } from '../../lib/core/record.ts';
import { NOW, SECOND } from '../support/vocabulary.ts';

const aPlan = (words: Partial<ProbePlan> = {}): ProbePlan => ({
  container: 'main',
  sidecar: false,
  kind: 'readiness',
  handler: { kind: 'tcp', port: 1 },
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
  ...words,
});
const success: ProbeOutcome = { kind: 'success' };
const failure: ProbeOutcome = { kind: 'failure', message: 'no' };
const error: ProbeOutcome = { kind: 'error', message: 'oops' };
const after = (plan: ProbePlan, outcomes: readonly ProbeOutcome[], from: ContainerProbes = {}) =>
  outcomes.reduce<ContainerProbes>(
    (probes, outcome, at) => applyOutcome(probes, plan, outcome, NOW + at),
    from,
  );

describe('the results of a probe', () => {
  it('turn readiness with the first success, and back with the third failure in a row', () => {
    const plan = aPlan();
    expect(after(plan, [success]).readiness).toEqual({ ok: true, against: 0, at: NOW });
    expect(after(plan, [success, failure, failure]).readiness).toEqual({
      ok: true,
      against: 2,
      at: NOW + 2,
      message: 'no',
    });
    expect(after(plan, [success, failure, failure, failure]).readiness).toMatchObject({ ok: false });
    expect(after(plan, [success, failure, failure, success, failure]).readiness).toMatchObject({
      ok: true,
      against: 1,
    });
  });

  it('demand as many successes in a row as readiness asks, and keep the words of the failure until then', () => {
    const plan = aPlan({ successThreshold: 3 });
    expect(after(plan, [failure, success, success]).readiness).toEqual({
      ok: false,
      against: 2,
      at: NOW + 2,
      message: 'no',
    });
    expect(after(plan, [success, success]).readiness).toEqual({ ok: false, against: 2, at: NOW + 1 });
    expect(after(plan, [success, success, success]).readiness).toMatchObject({ ok: true });
  });

  it('say that a container is alive until it has failed often enough', () => {
    const plan = aPlan({ kind: 'liveness' });
    expect(isAlive(after(plan, [failure, failure]))).toBe(true);
    expect(isAlive(after(plan, [failure, failure, failure]))).toBe(false);
  });

  it('call a container dead whose startup probe failed for good', () => {
    const plan = aPlan({ kind: 'startup', failureThreshold: 2 });
    expect(after(plan, [failure])).toEqual({
      startup: { ok: false, against: 1, at: NOW, message: 'no' },
    });
    const dead = after(plan, [failure, failure]);
    expect(dead).toEqual({
      startup: { ok: false, against: 2, at: NOW + 1, message: 'no' },
      liveness: { ok: false, against: 0, at: NOW + 1, message: 'no' },
    });
    expect(verdictOf(plan, dead.startup)).toBe('failure');
  });

  it('are not changed by an error', () => {
    const before = after(aPlan(), [success, failure]);
    expect(applyOutcome(before, aPlan(), error, NOW)).toBe(before);
    expect(applyOutcome({}, aPlan(), error, NOW)).toEqual({});
  });

  it('keep no more than 256 bytes of words', () => {
    const long: ProbeOutcome = { kind: 'failure', message: 'x'.repeat(1000) };
    expect(after(aPlan(), [long]).readiness?.message?.length).toBeLessThanOrEqual(256);
  });
});

/** The kubelet's worker, told plainly: the last result and how often it came in a row, and a cache of verdicts. */
function kubelet(plan: ProbePlan, outcomes: readonly ProbeOutcome[]): string {
  let verdict = { startup: 'unknown', readiness: 'failure', liveness: 'success' }[plan.kind];
  let last: string | undefined;
  let run = 0;
  let onHold = false;
  for (const { kind } of outcomes) {
    if (kind === 'error' || onHold) continue;
    if (plan.kind === 'startup' && verdict === 'success') continue;
    run = kind === last ? run + 1 : 1;
    last = kind;
    if (run < (kind === 'failure' ? plan.failureThreshold : plan.successThreshold)) continue;
    verdict = kind;
    onHold = plan.kind !== 'readiness' && kind === 'failure';
  }
  return verdict;
}

describe('the verdict after any outcomes', () => {
  it("is the kubelet's", () => {
    const anOutcome = fc.constantFrom(success, failure, error);
    const threshold = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(
        fc.constantFrom(...PROBE_KINDS),
        threshold,
        threshold,
        fc.array(anOutcome, { maxLength: 30 }),
        (kind, failureThreshold, successes, outcomes) => {
          const plan = aPlan({
            kind,
            failureThreshold,
            successThreshold: kind === 'readiness' ? successes : 1,
          });
          const state = { running: true, startedAt: NOW, ending: false };
          let probes: ContainerProbes = {};
          for (const outcome of outcomes)
            if (askedFrom(plan, { probes, plans: [plan] }, state) !== undefined)
              probes = applyOutcome(probes, plan, outcome, NOW);
          expect(verdictOf(plan, probes[kind])).toBe(kubelet(plan, outcomes));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a container', () => {
  const startup = aPlan({ kind: 'startup' });
  const readiness = aPlan();
  const liveness = aPlan({ kind: 'liveness', initialDelaySeconds: 7 });
  const plans = [startup, readiness, liveness];
  const running = { running: true, startedAt: NOW, ending: false };
  const asked = (probes: ContainerProbes, state = running) =>
    plans.filter((plan) => askedFrom(plan, { probes, plans }, state) !== undefined).map(({ kind }) => kind);
  const started = after(startup, [success]);

  it('without probes is started, ready and alive as soon as it runs', () => {
    expect([isStarted({}, []), isReady({}, []), isAlive({})]).toEqual([true, true, true]);
  });

  it('is not ready before it has started, whatever its readiness probe says', () => {
    expect(isReady(after(readiness, [success]), plans)).toBe(false);
    expect(isReady(after(readiness, [success], started), plans)).toBe(true);
    expect(isReady(started, plans)).toBe(false);
    expect(isReady(started, [startup])).toBe(true);
  });

  it('is asked for its start first, then for the rest', () => {
    expect(asked({})).toEqual(['startup']);
    expect(asked(started)).toEqual(['readiness', 'liveness']);
  });

  it('is asked nothing more when it failed to start', () => {
    expect(asked(after(startup, [failure, failure, failure]))).toEqual([]);
  });

  it('is asked for its readiness only once it is dead', () => {
    expect(asked(after(liveness, [failure, failure, failure], started))).toEqual(['readiness']);
  });

  it('is asked for its readiness only while it is being stopped', () => {
    expect(asked(started, { ...running, ending: true })).toEqual(['readiness']);
    expect(asked({}, { ...running, ending: true })).toEqual([]);
  });

  it('is asked nothing when it does not run', () => {
    expect(asked(started, { ...running, running: false })).toEqual([]);
  });

  it('is left alone for the initial delay', () => {
    expect(askedFrom(liveness, { probes: started, plans }, running)).toBe(NOW + 7 * SECOND);
  });
});

describe('the health of a container', () => {
  const slow = aPlan({ kind: 'startup', handler: { kind: 'health', failsAfterSeconds: 60 } });
  const never = aPlan({ kind: 'startup', handler: { kind: 'health', failsAfterSeconds: undefined } });

  it.each([
    { plan: slow, health: 'healthy', up: 1, is: 'success' },
    { plan: slow, health: 'unhealthy', up: 59, is: undefined },
    { plan: slow, health: 'unhealthy', up: 60, is: 'failure' },
    { plan: slow, health: 'unknown', up: 60, is: undefined },
    { plan: slow, health: undefined, up: 60, is: undefined },
    { plan: never, health: 'unhealthy', up: 6000, is: undefined },
    { plan: never, health: 'healthy', up: 6000, is: 'success' },
    { plan: aPlan(), health: 'healthy', up: 60, is: undefined },
  ] as const)('$health after $up s is $is', ({ plan, health, up, is }) => {
    expect(outcomeOfHealth(plan, health, up * SECOND)?.kind).toBe(is);
  });
});
