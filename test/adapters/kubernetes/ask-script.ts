import { afterEach } from 'vitest';
import { createKubernetes, type Kubernetes } from '../../../lib/adapters/kubernetes/create-kubernetes.ts';
import type { Access, Identity } from '../../../lib/adapters/kubernetes/identity.ts';
import { type Failure, failureOf } from '../../../lib/core/failure.ts';
import type { Measurement } from '../../../lib/core/metrics.ts';
import { type ScriptedAnswer, type SeenRequest, startScriptServer } from '../../support/script-server.ts';

/** The adapter in front of a scripted server, with a clock that jumps instead of sleeping. */
export interface AskedScript {
  readonly ports: Kubernetes;
  readonly seen: readonly SeenRequest[];
  /** The delays that the adapter waited, in milliseconds. */
  readonly delays: readonly number[];
  readonly warnings: readonly string[];
  /** The metrics that it counted. */
  readonly counted: readonly Measurement[];
  /** How often the identity was renewed. */
  readonly renewals: () => number;
}

type Script = readonly ScriptedAnswer[] | ((request: SeenRequest, index: number) => ScriptedAnswer);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** Starts a server that gives the answers in turn (the last one for ever), and the adapter that asks it. */
export async function askScript(script: Script): Promise<AskedScript> {
  const answer = (request: SeenRequest, index: number): ScriptedAnswer =>
    typeof script === 'function'
      ? script(request, index)
      : (script[index] ?? script.at(-1) ?? { status: 404 });
  const server = await startScriptServer(answer);
  open.push(server);
  const delays: number[] = [];
  const warnings: string[] = [];
  let now = 0;
  let renewals = 0;
  const access = (): Access => ({
    endpoint: { url: server.url },
    headers: { authorization: `Bearer token-${renewals}` },
  });
  const first = access();
  const identity: Identity = {
    current: () => Promise.resolve(first),
    renewed: () => {
      renewals += 1;
      return Promise.resolve(access());
    },
  };
  const clock = {
    now: () => now,
    sleep: (until: number) => {
      delays.push(until - now);
      now = until;
      return Promise.resolve();
    },
  };
  const counted: Measurement[] = [];
  const telemetry = {
    warn: (message: string) => void warnings.push(message),
    count: (...measurement: Measurement) => void counted.push(measurement),
  };
  const ports = createKubernetes({ identity, clock, telemetry });
  return { ports, seen: server.seen, delays, warnings, counted, renewals: () => renewals };
}

/** The failure that a call must end in. */
export async function failureFrom(call: Promise<unknown>): Promise<Failure> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ failure: failureOf(error) }),
  );
  if ('failure' in outcome) return outcome.failure;
  throw new Error(`the call did not fail but gave ${JSON.stringify(outcome.value)}`);
}
