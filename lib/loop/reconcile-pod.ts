import type { Action } from '../core/action.ts';
import type { NoRoom } from '../core/ceiling.ts';
import { decisionOf, failureOf, retryDelay, type Failure } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import { needsRoom, type Launch } from '../core/hold-for-room.ts';
import { nextAction } from '../core/next-action.ts';
import { describeTransition } from '../core/transition.ts';
import type { Caller, View } from '../core/view.ts';
import type { PodDeps } from './deps.ts';
import { executeAction } from './execute-action.ts';
import { podFields } from './pod-fields.ts';
import { tellTransition } from './tell-transition.ts';
import { demandCluster } from './verify-cluster.ts';

/** More actions than any pod needs in a row: reaching it is a fault of ours, alarmed and looked at again later. */
const FOLD_LIMIT = 16;
const FOLD_PAUSE_MS = 60_000;

/** Where a fold ended. */
export interface Reconciled {
  /** When to look again; `undefined`: only when something changes. */
  readonly until: Instant | undefined;
  /** The failure that ended the fold early, if one did. */
  readonly failure?: Failure;
  /** A launch is due, and the permission for it was missing. */
  readonly launch?: true;
  readonly view: View;
}

/** What a fold begins with. */
export interface FoldStart {
  /** Failures in a row of this pod in this invocation: the exponent of the back-off. */
  readonly failuresBefore?: number;
  /** The permission to launch; whoever gave it is told by the answer whether it was used. */
  readonly permit?: LaunchPermit;
  /** Asks for the room of a launch; absent: there is no bound. */
  readonly askRoom?: (view: View, launch: Launch) => NoRoom | undefined;
}

/** The permission to send one launch, paid for with a token. */
export interface LaunchPermit {
  used: boolean;
}

/**
 * Takes one due action after the other until the pod has to wait. There is no half-executed list: after a crash the next
 * fold finds the next action from the state alone. A failure that cannot be recorded becomes a wait with back-off.
 * That a pod is gone is believed only of a cluster that is certainly ours.
 * Without a permit (or with a used one) a fold ends where a launch is due; one for which there is no room is not due.
 */
export async function reconcilePod(
  view: View,
  caller: Caller,
  deps: PodDeps,
  { failuresBefore = 0, permit = { used: true }, askRoom }: FoldStart = {},
): Promise<Reconciled> {
  let current = view;
  let absenceHolds = false;
  for (let step = 0; step < FOLD_LIMIT; step += 1) {
    const { action, view: seen } = decide(current, deps.clock.now(), caller, askRoom);
    current = seen;
    if (action.kind === 'wait') return { until: action.until, view: current };
    if (action.kind === 'claim' || action.kind === 'renewClaim') {
      if (permit.used) return { until: undefined, launch: true, view: current };
      permit.used = true;
    }
    try {
      if (current.pod === undefined && !absenceHolds) {
        await demandCluster(deps);
        absenceHolds = true;
      }
      const executed = await executeAction(action, current, deps, caller.id);
      tellTransition(
        deps.telemetry,
        executed.view,
        action.kind,
        describeTransition(action, current, executed),
      );
      if (executed.unsent === true) permit.used = false;
      if (executed.pauseUntil !== undefined) return { until: executed.pauseUntil, view: executed.view };
      current = executed.view;
    } catch (thrown) {
      const failure = failureOf(thrown);
      deps.telemetry.warn('Pod action failed', {
        action: action.kind,
        failure,
        ...podFields(current),
        ...(failure.kind === 'internal' && { error: thrown }),
      });
      return { until: deps.clock.now() + pauseAfter(failure, failuresBefore), failure, view: current };
    }
  }
  deps.telemetry.trouble('foldLimit', 'Pod did not settle', podFields(current));
  return { until: deps.clock.now() + FOLD_PAUSE_MS, view: current };
}

/** The due action. Whether there is room is asked right before a launch; where there is none the view says it. */
function decide(
  view: View,
  now: Instant,
  caller: Caller,
  askRoom: FoldStart['askRoom'],
): { readonly action: Action; readonly view: View } {
  const action = nextAction(view, now, caller);
  const noRoom = needsRoom(action, view) ? askRoom?.(view, action) : undefined;
  if (noRoom === undefined) return { action, view };
  const held = { ...view, noRoom };
  return { action: nextAction(held, now, caller), view: held };
}

/** Outside a launch no failure is final: a call that was refused (a right is missing) is made again, as slowly as after a fault of ours. */
function pauseAfter({ kind }: Failure, failuresBefore: number): number {
  return retryDelay(decisionOf(kind).retry ? kind : 'internal', failuresBefore);
}
