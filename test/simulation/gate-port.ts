import type { GatedPort } from './deeds.ts';
import { gateCall, type GateWorld } from './gate.ts';
import { gateIteration } from './gate-iteration.ts';
import type { Sandbox } from './sandbox.ts';
import type { GatedCall } from './strikes.ts';

/** A port as one sandbox has it: every call waits for the scheduler, and may meet its fate on the way. */
export function gatePort<Port extends object>(
  world: GateWorld,
  sandbox: Sandbox,
  name: GatedPort,
  target: () => Port,
  iterables: readonly (keyof Port & string)[] = [],
): Port {
  return new Proxy({} as Port, {
    get: (_, method) => {
      if (typeof method !== 'string' || method === 'then') return undefined;
      const invoke = (args: readonly unknown[]): unknown => {
        const port = target();
        return (Reflect.get(port, method) as (...given: readonly unknown[]) => unknown).apply(
          port,
          args as unknown[],
        );
      };
      if ((iterables as readonly string[]).includes(method))
        return (...args: unknown[]) =>
          gateIteration(world, sandbox, toCall(sandbox, name, method, args), invoke);
      return (...args: unknown[]) => {
        const call = toCall(sandbox, name, method, args);
        return gateCall(world, sandbox, call, () => invoke(args) as Promise<unknown>);
      };
    },
  });
}

function toCall(sandbox: Sandbox, port: GatedPort, method: string, args: readonly unknown[]): GatedCall {
  return { by: sandbox.of, port, method, args };
}
