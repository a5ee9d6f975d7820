// The words of tests about the launch protocol.
import type { Failure } from '../../lib/core/failure.ts';
import type { FoundTask } from '../../lib/core/task.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import type { Provider } from '../../lib/ports/provider.ts';
import { hangingAt, type LoopWorld } from './vocabulary-loop.ts';
import { SECOND } from './vocabulary.ts';

export const capacity: Failure = { kind: 'capacity', message: 'Capacity is unavailable at this time.' };
export const throttled: Failure = {
  kind: 'throttled',
  message: 'Rate exceeded',
  code: 'ThrottlingException',
};
export const refused: Failure = { kind: 'refused', message: 'Role is not valid', code: 'ClientException' };
export const broken: Failure = { kind: 'ambiguous', message: 'the connection broke' };

/** The tokens of all sends, without the UID: `1` is the first attempt, `1.2` its third token. */
export const tokensOf = ({ provider }: LoopWorld): string[] =>
  provider.calls.flatMap((call) => (call.method === 'launch' ? [call.token.replace(/^.*?\./, '')] : []));

/** When each launch was sent. */
export const sendsOf = ({ provider }: LoopWorld): number[] =>
  provider.calls.flatMap((call) => (call.method === 'launch' ? [call.at] : []));

/** The calls that change something at the provider. */
export const commandsOf = ({ provider }: LoopWorld): string[] =>
  provider.calls.flatMap(({ method }) => (method === 'launch' || method === 'stop' ? [method] : []));

/** The tasks that have not stopped. */
export const livingOf = ({ provider }: LoopWorld): FoundTask[] =>
  provider.tasks().filter(({ task }) => task.state !== 'stopped');

/** That many passes, 12 s apart. */
export async function passes(world: LoopWorld, times: number): Promise<void> {
  for (let pass = 0; pass < times; pass += 1) await world.pass();
}

/** An invocation that dies right before its launch is sent; its slot is free at once. */
export async function dieLaunching(world: LoopWorld): Promise<void> {
  await world.clock.advance(12 * SECOND);
  void syncCluster({ ...world.deps, provider: hangingAt(world.provider, 'launch') });
  await world.clock.advance(SECOND);
  world.slot.put(undefined);
}

/** The provider, with something that happens between a launch and its answer. */
export const whileAnswering = (world: LoopWorld, happens: () => unknown): Provider => ({
  ...world.provider,
  launch: async (...launch) => {
    const answer = await world.provider.launch(...launch);
    await happens();
    return answer;
  },
});
