import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Court } from './court.ts';
import type { Sandbox } from './sandbox.ts';
import type { GatedCall } from './strikes.ts';

/** The largest of what a run is about, in milliseconds. */
export interface Gauges {
  /** From one renewal of a lease to the next. */
  oldestLease: number;
  /** From the creation of a pod that is bound at once to its first task. */
  longestLaunch: number;
  /** From a deployment until its code holds the watch. */
  longestTakeOver: number;
}

/** What is seen of the slot and of the leases, and judged. */
export interface HandOverJudge {
  readonly gauges: Gauges;
  onDeploy(deployId: string): void;
  onCall(call: GatedCall, sandbox: Sandbox): void;
  onAnswer(call: GatedCall, sandbox: Sandbox, answer: unknown): void;
  onStrike(sandbox: Sandbox): void;
  onNewTask(uid: string | undefined): void;
  /** Looks at what should have happened by now. */
  look(): void;
}

/** What the judge sees with. */
export interface HandOverOptions {
  readonly court: Court;
  /** Whether nothing but deployments and struck invocations of pod-sync is wrong, so that nothing else excuses a delay. */
  readonly isStrict: boolean;
  /** Nothing is triggered before that. */
  readonly noTriggersUntil: () => Instant;
  /** When clocks last jumped forward: the answers that were on their way then come late by their own clock. */
  readonly jumpedAt: () => Instant;
}

const SECOND = 1000;
/** The grace of the node lifecycle controller. */
const LEASE_MS = 40 * SECOND;
/** Until a holder whose slot is taken has stopped: a renewal, its answer, and the fold that was under way, its calls slow. */
const LET_GO_MS = 60 * SECOND;
/** Until new code holds the watch: a beat, and one more whose invocation lost a race. */
const TAKE_UP_MS = 40 * SECOND;
/** Until a pod is launched whatever died: a dead slot (30 s), a beat, the claim of a dead sender (60 s), a look (15 s), slow calls. */
const LAUNCH_MS = 135 * SECOND;
/** Changes that an invocation without the slot must not go on making. */
const CHANGES = /^(records\.write|pods\.(patchStatus|remove)|ecs\.(RunTask|StopTask))$/;

/** A judge who has seen nothing. */
export function createHandOverJudge({
  court,
  isStrict,
  noTriggersUntil,
  jumpedAt,
}: HandOverOptions): HandOverJudge {
  const gauges: Gauges = { oldestLease: 0, longestLaunch: 0, longestTakeOver: 0 };
  const renewed = new Map<string, Instant>();
  /** Since when invocations that held the slot do no longer. */
  const lostSince = new Map<Sandbox, Instant>();
  let holder: Sandbox | undefined;
  let struckAt: Instant = 0;
  let deployed: { readonly id: string; readonly at: Instant; isHeld: boolean } | undefined;

  const onTake = (sandbox: Sandbox): void => {
    if (holder !== undefined && holder !== sandbox) lostSince.set(holder, court.now());
    lostSince.delete(sandbox);
    holder = sandbox;
    if (deployed === undefined || deployed.isHeld || sandbox.deployId !== deployed.id) return;
    deployed.isHeld = true;
    gauges.longestTakeOver = Math.max(gauges.longestTakeOver, court.now() - deployed.at);
  };
  const onRenewal = (node: string): void => {
    judgeLease(node);
    renewed.set(node, court.now());
  };
  const judgeLease = (node: string): void => {
    const before = renewed.get(node);
    if (before === undefined) return;
    const age = court.now() - before;
    gauges.oldestLease = Math.max(gauges.oldestLease, age);
    if (isStrict && !court.isClosing() && age > LEASE_MS)
      court.accuse('a lease grew too old', `the lease of ${node} was not renewed for ${age / SECOND} s`);
  };
  const judgeLaunches = (): void => {
    for (const { uid, pod, label, goneAt } of court.files.all()) {
      const { metadata, status, spec } = pod;
      const isOver = goneAt !== undefined || metadata.deletionTimestamp !== undefined;
      if (isOver || /Failed|Succeeded/.test(status?.phase ?? '') || spec.hostNetwork === true) continue;
      if (court.tasks.of(uid).length > 0) continue;
      const since = Math.max(Date.parse(metadata.creationTimestamp ?? ''), struckAt, noTriggersUntil());
      if (court.now() - since > LAUNCH_MS)
        court.accuse(
          'a pod was not launched in time',
          `${label} is there for ${Math.round((court.now() - since) / SECOND)} s, and nothing died since`,
        );
    }
  };
  const judgeTakeOver = (): void => {
    if (deployed === undefined || deployed.isHeld || court.isClosing()) return;
    const since = Math.max(deployed.at, struckAt, noTriggersUntil());
    if (court.now() - since > TAKE_UP_MS)
      court.accuse(
        'a deployment was not taken up',
        `${(court.now() - since) / SECOND} s after it another deployment still holds the watch`,
      );
  };

  return {
    gauges,
    onDeploy: (id) => void (deployed = { id, at: court.now(), isHeld: false }),
    onStrike: (sandbox) => {
      if (sandbox.of === 'pod-sync') struckAt = court.now();
    },
    onCall: ({ port, method }, sandbox) => {
      const lostAt = lostSince.get(sandbox);
      if (lostAt === undefined || !CHANGES.test(`${port}.${method}`)) return;
      const since = Math.max(lostAt, sandbox.struckAt, sandbox.frozenUntil, jumpedAt());
      if (court.now() - since > LET_GO_MS)
        court.accuse(
          'an invocation went on without the slot',
          `${sandbox.name} calls ${port}.${method} ${Math.round((court.now() - lostAt) / SECOND)} s after another took the slot`,
        );
    },
    onAnswer: ({ port, method, args }, sandbox, answer) => {
      if (port === 'slot' && method === 'take' && answer === true) onTake(sandbox);
      if (port !== 'leases') return;
      if (method === 'renew' && answer === 'renewed')
        onRenewal((args[0] as { readonly metadata: { readonly name: string } }).metadata.name);
      if (method === 'create' && answer === 'created') onRenewal((args[0] as { readonly node: string }).node);
    },
    onNewTask: (uid) => {
      const file = court.files.of(uid ?? '');
      if (file === undefined || court.tasks.of(file.uid).length > 1) return;
      const waited = court.now() - Date.parse(file.pod.metadata.creationTimestamp ?? '');
      gauges.longestLaunch = Math.max(gauges.longestLaunch, waited);
    },
    look: () => {
      for (const node of renewed.keys()) judgeLease(node);
      if (!isStrict) return;
      judgeLaunches();
      judgeTakeOver();
    },
  };
}
