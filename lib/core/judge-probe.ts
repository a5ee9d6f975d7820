import type { Instant } from './kubernetes.ts';
import type { ProbeKind, ProbePlan } from './plan-probes.ts';
import type { ContainerProbes, ProbeResult } from './record.ts';
import { cutText } from './text.ts';
import { withoutUndefined } from './without-undefined.ts';

/** What one probe came to. An error (it could not be asked) counts neither as success nor as failure, as with the kubelet. */
export type ProbeOutcome =
  | {
      readonly kind: 'success';
      /** What a user should read although it succeeded. */
      readonly warning?: string;
    }
  | { readonly kind: 'failure'; readonly message: string }
  | { readonly kind: 'error'; readonly message: string };

/** What a probe's results mean so far. Only a startup probe knows `unknown`: it has neither succeeded nor failed for good. */
export type ProbeVerdict = 'unknown' | 'success' | 'failure';

/** What is known of a container that has probes. */
export interface ProbedState {
  readonly running: boolean;
  /** Since when it runs. */
  readonly startedAt: Instant;
  /** It is being stopped: whether it is alive is of no interest any more. */
  readonly ending: boolean;
}

/** Before its first result a container is not ready, and alive (the kubelet's initial values). */
function initialOk(kind: ProbeKind): boolean {
  return kind === 'liveness';
}

/**
 * The result after one more outcome. For readiness and liveness `against` counts outcomes in a row that differ from the verdict,
 * which turns at the threshold; of a startup probe that has not succeeded it counts the failures in a row.
 */
function applyResult(
  before: ProbeResult | undefined,
  plan: Pick<ProbePlan, 'kind' | 'successThreshold' | 'failureThreshold'>,
  outcome: Exclude<ProbeOutcome, { kind: 'error' }>,
  now: Instant,
): ProbeResult {
  const ok = before?.ok ?? initialOk(plan.kind);
  const run = (before?.against ?? 0) + 1;
  if (outcome.kind === 'failure') {
    const words = { at: now, message: cutText(outcome.message) };
    if (plan.kind === 'startup' && !ok)
      return { ok, against: Math.min(run, plan.failureThreshold), ...words };
    if (!ok || run >= plan.failureThreshold) return { ok: false, against: 0, ...words };
    return { ok, against: run, ...words };
  }
  if (ok || plan.kind === 'startup' || run >= plan.successThreshold) return { ok: true, against: 0, at: now };
  return withoutUndefined({ ok, against: run, at: now, message: before?.message });
}

/** What the results of one probe mean. */
export function verdictOf(
  { kind, failureThreshold }: Pick<ProbePlan, 'kind' | 'failureThreshold'>,
  result: ProbeResult | undefined,
): ProbeVerdict {
  const ok = result?.ok ?? initialOk(kind);
  if (ok) return 'success';
  if (kind !== 'startup') return 'failure';
  return (result?.against ?? 0) >= failureThreshold ? 'failure' : 'unknown';
}

/**
 * A container's results after one more outcome of one of its probes. A startup probe that fails for good says so as liveness too:
 * for whoever reads the results the container is dead, and that needs no knowledge of thresholds.
 */
export function applyOutcome(
  probes: ContainerProbes,
  plan: ProbePlan,
  outcome: ProbeOutcome,
  now: Instant,
): ContainerProbes {
  if (outcome.kind === 'error') return probes;
  const result = applyResult(probes[plan.kind], plan, outcome, now);
  const next = { ...probes, [plan.kind]: result };
  if (plan.kind !== 'startup' || verdictOf(plan, result) !== 'failure') return next;
  return { ...next, liveness: { ...result, ok: false, against: 0 } };
}

/** Whether a running container has started: its startup probe, if it has one that is run, has succeeded once. */
export function isStarted(probes: ContainerProbes, plans: readonly ProbePlan[]): boolean {
  const plan = plans.find(({ kind }) => kind === 'startup');
  return plan === undefined || verdictOf(plan, probes.startup) === 'success';
}

/** Whether a running container is ready: it has started, and its readiness probe, if it has one that is run, is content. */
export function isReady(probes: ContainerProbes, plans: readonly ProbePlan[]): boolean {
  const plan = plans.find(({ kind }) => kind === 'readiness');
  return isStarted(probes, plans) && (plan === undefined || verdictOf(plan, probes.readiness) === 'success');
}

/** Whether a running container may go on: neither its liveness nor its startup probe has failed for good. */
export function isAlive(probes: ContainerProbes): boolean {
  return probes.liveness?.ok !== false;
}

/**
 * From when on a probe is asked, as things are; `undefined`: not before something changes. A startup probe goes before the others
 * and ends with its verdict; a liveness probe that failed is over for this run of the container; nothing is asked of a container
 * that does not run, and whether one is alive no more once it is being stopped.
 * @param plans those of the same container
 */
export function askedFrom(
  plan: ProbePlan,
  { probes, plans }: { readonly probes: ContainerProbes; readonly plans: readonly ProbePlan[] },
  { running, startedAt, ending }: ProbedState,
): Instant | undefined {
  if (!running || (ending && plan.kind !== 'readiness')) return undefined;
  if (!isWanted(plan, probes, plans)) return undefined;
  return startedAt + plan.initialDelaySeconds * 1000;
}

function isWanted(plan: ProbePlan, probes: ContainerProbes, plans: readonly ProbePlan[]): boolean {
  switch (plan.kind) {
    case 'startup':
      return verdictOf(plan, probes.startup) === 'unknown';
    case 'readiness':
      return isStarted(probes, plans);
    case 'liveness':
      return isStarted(probes, plans) && isAlive(probes);
  }
}

/** The outcome that the health of a container is to its probe; `undefined`: nothing is known yet. */
export function outcomeOfHealth(
  { handler, kind }: ProbePlan,
  health: 'healthy' | 'unhealthy' | 'unknown' | undefined,
  upMs: number,
): ProbeOutcome | undefined {
  if (handler.kind !== 'health' || health === undefined || health === 'unknown') return undefined;
  if (health === 'healthy') return { kind: 'success' };
  const { failsAfterSeconds } = handler;
  // A readiness probe is not ready either way; of a start or a life nothing is said before its time.
  if (failsAfterSeconds === undefined || upMs < failsAfterSeconds * 1000) return undefined;
  return { kind: 'failure', message: `the container's health check (${kind}) reports UNHEALTHY` };
}
