import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { LaunchOutcome } from '../../ports/provider.ts';

/** A definition that launches share: the family is its name before anyone knows its ARN. */
interface SharedDefinition {
  readonly hash: string;
  readonly family: string;
}

/** Outcome of a launch by a definition's name; `missing`: ECS knows no such definition, nothing was started. */
export type SendOutcome = LaunchOutcome | { readonly kind: 'missing'; readonly failure: Failure };

/** Registers the definition and gives its ARN, or why it could not. */
export type Register = () => Promise<
  | { readonly kind: 'registered'; readonly arn: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
>;

/** A definition that was registered may stay unknown to RunTask for this long: ECS is eventually consistent. */
const SETTLE_MS = 60_000;

/** Launches of one process by shared definitions: looked up by trying, registered at most once. */
export interface DefinitionShare {
  /**
   * Launches by the definition's ARN if it is known here, else by its family. The first launch of a hash goes alone and
   * registers the definition if ECS misses it; the others wait for it and use its ARN. Missing within 60 s after it was
   * registered is `transient`.
   */
  launch(
    definition: SharedDefinition,
    send: (name: string) => Promise<SendOutcome>,
    register: Register,
  ): Promise<LaunchOutcome>;
}

/** A share that knows nothing yet. `now` dates registrations. */
export function createDefinitionShare(now: () => Instant): DefinitionShare {
  const known = new Map<string, { readonly arn: string; readonly registeredAt: Instant }>();
  const leaders = new Map<string, Promise<unknown>>();

  const lead = async (
    { hash, family }: SharedDefinition,
    send: (name: string) => Promise<SendOutcome>,
    register: Register,
  ): Promise<LaunchOutcome> => {
    const first = await send(family);
    if (first.kind === 'launched' && first.taskDefinition.includes(`/${family}:`))
      known.set(hash, { arn: first.taskDefinition, registeredAt: -Infinity });
    if (first.kind !== 'missing') return first;
    const registered = await register();
    if (registered.kind === 'failed') return { kind: 'failed', failure: registered.failure };
    known.set(hash, { arn: registered.arn, registeredAt: now() });
    return settle(await send(registered.arn));
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
        return turn.finally(() => leaders.delete(hash));
      }
      await ahead.catch(() => undefined);
    }
  };
  return { launch };
}

/** A definition that was just registered is surely there, only not seen yet. */
function settle(outcome: SendOutcome): LaunchOutcome {
  if (outcome.kind !== 'missing') return outcome;
  return { kind: 'failed', failure: { ...outcome.failure, kind: 'transient' } };
}
