import type { LaunchPace } from '../../lib/loop/pace-launches.ts';
import type { Provider } from '../../lib/ports/provider.ts';
import type { Sandbox } from './sandbox.ts';
import type { Timeline } from './timeline.ts';

/** Permissions to launch: who was refused for want of an object must give his back. */
export interface Permits {
  watchPace(pace: LaunchPace, sandbox: Sandbox): LaunchPace;
  watchProvider(provider: Provider, sandbox: Sandbox): Provider;
  /** The name of a sandbox that has kept permissions of launches that sent nothing. */
  keeper(): string | undefined;
}

interface Account {
  readonly sandbox: Sandbox;
  refused: number;
  refusedAt: number;
  givenBack: number;
}

/** To give back takes the end of a fold: some calls, all of them slow. */
const FOLD_MS = 3 * 60_000;

/**
 * Refusals that tell something. One permission may serve two of them when a fold is slow, and a refusal that cannot be recorded,
 * because a call was struck, costs one.
 */
const FEW = 8;

/** Nobody has a permission. */
export function createPermits(timeline: Timeline): Permits {
  const accounts = new Map<Sandbox, Account>();
  const accountOf = (sandbox: Sandbox): Account => {
    const account = accounts.get(sandbox) ?? { sandbox, refused: 0, refusedAt: 0, givenBack: 0 };
    accounts.set(sandbox, account);
    return account;
  };
  return {
    watchPace: (pace, sandbox) => ({
      ...pace,
      giveBack: (capacityType) => {
        accountOf(sandbox).givenBack += 1;
        pace.giveBack(capacityType);
      },
    }),
    watchProvider: (provider, sandbox) => ({
      ...provider,
      launch: async (...given) => {
        const outcome = await provider.launch(...given);
        if (outcome.kind === 'failed' && outcome.failure.kind === 'configuration') {
          const account = accountOf(sandbox);
          account.refused += 1;
          account.refusedAt = timeline.now();
        }
        return outcome;
      },
    }),
    keeper: () =>
      [...accounts.values()].find(
        ({ sandbox, refused, refusedAt, givenBack }) =>
          !sandbox.dead &&
          refused >= FEW &&
          givenBack + sandbox.strikes < refused / 2 &&
          timeline.now() - Math.max(refusedAt, sandbox.frozenUntil, sandbox.struckAt) > FOLD_MS,
      )?.sandbox.name,
  };
}
