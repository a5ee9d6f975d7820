import { gateCall, wake, type GateWorld } from './gate.ts';
import { NEVER, type Sandbox } from './sandbox.ts';
import type { GatedCall } from './strikes.ts';

/** An iteration through the gate: its first step is a call like any other, the next ones only take their time. */
export function gateIteration(
  world: GateWorld,
  sandbox: Sandbox,
  call: GatedCall,
  invoke: (args: readonly unknown[]) => unknown,
): AsyncIterable<unknown> {
  const end = new AbortController();
  const stop = (): void => end.abort();
  const args = call.args.map((arg) => (arg instanceof AbortSignal ? following(arg, stop, end.signal) : arg));
  return {
    [Symbol.asyncIterator]: () => {
      let inner: AsyncIterator<unknown> | undefined;
      const next = async (): Promise<IteratorResult<unknown>> => {
        if (sandbox.dead) return NEVER;
        if (call.method === 'watch') sandbox.onDeath.add(stop);
        if (call.method === 'watch' && inner !== undefined) return later(world, sandbox, inner.next());
        inner ??= (invoke(args) as AsyncIterable<unknown>)[Symbol.asyncIterator]();
        const opened = inner;
        if (call.method !== 'watch')
          return gateCall(world, sandbox, call, () => opened.next()) as Promise<IteratorResult<unknown>>;
        await gateCall(world, sandbox, call, () => Promise.resolve());
        return later(world, sandbox, opened.next());
      };
      return {
        next,
        return: async () => {
          sandbox.onDeath.delete(stop);
          stop();
          await inner?.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function following(outer: AbortSignal, stop: () => void, own: AbortSignal): AbortSignal {
  if (outer.aborted) stop();
  else outer.addEventListener('abort', stop, { once: true });
  return own;
}

/** What a stream brings, after its way through the network. */
function later<T>(world: GateWorld, sandbox: Sandbox, coming: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const arrive = (act: () => void): void => {
    const [, back] = world.latency(sandbox.chance);
    wake(world.timeline, sandbox, world.timeline.now() + back, act);
  };
  coming.then(
    (value) => arrive(() => resolve(value)),
    (error: unknown) => arrive(() => reject(error)),
  );
  return promise;
}
