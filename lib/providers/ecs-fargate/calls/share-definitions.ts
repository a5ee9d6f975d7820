import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import type { LaunchOutcome } from '../../../ports/provider.ts';

/** A definition that launches share: the family is its name before anyone knows its ARN. */
interface SharedDefinition {
  readonly hash: string;
  readonly family: string;
}

/** Outcome of a launch by a definition's name; `missing`: ECS knows no such definition, nothing was started. */
export type SendOutcome = LaunchOutcome | { readonly kind: 'missing'; readonly failure: Failure };

/** The ARN of a definition that was registered, or why it could not be. */
export type RegisterOutcome =
  | { readonly kind: 'registered'; readonly arn: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Registers the definition. */
export type Register = () => Promise<RegisterOutcome>;

/**
 * A definition that was registered may stay unknown to RunTask for this long: ECS is eventually consistent. One that RunTask
 * missed is taken to be missing as long.
 */
const SETTLE_MS = 60_000;

/** Launches of one process by shared definitions: looked up by trying, registered at most once. */
export interface DefinitionShare {
  /**
   * Launches by the definition's ARN if it is known here, else by its family. The first launch of a hash goes alone and
   * registers the definition if ECS misses it; the others wait for it and use its ARN, or fail as the registration did, since
   * each of them would only ask for the same again. Missing within 60 s after it was registered is `transient`.
   */
  launch(
    definition: SharedDefinition,
    send: (name: string) => Promise<SendOutcome>,
    register: Register,
  ): Promise<LaunchOutcome>;
}

/** How the launch that goes alone ended, and the failure that those behind it share. */
interface Led {
  readonly outcome: LaunchOutcome;
  readonly shared?: Failure;
}

/** A share that knows nothing yet. `now` dates registrations. */
export function createDefinitionShare(now: () => Instant): DefinitionShare {
  const known = new Map<string, { readonly arn: string; readonly registeredAt: Instant }>();
  /** Definitions that RunTask missed and that could not be registered: when. */
  const missed = new Map<string, Instant>();
  const leaders = new Map<string, Promise<Led>>();

  const registerMissing = async (
    hash: string,
    send: (name: string) => Promise<SendOutcome>,
    register: Register,
  ): Promise<Led> => {
    const registered = await register();
    if (registered.kind === 'failed') {
      missed.set(hash, now());
      const { failure } = registered;
      return { outcome: { kind: 'failed', failure }, shared: failure };
    }
    known.set(hash, { arn: registered.arn, registeredAt: now() });
    return { outcome: settle(await send(registered.arn)) };
  };
  const lead = async (
    { hash, family }: SharedDefinition,
    send: (name: string) => Promise<SendOutcome>,
    register: Register,
  ): Promise<Led> => {
    const missedAt = missed.get(hash) ?? -Infinity;
    missed.delete(hash);
    if (now() - missedAt < SETTLE_MS) return registerMissing(hash, send, register);
    const first = await send(family);
    if (first.kind === 'launched' && first.taskDefinition.includes(`/${family}:`))
      known.set(hash, { arn: first.taskDefinition, registeredAt: -Infinity });
    return first.kind === 'missing' ? registerMissing(hash, send, register) : { outcome: first };
  };

  const launch: DefinitionShare['launch'] = async (definition, send, register) => {
    const { hash } = definition;
    for (;;) {
      const shared = known.get(hash);
      if (shared !== undefined) {
        const outcome = await send(shared.arn);
        if (outcome.kind !== 'missing' || now() - shared.registeredAt < SETTLE_MS) return settle(outcome);
        if (known.get(hash) === shared) known.delete(hash);
      }
      const ahead = leaders.get(hash);
      if (ahead === undefined) {
        const turn = lead(definition, send, register);
        leaders.set(hash, turn);
        const { outcome } = await turn.finally(() => leaders.delete(hash));
        return outcome;
      }
      const failure = await ahead.then(
        (led) => led.shared,
        () => undefined,
      );
      if (failure !== undefined) return { kind: 'failed', failure };
    }
  };
  return { launch };
}

/** A definition that was just registered is surely there, only not seen yet. */
function settle(outcome: SendOutcome): LaunchOutcome {
  if (outcome.kind !== 'missing') return outcome;
  return { kind: 'failed', failure: { ...outcome.failure, kind: 'transient' } };
}
