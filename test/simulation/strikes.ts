import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Fate, FunctionName, GatedPort, Strike } from './deeds.ts';

/** A call on its way out of an invocation. */
export interface GatedCall {
  readonly by: FunctionName;
  readonly port: GatedPort;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The strikes that wait for their calls. */
export interface Strikes {
  add(strike: Strike, now: Instant): void;
  /** The fate of a call, which is used up by it; `undefined`: nothing happens to it. */
  fateOf(call: GatedCall, now: Instant): Fate | undefined;
  /** Nothing strikes any more. */
  clear(): void;
}

/** Ports whose adapters never fail their caller: best effort, a failure is only logged. */
const NEVER_FAIL: readonly GatedPort[] = ['events', 'notices', 'probes'];

/** No strikes yet. */
export function createStrikes(): Strikes {
  let waiting: { readonly strike: Strike; readonly until: Instant; left: number }[] = [];
  return {
    add: (strike, now) => void waiting.push({ strike, until: now + strike.forMs, left: strike.calls }),
    fateOf: (call, now) => {
      if (waiting.length === 0) return undefined;
      waiting = waiting.filter(({ until, left }) => left > 0 && now < until);
      const hit = waiting.find(({ strike }) => isMeant(strike, call));
      if (hit === undefined) return undefined;
      hit.left -= 1;
      return hit.strike.fate;
    },
    clear: () => void (waiting = []),
  };
}

function isMeant({ port, method, by, fate }: Strike, call: GatedCall): boolean {
  if (port !== call.port || (method !== undefined && method !== call.method)) return false;
  if (by !== undefined && by !== call.by) return false;
  return (
    !NEVER_FAIL.includes(port) || fate.kind === 'crashes' || fate.kind === 'freezes' || fate.kind === 'isSlow'
  );
}
